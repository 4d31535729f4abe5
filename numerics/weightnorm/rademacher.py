"""A lower estimate of the empirical Rademacher complexity by multi-start gradient ascent.

    Rhat = E_eps sup_F (1/n) sum_i eps_i f(x_i),   F: ||v|| <= nu, all hidden weights free.

For fixed hidden weights the supremum over v is (nu/n) ||sum_i eps_i alpha^L(x_i)||_2, so only the
hidden weights are searched. A search can refute the bounds T17 to T19 and never confirm them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.enclosure import Enclosure, Quality, enclose
from numerics.errors import NumericsError
from numerics.rounding import ETA, UNIT, length
from numerics.scaling import combined, exponents, negated, settled, shifted
from numerics.validation import check_count, check_device, check_positive, check_tensor
from numerics.weightnorm.feature_ascent import ascended
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.guarded import guarded_forward
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import Placement, WeightNormNetwork

ENUMERATED = 10  # input sets up to this size have all their sign vectors enumerated


def rademacher_complexity(
    widths: Sequence[int],
    x: Tensor,
    *,
    nu: float,
    activation: str | Activation,
    placement: Placement = "inner",
    seed: int,
    restarts: int = 8,
    steps: int = 200,
    signs: int | None = None,
    device: torch.device | str = "cpu",
) -> Enclosure:
    """A lower estimate of Rhat, the Rademacher complexity of the networks of these widths on x.

    Rhat = (1/n) E_eps sup |sum_i eps_i f(x_i)| over hidden weights and ||v|| <= nu. Up to n = 10
    all sign vectors are used (up to the global one, which the supremum over v cannot see), so the
    value is below Rhat for certain. For larger n, `signs` of them are drawn: then it is an average
    over a sample, below Rhat only in expectation; the method says which.

    Parameters
    ----------
    widths : sequence of int
        (d, m_1, ..., m_L).
    x : Tensor
        (n, d); float64.
    nu : float
        Bound on ||v||; positive.
    activation : str or Activation
        phi.
    placement : {"inner", "outer"}
        Where the width factor of a layer stands.
    seed : int
        Of starts and drawn signs.
    restarts, steps : int
        Starts per sign vector, and steps of Adam from each.
    signs : int, optional
        How many sign vectors are drawn where n > 10; 64 if None.
    device : torch.device or str
        Where the search runs.

    Returns
    -------
    Enclosure
        A scalar; the upper end is infinite.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or numbers that are not positive.

    Examples
    --------
    >>> import torch, numerics
    >>> x = torch.ones(1, 2, dtype=torch.float64)
    >>> found = numerics.rademacher_complexity(
    ...     (2, 1), x, nu=1.0, activation="tanh", seed=0, restarts=2, steps=20
    ... )
    >>> 0 < float(found.lower) <= 0.88839  # Rhat = tanh(sqrt(2))
    True
    """
    check_positive(nu, "nu")
    epsilon, exhaustive, network = _search(
        widths, x, activation, placement, seed, restarts, steps, signs, device
    )
    repeated = epsilon.to(network.device).repeat_interleave(restarts, 0)
    reached = signed_norms(network, x, repeated).lower
    suprema = reached.reshape(len(epsilon), restarts).amax(-1)
    source = "all sign vectors" if exhaustive else f"{len(epsilon)} sampled sign vectors"
    return from_below(
        suprema,
        nu / epsilon.shape[1],
        f"gradient ascent over the hidden weights, {restarts} starts, {source}; rounding included",
    )


def from_below(suprema: Tensor, factor: float, method: str) -> Enclosure:
    """factor times the mean of certified lower ends (S,), rounded down; nothing known above."""
    mean = suprema.mean() * (1.0 - (len(suprema) + 8.0) * UNIT)
    lower = (mean * factor - ETA).clamp(0.0, torch.finfo(torch.float64).max)
    return Enclosure(lower, torch.full_like(lower, torch.inf), Quality.LOWER_ESTIMATE, method)


def signed_norms(
    network: WeightNormNetwork, x: Tensor, epsilon: Tensor, *, slip: float = 0.0
) -> Enclosure:
    """||sum_i eps_i alpha^L(x_i)|| with one sign vector per network, epsilon (B, n); (B,).

    slip: a relative error of x, beyond the rounding of the sweeps.
    """
    inputs = resolve_inputs(network, x)
    swept = guarded_forward(network, inputs.x)
    last, lip = swept.layers[-1], network.activation.lipschitz[0]
    wrong = forward_radii(network.activation, swept.layers)[-1].after
    moved = slip * swept.layers[0].size
    for l, layer in enumerate(swept.layers, start=1):
        gain = lip * layer.inner * layer.outer * network.widths[l] ** 0.5
        moved = shifted(gain * moved, combined(layer.before_shift, negated(layer.after_shift)))
    rounding = (epsilon.shape[-1] + max(network.widths) + 8.0) * UNIT
    wrong, alpha, unit = wrong + moved + rounding * last.after_size, last.after, None
    if last.after_shift is not None:
        shift = last.after_shift
        unit = settled((exponents(last.after_size) + shift).amax(-1, keepdim=True))
        alpha, wrong = shifted(alpha, (shift - unit).unsqueeze(-1)), shifted(wrong, shift - unit)
    value = length((epsilon.unsqueeze(-1) * alpha).sum(1))
    return enclose(
        value,
        wrong.sum(-1),
        "forward sweep",
        shift=None if unit is None else unit.squeeze(-1),
        sound=None if swept.sound is None else swept.sound.all(-1),
    )


def rademacher_witness(
    widths: Sequence[int],
    x: Tensor,
    *,
    activation: str | Activation,
    placement: Placement = "inner",
    seed: int,
    restarts: int = 8,
    steps: int = 200,
) -> tuple[Tensor, list[Tensor]]:
    """The networks behind `rademacher_complexity` at the same arguments, one per sign vector.

    Parameters
    ----------
    widths : sequence of int
        (d, m_1, ..., m_L).
    x : Tensor
        (n, d); float64.
    activation : str or Activation
        phi.
    placement : {"inner", "outer"}
        Where the width factor of a layer stands.
    seed : int
        Of starts and drawn signs.
    restarts, steps : int
        Starts per sign vector, and steps of Adam from each.

    Returns
    -------
    tuple
        Sign vectors (k, n), first entry +1, and the hidden weights that gave the largest
        ||sum_i eps_i alpha^L(x_i)|| for each: one float64 tensor (k, m_l, m_(l-1)) per layer.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or numbers that are not positive.

    Examples
    --------
    >>> import torch, numerics
    >>> x = torch.eye(2, dtype=torch.float64)
    >>> signs, weights = numerics.rademacher_witness(
    ...     (2, 3), x, activation="tanh", seed=0, restarts=2, steps=2
    ... )
    >>> signs.tolist(), weights[0].shape
    ([[1.0, -1.0], [1.0, 1.0]], torch.Size([2, 3, 2]))
    """
    epsilon, _, network = _search(
        widths, x, activation, placement, seed, restarts, steps, None, "cpu"
    )
    reached = signed_norms(network, x, epsilon.repeat_interleave(restarts, 0)).lower
    top = reached.reshape(len(epsilon), restarts).argmax(-1)
    rows = torch.arange(len(epsilon)) * restarts + top
    return epsilon, [w[rows] for w in network.weights]


def _search(
    widths: Sequence[int],
    x: Tensor,
    activation: str | Activation,
    placement: Placement,
    seed: int,
    restarts: int,
    steps: int,
    signs: int | None,
    device: torch.device | str,
) -> tuple[Tensor, bool, WeightNormNetwork]:
    """Sign vectors, whether they are all, and the best network of each of them and each restart."""
    check_count(restarts, "restarts")
    check_count(steps, "steps")
    x = check_tensor(x, "x").to(check_device(device), torch.float64)
    if x.dim() != 2:
        raise NumericsError(argument="x", found=f"shape {tuple(x.shape)}", accepted="(n, d)")
    generator = torch.Generator().manual_seed(seed)
    epsilon, exhaustive = _sign_vectors(x.shape[0], signs, generator)
    network = WeightNormNetwork.random(
        widths,
        find_activation(activation),
        seed=seed,
        batch=len(epsilon) * restarts,
        placement=placement,
        device=device,
    )
    network = _with_aligned_starts(network, restarts)
    repeated = epsilon.to(x.device).repeat_interleave(restarts, 0)
    return epsilon, exhaustive, ascended(network, x, repeated, steps)


def all_signs(n: int) -> Tensor:
    """Every vector of n signs up to the global one: (2^(n-1), n), first entry +1."""
    free = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * (n - 1)) if n > 1 else None
    rest = torch.empty(1, 0) if free is None else free.reshape(2 ** (n - 1), n - 1)
    return torch.cat([torch.ones(len(rest), 1), rest], dim=-1).to(torch.float64)


def _sign_vectors(n: int, signs: int | None, generator: torch.Generator) -> tuple[Tensor, bool]:
    """(k, n) of +-1: every sign vector with first entry +1 if n is small, else a sample."""
    if n <= ENUMERATED and signs is None:
        return all_signs(n), True
    count = check_count(64 if signs is None else signs, "signs")
    drawn = torch.randint(0, 2, (count, n), generator=generator)
    return (2.0 * drawn - 1.0).to(torch.float64), False


def _with_aligned_starts(network: WeightNormNetwork, restarts: int) -> WeightNormNetwork:
    """Every other restart begins with equal rows, near which the suprema of odd phi lie."""
    if restarts < 2:
        return network
    aligned = torch.arange(network.networks, device=network.device) % restarts % 2 == 1
    weights = [torch.where(aligned[:, None, None], 0.05 * w + w[:, :1], w) for w in network.weights]
    return WeightNormNetwork.from_tensors(
        weights, network.v, activation=network.activation, placement=network.placement
    )
