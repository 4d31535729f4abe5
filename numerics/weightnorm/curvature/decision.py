"""The decision "||Hess_theta f||_2 is at most b", by certificate (theory C3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import ContradictionError, NumericsError
from numerics.rounding import UNIT
from numerics.scaling import negated, shifted_down, shifted_up
from numerics.validation import check_tensor, exact_float64
from numerics.weightnorm.curvature.form import FormData
from numerics.weightnorm.curvature.norm import certify
from numerics.weightnorm.curvature.problems import chunks
from numerics.weightnorm.curvature.search import first_estimate, improve
from numerics.weightnorm.inputs import Inputs, resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork


@dataclass(frozen=True, eq=False)
class Decision:
    """Whether ||Hess_theta f||_2 <= b, entry by entry: booleans shaped like the result.

    certified: proved (a Cholesky factorization of S for both signs). refuted: a vector proves the
    norm to be above b. Neither: undecided. `rounding` is the uncertainty of b that the data's
    rounding errors cause; `reason` says in a sentence what an undecided entry means.
    """

    certified: Tensor
    refuted: Tensor
    rounding: Tensor

    @property
    def undecided(self) -> Tensor:
        return ~(self.certified | self.refuted)

    @property
    def reason(self) -> str:
        count = int(self.undecided.sum())
        if not count:
            return "every entry is decided"
        return (
            f"{count} undecided: b is so close to the norm that rounding errors hide which is "
            "larger, or numbers of extreme size left the range of float64"
        )


def hessian_norm_at_most(network: WeightNormNetwork, x: Tensor, b: Tensor | float) -> Decision:
    """Decide ||Hess_theta f||_2 <= b by one Cholesky factorization per sign; see `Decision`.

    b: a number or a tensor that broadcasts to the (B, n) result; entries below 0 never hold.
    Entries of which nothing can be certified (`Enclosure.refused`) are undecided.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    b : Tensor or float
        What the norm is compared with; broadcasts to (B, n).

    Returns
    -------
    Decision
        Which entries are certified, refuted, or left open.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.; relu.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> bool(numerics.hessian_norm_at_most(network, x, 100.0).certified.all())
    True
    """
    network.activation.require_second("the Hessian norm")
    inputs = resolve_inputs(network, x, marks=2)
    shape = inputs.x.shape[:2]
    levels = _levels(b, inputs)
    certified = torch.zeros(levels.shape, dtype=torch.bool, device=levels.device)
    refuted, rounding = torch.zeros_like(certified), torch.zeros_like(levels)
    for chunk in chunks(network, inputs):
        part = slice(chunk.start, chunk.start + chunk.data.problems)
        _, rounding[part] = chunk.data.true_ends(rounding[part], chunk.data.perturbation)
        proved = torch.ones_like(certified[part])
        for data in chunk.signed():
            copies = data.problems // chunk.data.problems
            level = levels[part].repeat(copies)
            proved &= _below(data, level).reshape(copies, -1).all(0)
            refuted[part] |= _above(data, level, proved).reshape(copies, -1).any(0)
        certified[part] = proved
    _require_consistent(certified & refuted, levels)
    restore = lambda t: inputs.restore(t.reshape(shape))  # noqa: E731
    return Decision(restore(certified), restore(refuted), restore(rounding))


def _require_consistent(both: Tensor, levels: Tensor) -> None:
    """Two proofs that contradict each other are a fault of `numerics`, not a verdict."""
    if bool(both.any()):
        index = int(both.nonzero()[0, 0])
        raise ContradictionError(
            argument="b",
            found=f"internal inconsistency: {float(levels[index])!r} (entry {index}) proved to be "
            "both above and below the norm",
            accepted="one proof at most; please report the network and the input",
        )


def _levels(b: Tensor | float, inputs: Inputs) -> Tensor:
    wanted = inputs.restore(inputs.x[..., 0]).shape
    given = exact_float64(check_tensor(b, "b", finite=False), inputs.x.device)
    if given.dim() > len(wanted) or any(
        k not in (1, n) for k, n in zip(given.shape[::-1], wanted[::-1], strict=False)
    ):
        found = f"shape {tuple(given.shape)}"
        raise NumericsError(argument="b", found=found, accepted=f"one number, or {tuple(wanted)}")
    levels = given.expand(wanted)
    if bool(torch.isnan(levels).any()):
        raise NumericsError(argument="b", found="NaN", accepted="numbers")
    return levels.reshape(-1)


def _below(data: FormData, level: Tensor) -> Tensor:
    below = shifted_down(level.clamp_min(0.0), negated(data.shift))
    mu = (below - data.perturbation) * (1.0 - 4.0 * UNIT)
    usable = (mu > 0) & torch.isfinite(mu)
    mu = torch.where(usable, mu, torch.ones_like(mu))
    proved = usable & certify(data, mu)
    proved = proved | data.vanishes | (below >= data.crude)
    proved = proved & (level >= 0)
    return proved if data.sound is None else proved & data.sound


def _above(data: FormData, level: Tensor, proved: Tensor) -> Tensor:
    """Which problems have a vector that proves the norm larger than the level."""
    found = torch.zeros_like(level, dtype=torch.bool)
    open_ = (~proved).repeat(len(level) // len(proved)).nonzero().squeeze(-1)
    if not len(open_):
        return found
    part = data if len(open_) == data.problems else data.choose(open_)
    estimate = first_estimate(part)
    target = shifted_up(level[open_].clamp_min(0.0), negated(part.shift))
    target = torch.where(level[open_] < 0, level[open_], target)
    for turn in range(12):
        mu = torch.maximum(torch.maximum(target, estimate.value), part.perturbation)
        estimate = improve(part, estimate, mu, 1e-4, turn)
        above = estimate.lower(part) > target
        if bool(above.all()):
            break
    found[open_] = above if part.sound is None else above & part.sound
    return found
