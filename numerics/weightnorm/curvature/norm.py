"""||Hess_theta f||_2 with both ends (theory C3, C4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality, require_ordered, with_refusals
from numerics.linalg.cholesky import is_positive_definite
from numerics.rounding import UNIT
from numerics.validation import check_positive
from numerics.weightnorm.curvature.form import FormData
from numerics.weightnorm.curvature.layerwise import certify_layerwise
from numerics.weightnorm.curvature.problems import chunks
from numerics.weightnorm.curvature.rayleigh import SMALLEST
from numerics.weightnorm.curvature.reduced import reduced_matrix
from numerics.weightnorm.curvature.search import START, first_estimate, improve, pole_distance
from numerics.weightnorm.inputs import Inputs, resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork

METHOD = (
    "lower end: root of z^T S(mu) z; upper end: Cholesky factorization of the reduced matrix S(mu) "
    "for both signs; rounding errors of data, formation and factorization included"
)
_ROUNDS = 40
_PATIENCE = 4
_DEEP = 5  # from this depth on S(mu) is eliminated layer by layer, which is faster and as sharp


def hessian_norm(
    network: WeightNormNetwork, x: Tensor, *, relative_width: float = 1e-8
) -> Enclosure:
    """A certified two-sided enclosure of ||Hess_theta f||_2 (after [CV25] Thm 4.1, the left side).

    Shaped (B, n) as the inputs say. The ends are at most `relative_width` apart, relative to the
    upper one, unless rounding allows no better; the width achieved is `Enclosure.relative_width`.
    Where rounding forbids a certificate the upper end is a crude norm bound. Raises
    `NumericsError` for relu.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    relative_width : float
        How far the ends may be apart, relative to the upper one.

    Returns
    -------
    Enclosure
        Shape (B, n); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network; relu.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> norm = numerics.hessian_norm(network, x)
    >>> bool((norm.relative_width <= 1e-8).all())
    True
    """
    width = check_positive(relative_width, "relative_width")
    ends = signed_ends(network, x, width)
    lower, upper = ends.lower.amax(0), ends.upper.amax(0)
    restore = ends.inputs.restore
    method = with_refusals(METHOD, torch.isfinite(upper) | (lower > 0))
    return Enclosure(restore(lower), restore(upper), Quality.ENCLOSURE, method)


@dataclass(frozen=True, eq=False)
class SignedEnds:
    """Ends of lambda_max(Hess f) and lambda_max(-Hess f), each (2, B, n)."""

    lower: Tensor
    upper: Tensor
    inputs: Inputs


def signed_ends(
    network: WeightNormNetwork, x: Tensor, width: float, *, separate: bool = False
) -> SignedEnds:
    """Enclosures per sign. Unless `separate`, the smaller sign is only bounded by the larger one's
    lower end times (1 + width), which is all the norm needs."""
    network.activation.require_second("the Hessian norm")
    inputs = resolve_inputs(network, x, marks=2)
    total = inputs.x.shape[0] * inputs.x.shape[1]
    lower = inputs.x.new_zeros(2, total)
    upper = torch.full_like(lower, torch.inf)
    for chunk in chunks(network, inputs):
        count, start = chunk.data.problems, chunk.start
        level = inputs.x.new_zeros(count)
        for step, data in enumerate(chunk.signed()):
            found = _Search(data, level, width, separate).run()
            signs = slice(None) if chunk.small else slice(step, step + 1)
            low, high = data.true_ends(found.lower, found.upper)
            lower[signs, start : start + count] = low.reshape(-1, count)
            upper[signs, start : start + count] = high.reshape(-1, count)
            level = torch.maximum(level, found.value.reshape(-1, count).amax(0))
    require_ordered(lower, upper)
    shape = (2, *inputs.x.shape[:2])
    return SignedEnds(lower.reshape(shape), upper.reshape(shape), inputs)


def certify(data: FormData, mu: Tensor, *, eliminate: bool = True) -> Tensor:
    """(Q,) True where lambda_max < mu is proved for the form of the data.

    Nothing is proved below `SMALLEST`, where underflow could weigh as much as rounding.
    """
    if not eliminate or len(data.layers) < _DEEP:
        return certify_whole(data, mu, eliminate=eliminate)
    proved = certify_layerwise(data, mu)
    rest = (~proved).nonzero().squeeze(-1)
    if len(rest):
        proved[rest] = certify_whole(data.choose(rest), mu[rest])
    return proved


def certify_whole(data: FormData, mu: Tensor, *, eliminate: bool = True) -> Tensor:
    """The same by one factorization of S(mu)."""
    reduced = reduced_matrix(data, mu, eliminate=eliminate)
    # what underflows while S(mu) is formed is less than a rounding of mu
    error = reduced.error + 4.0 * UNIT * mu
    proved = is_positive_definite(reduced.matrix, error, overwrite=True)
    return reduced.valid & (mu >= SMALLEST) & proved


@dataclass(frozen=True, eq=False)
class _Ends:
    lower: Tensor
    upper: Tensor
    value: Tensor


class _Search:
    """Lanczos or dense eigenvectors from below and certificates from above until they meet."""

    def __init__(self, data: FormData, level: Tensor, width: float, separate: bool) -> None:
        self.data, self.width, self.separate = data, width, separate
        self.level = level  # (P,): known lower ends of the norm, from the other sign
        self.upper = torch.full_like(data.perturbation, torch.inf)
        self.estimate = first_estimate(data)
        self.gap = 4.0 * data.perturbation
        self.upper = torch.where(data.vanishes, torch.zeros_like(self.upper), self.upper)

    def run(self) -> _Ends:
        mu = torch.maximum(START * self.estimate.value, self._target())
        ready = self._covered()
        for turn in range(_ROUNDS):
            active = torch.isinf(self.upper) & self._hopeful()
            if not bool(active.any()):
                break
            # near a zero pivot eliminating the last layer costs digits: late tries do without
            self._certify(active & ready, eliminate=turn < _PATIENCE)
            active = active & torch.isinf(self.upper)
            if not bool(active.any()):
                break
            ready = self._improve(active, mu, ready, turn)
            mu = self._target()
        upper = torch.minimum(self.upper, self.data.crude)
        return _Ends(self.estimate.lower(self.data), upper, self.estimate.value)

    def _target(self) -> Tensor:
        """The level to which each problem's upper end is to be proved, (Q,)."""
        value = self.estimate.value
        if not self.separate:
            value = self._shared(value)
        return value * (1.0 + 0.5 * self.width) + self.gap

    def _shared(self, value: Tensor) -> Tensor:
        """The larger of both signs' values and of the known level."""
        by_sign = value.reshape(-1, self.level.shape[0])
        best = torch.maximum(by_sign.amax(0), self.level)
        return best.expand_as(by_sign).reshape(-1)

    def _covered(self) -> Tensor:
        """Problems whose other sign is known to be larger: certify at once."""
        if self.separate:
            return torch.zeros_like(self.upper, dtype=torch.bool)
        return self._shared(torch.zeros_like(self.estimate.value)) > self.estimate.value

    def _hopeful(self) -> Tensor:
        limit = 0.5 * self.estimate.value + 1e9 * self.data.perturbation
        return self.gap <= torch.maximum(limit, self.level.repeat(len(self.gap) // len(self.level)))

    def _certify(self, ready: Tensor, *, eliminate: bool) -> None:
        index = ready.nonzero().squeeze(-1)
        if not len(index):
            return
        part = self.data if len(index) == self.data.problems else self.data.choose(index)
        mu = self._target()[index]
        proved = certify(part, mu, eliminate=eliminate)
        level = (mu + part.perturbation) * (1.0 + 4.0 * UNIT)
        self.upper[index] = torch.where(proved, level, self.upper[index])

    def _improve(self, active: Tensor, mu: Tensor, tried: Tensor, turn: int) -> Tensor:
        """One better z for the active problems; returns which are ready for a certificate."""
        index = active.nonzero().squeeze(-1)
        part = self.data if len(index) == self.data.problems else self.data.choose(index)
        before = self.estimate.where(index)
        tolerance = min(1e-3, 0.1 * self.width**0.5)
        after = improve(part, before, mu[index], tolerance, turn)
        self.estimate = self.estimate.put(index, after)
        gain = (after.value - before.value) / after.value.clamp_min(1e-300)
        ready = torch.zeros_like(active)
        # convergence is quadratic: the next gain would be about the square of this one
        ready[index] = gain.square() < 0.3 * self.width
        stalled = torch.zeros_like(active)
        distance = pole_distance(turn)
        free = (after.value > after.floor * (1.0 + 2.0 * distance)) | (distance < 0.1 * self.width)
        stalled[index] = (gain < 0.1 * self.width) & free
        widen = stalled & tried
        self.gap = torch.where(
            widen, 4.0 * self.gap + 0.25 * self.width * self.estimate.value, self.gap
        )
        return ready
