"""Readable descriptions of networks with structure, and how tensors are built from them.

Random weights never come near the deep bounds (theory.md section 7). A `NetworkSpec` names the
corners that do: rows that are equal, parallel or perpendicular to the incoming features, row norms
over many decades, inputs that are zero or orthogonal to the first layer. A spec is small and its
repr is the whole network, so a failing example can be read and replayed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics import Activation, WeightNormNetwork, activation
from numerics.weightnorm.network import Placement
from verify.errors import VerifyError

#: How the rows of a weight matrix stand to each other and to the incoming features alpha^(l-1).
#: "oblique" is the angle with cosine 1/sqrt(3), where the second derivative of w/||w|| is largest;
#: "grazing" rows are nearly perpendicular, so that a pre-activation stays where activations bend
#: most however large the features are.
ROW_PATTERNS = (
    "gaussian",
    "equal",
    "parallel",
    "perpendicular",
    "oblique",
    "grazing",
    "duplicate",
    "orthogonal",
)
#: One row across the features and the others along them: the corner between two regimes, where one
#: unit answers to its weights and the others carry the features on. For searches alone.
SPLIT = "split"
PLACEMENTS: tuple[Placement, ...] = ("inner", "outer")
INPUT_PATTERNS = ("gaussian", "zero", "parallel", "perpendicular", "axis")
_BEND = 0.7  # pre-activation near which |phi''| is large for every shipped activation
OUTPUT_PATTERNS = ("gaussian", "features", "ones", "axis", "alternating")


@dataclass(frozen=True)
class LayerSpec:
    """One hidden layer: width, row pattern, log10 of the smallest row norm, spread in decades."""

    width: int
    rows: str = "gaussian"
    log10_norm: float = 0.0
    decades: float = 0.0

    def __str__(self) -> str:
        spread = f" over {self.decades:g} decades" if self.decades else ""
        return f"{self.width} {self.rows} rows{_power(self.log10_norm)}{spread}"


def _power(exponent: float) -> str:
    """A factor 10^exponent in words, nothing for 1."""
    return f" times 10^{exponent:g}" if exponent else ""


@dataclass(frozen=True)
class NetworkSpec:
    """A WeightNorm network and one input, described in words and a seed.

    `build` turns it into tensors; equal specs give equal tensors, bit for bit on one machine.
    """

    layers: tuple[LayerSpec, ...]
    input_dim: int = 3
    activation: str | Activation = "tanh"
    placement: Placement = "inner"
    x: str = "gaussian"
    log10_x: float = 0.0
    v: str = "gaussian"
    log10_v: float = 0.0
    seed: int = 0

    @property
    def depth(self) -> int:
        return len(self.layers)

    def __str__(self) -> str:
        """In words, with everything that decides the network: for tables, where no repr belongs."""
        layers = "; ".join(f"{k}. {layer}" for k, layer in enumerate(self.layers, 1))
        name = self.activation if isinstance(self.activation, str) else self.activation.name
        return (
            f"{name} network, {self.placement}, {self.input_dim} inputs, layers {layers}; "
            f"x {self.x}{_power(self.log10_x)}, v {self.v}{_power(self.log10_v)}, seed {self.seed}"
        )

    def build(self, device: str = "cpu") -> tuple[WeightNormNetwork, Tensor]:
        """The network (unbatched, float64) and its input of shape (d,).

        Raises:
            VerifyError: an unknown pattern name, or no layers.
        """
        _validate(self)
        draw = torch.Generator().manual_seed(self.seed)
        phi = activation(self.activation).value
        first = _unit(torch.randn(self.input_dim, generator=draw, dtype=torch.float64))
        x = _input(self, first, draw)
        weights, alpha = [], x
        for index, layer in enumerate(self.layers):
            p = 0.5 if self.placement == "inner" else 0.0
            rows = _rows(layer, alpha, first if index == 0 else None, draw, p)
            hat = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
            alpha = layer.width ** (p - 0.5) * phi(layer.width**-p * (hat @ alpha))
            weights.append(rows)
        v = _output(self, alpha, draw)
        network = WeightNormNetwork.from_tensors(
            [w.to(device) for w in weights],
            v.to(device),
            activation=self.activation,
            placement=self.placement,
        )
        return network, x.to(device)


def _validate(spec: NetworkSpec) -> None:
    if not spec.layers:
        raise VerifyError("layers", "no layer", "at least one LayerSpec")
    for argument, found, names in [
        ("x", spec.x, INPUT_PATTERNS),
        ("v", spec.v, OUTPUT_PATTERNS),
        *(("rows", layer.rows, (*ROW_PATTERNS, SPLIT)) for layer in spec.layers),
    ]:
        if found not in names:
            raise VerifyError(argument, repr(found), "one of " + ", ".join(names))


def _unit(vector: Tensor) -> Tensor:
    norm = torch.linalg.vector_norm(vector)
    return vector / norm if norm > 0 else _axis(vector.numel())


def _axis(size: int) -> Tensor:
    axis = torch.zeros(size, dtype=torch.float64)
    axis[0] = 1.0
    return axis


def _perpendicular(to: Tensor, draw: torch.Generator) -> Tensor:
    """A unit vector orthogonal to `to`; in one dimension there is none, so +1 or -1 is returned."""
    candidate = torch.randn(to.numel(), generator=draw, dtype=torch.float64)
    if to.numel() == 1:
        return _unit(candidate)
    direction = _unit(to)
    for _ in range(2):  # twice is enough for orthogonality to rounding
        candidate = _unit(candidate - (candidate @ direction) * direction)
    return candidate


def _input(spec: NetworkSpec, first: Tensor, draw: torch.Generator) -> Tensor:
    size = spec.input_dim
    x = {
        "gaussian": lambda: _unit(torch.randn(size, generator=draw, dtype=torch.float64)),
        "zero": lambda: torch.zeros(size, dtype=torch.float64),
        "parallel": lambda: first.clone(),
        "perpendicular": lambda: _perpendicular(first, draw),
        "axis": lambda: _axis(size),
    }[spec.x]()
    return x * 10.0**spec.log10_x


def _rows(
    layer: LayerSpec, alpha: Tensor, towards: Tensor | None, draw: torch.Generator, p: float
) -> Tensor:
    """One weight matrix, (width, dim alpha); `towards` is the input's own axis at layer 1."""
    width, size = layer.width, alpha.numel()
    gaussian = torch.randn(width, size, generator=draw, dtype=torch.float64)
    if layer.rows == "equal":
        directions = (towards if towards is not None else _unit(gaussian[0])).expand(width, -1)
    elif layer.rows == "parallel":
        directions = _unit(alpha).expand(width, -1)
    elif layer.rows == "perpendicular":
        directions = _perpendicular(alpha, draw).expand(width, -1)
    elif layer.rows == SPLIT:
        directions = _unit(alpha).repeat(width, 1)
        directions[0] = _perpendicular(alpha, draw)
    elif layer.rows == "oblique":
        across = _perpendicular(alpha, draw)
        directions = (_unit(alpha) + math.sqrt(2.0) * across).expand(width, -1)
    elif layer.rows == "grazing":
        cosine = (_BEND * width**p / torch.linalg.vector_norm(alpha)).clamp(max=0.9)
        across = _perpendicular(alpha, draw)
        directions = (cosine * _unit(alpha) + torch.sqrt(1 - cosine**2) * across).expand(width, -1)
    elif layer.rows == "duplicate":
        directions = gaussian[torch.arange(width) // 2]
    elif layer.rows == "orthogonal":
        side = max(width, size)
        square = torch.randn(side, side, generator=draw, dtype=torch.float64)
        directions = torch.linalg.qr(square)[0][:width, :size]
    else:
        directions = gaussian
    norms = torch.linalg.vector_norm(directions, dim=1, keepdim=True)
    scales = torch.logspace(0.0, layer.decades, width, dtype=torch.float64).unsqueeze(1)
    return directions / norms * scales * 10.0**layer.log10_norm


def _output(spec: NetworkSpec, alpha: Tensor, draw: torch.Generator) -> Tensor:
    size = alpha.numel()
    v = {
        "gaussian": lambda: _unit(torch.randn(size, generator=draw, dtype=torch.float64)),
        "features": lambda: _unit(alpha),
        "ones": lambda: torch.full((size,), 1 / math.sqrt(size), dtype=torch.float64),
        "axis": lambda: _axis(size),
        "alternating": lambda: _unit((-1.0) ** torch.arange(size, dtype=torch.float64)),
    }[spec.v]()
    return v * 10.0**spec.log10_v


def build_batch(specs: list[NetworkSpec], device: str = "cpu") -> tuple[WeightNormNetwork, Tensor]:
    """Specs of one architecture as a batch of B networks and their inputs of shape (B, 1, d)."""
    built = [spec.build() for spec in specs]
    if len({(n.widths, n.activation, n.placement) for n, _ in built}) != 1:
        raise VerifyError("specs", "several architectures", "one or more specs of one architecture")
    weights = [torch.cat(layer) for layer in zip(*(n.weights for n, _ in built), strict=True)]
    network = WeightNormNetwork.from_tensors(
        [w.to(device) for w in weights],
        torch.cat([n.v for n, _ in built]).to(device),
        activation=specs[0].activation,
        placement=specs[0].placement,
    )
    return network, torch.stack([x for _, x in built]).unsqueeze(1).to(device)
