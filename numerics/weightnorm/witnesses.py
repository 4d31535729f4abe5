"""Networks on which the depth-free bounds are attained, or nearly, for every depth and width.

Built of three kinds of layers, so that alpha^l and df/dalpha^l go where the proofs of T21 to T31
let them go (What^l_i is row i, a the direction of alpha^(l-1)):

    split     row 0 orthogonal to a, every other row equal to a
    gather    every row e_0
    spread    every row (1, .., 1)/sqrt(k)

After split and gather alpha is 0 and stays so, yet the derivative along W^1 and W^2 passes on.
A witness shows that a bound cannot be lowered; it is also a start for a search.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.errors import NumericsError
from numerics.validation import check_count, check_positive
from numerics.weightnorm.network import Placement, WeightNormNetwork
from numerics.weightnorm.parameters import Direction

Rows = Callable[[int, int, Tensor], Tensor]  # (m, k, direction of alpha (k,)) -> (m, k)


@dataclass(frozen=True, eq=False)
class Witness:
    """A network, one input (d,), and the direction that attains (None where none is needed)."""

    network: WeightNormNetwork
    x: Tensor
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Depth L, one width m for all layers, and the scales of a witness.

    omega: the norm of every hidden row; nu: ||v||; xi: ||x||. inputs: d >= 2, so that rows of the
    first layer can be orthogonal to x.
    """

    depth: int
    width: int
    omega: float = 1.0
    nu: float = 1.0
    xi: float = 1.0
    inputs: int = 2
    placement: Placement = "inner"

    def __post_init__(self) -> None:
        for name in ("depth", "width", "inputs"):
            check_count(getattr(self, name), name)
        for name in ("omega", "nu", "xi"):
            check_positive(getattr(self, name), name)
        if self.inputs < 2:
            raise NumericsError(argument="inputs", found=str(self.inputs), accepted="at least 2")

    @property
    def excess(self) -> float:
        """c = nu^2/(m omega^2)."""
        return self.nu**2 / (self.width * self.omega**2)


def _zeros(*shape: int) -> Tensor:
    return torch.zeros(*shape, dtype=torch.float64)


def _split(m: int, k: int, a: Tensor) -> Tensor:
    rows = a.expand(m, k).clone()
    rows[0] = _orthogonal(a)
    return rows


def _gather(m: int, k: int, a: Tensor) -> Tensor:
    rows = _zeros(m, k)
    rows[:, 0] = 1.0
    return rows


def _spread(m: int, k: int, a: Tensor) -> Tensor:
    return torch.full((m, k), k**-0.5, dtype=torch.float64)


def _along(m: int, k: int, a: Tensor) -> Tensor:
    return a.expand(m, k).clone()


def _across(m: int, k: int, a: Tensor) -> Tensor:
    return _orthogonal(a).expand(m, k).clone()


def _orthogonal(a: Tensor) -> Tensor:
    """A unit vector orthogonal to the unit vector a; a itself where there is none (length 1)."""
    k = len(a)
    if k == 1:
        return a
    pivot = int(a.abs().argmin())
    vector = _zeros(k)
    vector[pivot] = 1.0
    vector = vector - a[pivot] * a
    return vector / torch.linalg.vector_norm(vector)


def _uniform(k: int) -> Tensor:
    return torch.full((k,), k**-0.5, dtype=torch.float64)


def _first(k: int) -> Tensor:
    vector = _zeros(k)
    vector[0] = 1.0
    return vector


def _without_first(k: int) -> Tensor:
    """The direction of alpha after a split layer."""
    vector = torch.ones(k, dtype=torch.float64)
    vector[0] = 0.0
    return vector / math.sqrt(max(k - 1, 1))


def _build(
    shape: Shape, layers: list[tuple[Rows, Tensor]], v: Tensor, phi: Activation
) -> WeightNormNetwork:
    """layers: for each its kind of rows and the direction of what it meets."""
    weights, k = [], shape.inputs
    for rows, incoming in layers:
        weights.append(shape.omega * rows(shape.width, k, incoming))
        k = shape.width
    return WeightNormNetwork.from_tensors(
        weights, shape.nu * v, activation=phi, placement=shape.placement
    )


def _killed(shape: Shape) -> list[tuple[Rows, Tensor]]:
    """split, gather, spread, spread, ..: alpha^2 = 0, both first layers move alpha^L."""
    m = shape.width
    layers: list[tuple[Rows, Tensor]] = [
        (_split, _first(shape.inputs)),
        (_gather, _without_first(m)),
    ]
    return (layers + [(_spread, _uniform(m))] * shape.depth)[: shape.depth]


def gradient_witness(shape: Shape, activation: str | Activation = "identity") -> Witness:
    """||grad_theta f|| = K^L xi sqrt(max(1, c + (1 - 1/m) max(1, c))) for a linear phi (T22).

    Depth 1: c + 1 - 1/m in place of the second. Width 1 has no turning row above the first layer.
    """
    phi, m, c = find_activation(activation), shape.width, shape.excess
    x = shape.xi * _first(shape.inputs)
    meets = [_first(shape.inputs)] + [_uniform(m)] * (shape.depth - 1)
    through: list[tuple[Rows, Tensor]] = [(_along, a) for a in meets]
    if c <= 1.0 / m:
        return Witness(_build(shape, through, _uniform(m), phi), x)
    if shape.depth == 1 or (c <= 1.0 and m > 1):
        through[-1] = (_split, meets[-1])
        return Witness(_build(shape, through, _first(m), phi), x)
    return Witness(_build(shape, _killed(shape), _uniform(m), phi), x)


def _injected(shape: Shape) -> tuple[Tensor, Tensor]:
    """The direction in W^1 and W^2, of norm 1, that moves the features of `_killed` most."""
    m, share = shape.width, 1.0 - 1.0 / shape.width
    first, second = _zeros(m, shape.inputs), _zeros(m, m)
    first[0] = _first(shape.inputs)
    second[:] = _without_first(m) * math.sqrt(share / m)
    size = math.sqrt(1.0 + share)
    return first / size, second / size


def jacobian_witness(shape: Shape, activation: str | Activation = "identity") -> Witness:
    """||d alpha^L/dW|| = K^L xi sqrt(2 - 1/m)/(sqrt(m) omega), depth >= 2 (T23)."""
    _at_least(shape, 2)
    network = _build(shape, _killed(shape), _uniform(shape.width), find_activation(activation))
    first, second = _injected(shape)
    rest = [_zeros(shape.width, shape.width)] * (shape.depth - 2)
    direction = Direction.from_tensors(network, [first, second, *rest], _zeros(shape.width))
    return Witness(network, shape.xi * _first(shape.inputs), direction)


def mixed_witness(shape: Shape, activation: str | Activation = "identity") -> Witness:
    """The mixed term equals (2 - 1/m) nu K^L xi/(m omega^2), depth >= 4 (T25).

    Layers 1 and 2 inject into alphadot, layers 3 and 4 harvest it in the same way.
    """
    _at_least(shape, 4)
    m, phi = shape.width, find_activation(activation)
    layers = _killed(shape)
    layers[2:4] = [(_split, _uniform(m)), (_gather, _without_first(m))]
    network = _build(shape, layers, _uniform(m), phi)
    first, second = _injected(shape)
    third, fourth, share = _zeros(m, m), _zeros(m, m), 1.0 - 1.0 / m
    third[0] = _uniform(m)
    fourth[:] = _without_first(m) * math.sqrt(share / m)
    size = math.sqrt(1.0 + share)
    parts = [first, second, third / size, fourth / size]
    parts = [part / math.sqrt(2.0) for part in parts]
    parts += [_zeros(m, m)] * (shape.depth - 4)
    direction = Direction.from_tensors(network, parts, _zeros(m))
    return Witness(network, shape.xi * _first(shape.inputs), direction)


def bend_witness(shape: Shape, *, K: float = 1.0, beta: float = 1.0, corner: float) -> Witness:
    """Every layer from the third on bends alphadot: the bend grows as L - 2 (T27).

    alpha = 0 from layer 2 on, so that phi''(0) = beta acts with phi'(0) = K (1 - corner). As
    corner -> 0 the second derivative along `direction` exceeds
    nu beta (2 - 1/m) (L - 2) m^(-1-p)/omega^2 for K = xi = 1.
    """
    _at_least(shape, 3)
    found = jacobian_witness(shape, soft_corner(K=K, beta=beta, corner=corner))
    return found


def input_curvature_witness(
    shape: Shape, *, K: float = 1.0, beta: float = 1.0, corner: float
) -> Witness:
    """||Hess_x f|| -> nu beta sum_l K^(L+l-2) m^-p as corner -> 0 (T31): x orthogonal to W^1."""
    phi = soft_corner(K=K, beta=beta, corner=corner)
    m = shape.width
    layers: list[tuple[Rows, Tensor]] = [(_across, _first(shape.inputs))]
    layers += [(_spread, _uniform(m))] * (shape.depth - 1)
    return Witness(_build(shape, layers, _uniform(m), phi), shape.xi * _first(shape.inputs))


def soft_corner(*, K: float = 1.0, beta: float = 1.0, corner: float) -> Activation:
    """phi(t) = K (1 - d) t + ((d K)^2/beta) log cosh(beta t/(d K)), d = corner in (0, 1/2].

    phi(0) = 0, phi'(0) = K (1 - d), phi''(0) = beta = sup|phi''|, sup|phi'| = K: curved where it
    is steep, with d as small as one likes; sup|phi'''| = 4 beta^2/(3 sqrt 3 d K) pays for it (T30).
    """
    check_positive(K, "K")
    check_positive(beta, "beta")
    if not 0.0 < corner <= 0.5:
        raise NumericsError(argument="corner", found=repr(corner), accepted="0 < corner <= 1/2")
    reach = corner * K / beta

    def value(g: Tensor) -> Tensor:
        bent = torch.logaddexp(g / reach, -g / reach) - math.log(2.0)  # twice differentiable at 0
        return K * (1.0 - corner) * g + corner * K * reach * bent

    def first(g: Tensor) -> Tensor:
        return K * (1.0 - corner) + corner * K * torch.tanh(g / reach)

    def second(g: Tensor) -> Tensor:
        return beta * (1.0 - torch.tanh(g / reach).square())

    third = 4.0 / (3.0 * math.sqrt(3.0)) * beta / reach * (1.0 + 1e-12)
    rounding = 16.0 * max(1.0, K, beta, beta / corner)
    return Activation(
        f"soft corner {corner:g}", value, first, second, (K, beta, third), rounding=rounding
    )


def _at_least(shape: Shape, depth: int) -> None:
    if shape.depth < depth:
        raise NumericsError(
            argument="depth", found=str(shape.depth), accepted=f"at least {depth} for this witness"
        )
