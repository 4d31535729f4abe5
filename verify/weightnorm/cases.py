"""What claims about deep WeightNorm networks are checked on: networks with data, and classes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

import numerics
from numerics import Activation, WeightNormNetwork
from numerics.weightnorm.network import Placement
from verify.activation_text import stored
from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity

__all__ = ["FunctionClassCase", "NetworkCase", "network_case"]


@dataclass(frozen=True, eq=False)
class NetworkCase(Case):
    """A batch of B networks of one architecture, each with its own inputs and targets.

    Attributes:
        network: batched network, B networks.
        x: inputs, (B, n, d), float64.
        y: targets, (B, n), float64.
    """

    network: WeightNormNetwork
    x: Tensor
    y: Tensor

    def __post_init__(self) -> None:
        if self.network.batch is None:
            raise VerifyError("network", "one network", "a batch (see verify.network_case)")
        expected = (self.network.batch, self.network.widths[0])
        if self.x.ndim != 3 or (self.x.shape[0], self.x.shape[2]) != expected:
            raise VerifyError(
                "x", f"shape {tuple(self.x.shape)}", f"(B, n, d) with B, d = {expected}"
            )
        if self.y.shape != self.x.shape[:2]:
            raise VerifyError("y", f"shape {tuple(self.y.shape)}", f"{tuple(self.x.shape[:2])}")

    @property
    def size(self) -> int:
        """Number of networks."""
        return self.x.shape[0]

    @property
    def numbers(self) -> int:
        return self.network.parameters

    @property
    def phi(self) -> Activation:
        """The activation."""
        return self.network.activation

    @property
    def widths(self) -> tuple[int, ...]:
        """(d, m_1, ..., m_L)."""
        return self.network.widths

    @property
    def axes(self) -> Mapping[str, float]:
        return _axes(self.widths)

    @property
    def family(self) -> str:
        return self.phi.name

    def single(self, index: int, quantity: Quantity) -> NetworkCase:
        """The network, and the input for quantities of one input, behind entry `index`."""
        if quantity.over == "data":
            return self._one(index, slice(None))
        network, at = divmod(index, self.x.shape[1])
        return self._one(network, slice(at, at + 1))

    def _one(self, network: int, inputs: slice) -> NetworkCase:
        pick = slice(network, network + 1)
        one = replace(self.network.select(network), batch=1)
        return NetworkCase(
            network=one, x=self.x[pick, inputs], y=self.y[pick, inputs],
            origin=self.origin, label=self.label, step=self.step,
        )  # fmt: skip

    def head(self) -> str:
        network = self.network
        return f"{self.phi.name} network, widths {network.widths}, {network.placement}"

    def meta(self) -> dict[str, Any]:
        return {"activation": stored(self.phi), "placement": self.network.placement}

    def tensors(self) -> dict[str, Tensor]:
        """W1, ..., WL, v, x and y of the first network."""
        layers = {f"W{l}": w[0] for l, w in enumerate(self.network.weights, start=1)}
        return layers | {"v": self.network.v[0], "x": self.x[0], "y": self.y[0]}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> NetworkCase:
        weights = [tensors[name] for name in tensors if name.startswith("W")]
        old = self.network
        network = WeightNormNetwork.from_tensors(
            weights, tensors["v"], activation=old.activation, placement=old.placement
        )
        return network_case(network, tensors["x"], tensors["y"], origin="shrunk", label=self.label)

    def smaller(self) -> Iterator[NetworkCase]:
        """Without one input, layer, unit or coordinate; the widths of neighbours follow."""
        parts = self.tensors()
        x, y, v = parts["x"], parts["y"], parts["v"]
        weights = [parts[f"W{l}"] for l in range(1, self.network.depth + 1)]
        for made in itertools.chain(
            _without_input(weights, v, x, y),
            _without_layer(weights, v, x, y),
            _without_unit(weights, v, x, y),
            _without_coordinate(weights, v, x, y),
        ):
            layers, *rest = made
            named = {f"W{l}": w for l, w in enumerate(layers, start=1)}
            try:
                yield self.with_tensors(named | dict(zip(("v", "x", "y"), rest, strict=True)))
            except ValueError:  # a zero row, say: no network
                continue


_Parts = tuple[list[Tensor], Tensor, Tensor, Tensor]


def _without_input(weights: list[Tensor], v: Tensor, x: Tensor, y: Tensor) -> Iterator[_Parts]:
    for i in range(len(x) if len(x) > 1 else 0):
        rest = torch.arange(len(x)) != i
        yield weights, v, x[rest], y[rest]


def _without_layer(weights: list[Tensor], v: Tensor, x: Tensor, y: Tensor) -> Iterator[_Parts]:
    for l in range(len(weights) - 1):  # without layer l the next one reads the layer below
        size = weights[l].shape[1]
        if size <= weights[l].shape[0]:
            yield [*weights[:l], weights[l + 1][:, :size], *weights[l + 2 :]], v, x, y
    if len(weights) > 1 and weights[-2].shape[0] <= len(v):
        yield weights[:-1], v[: weights[-2].shape[0]], x, y


def _without_unit(weights: list[Tensor], v: Tensor, x: Tensor, y: Tensor) -> Iterator[_Parts]:
    for l, weight in enumerate(weights):
        for i in range(len(weight) if len(weight) > 1 else 0):
            rest = torch.arange(len(weight)) != i
            fewer = [*weights[:l], weight[rest], *weights[l + 1 :]]
            if l + 1 < len(weights):
                fewer[l + 1] = fewer[l + 1][:, rest]
                yield fewer, v, x, y
            else:
                yield fewer, v[rest], x, y


def _without_coordinate(weights: list[Tensor], v: Tensor, x: Tensor, y: Tensor) -> Iterator[_Parts]:
    for j in range(x.shape[1] if x.shape[1] > 1 else 0):
        rest = torch.arange(x.shape[1]) != j
        yield [weights[0][:, rest], *weights[1:]], v, x[:, rest], y


def _axes(widths: tuple[int, ...]) -> Mapping[str, float]:
    return {"L": len(widths) - 1, "m": min(widths[1:])}


def network_case(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor | None = None,
    *,
    origin: str = "user",
    label: str = "",
    step: int | None = None,
) -> NetworkCase:
    """A batch of networks with their inputs and targets, as claims are checked on it.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        (d,), (n, d) or (B, n, d); float64.
    y : Tensor, optional
        Targets; zero if None, which makes the loss the mean squared output.
    origin, label : str
        Where it comes from, for the report.
    step : int, optional
        The step of training it was taken at.

    Returns
    -------
    NetworkCase

    Raises
    ------
    VerifyError
        x is not float64, holds NaN or infinity, or the shapes do not fit.

    Examples
    --------
    >>> import torch, numerics, verify
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0, batch=2)
    >>> verify.network_case(network, torch.ones(5, 3, dtype=torch.float64)).size
    2
    """
    if not isinstance(network, WeightNormNetwork):
        raise VerifyError("network", type(network).__name__, "a numerics.WeightNormNetwork")
    if not isinstance(x, Tensor):
        raise VerifyError("x", type(x).__name__, "a torch.float64 tensor")
    if x.dtype != torch.float64:
        raise VerifyError("x", str(x.dtype), "torch.float64 (verdicts are made in float64)")
    if not x.numel() or not bool(torch.isfinite(x).all()):
        raise VerifyError("x", "NaN or infinity, or nothing at all", "finite numbers")
    batched = network if network.batch is not None else replace(network, batch=1)
    b, d = batched.networks, batched.widths[0]
    rows = x.reshape(1, 1, -1) if x.ndim < 2 else x.reshape(-1, *x.shape[-2:])
    if x.ndim not in (1, 2, 3) or rows.shape[-1] != d or rows.shape[0] not in (1, b):
        raise VerifyError(
            "x", f"shape {tuple(x.shape)}", f"(d,), (n, d) or (B, n, d), d={d}, B={b}"
        )
    inputs = rows.expand(b, -1, -1)
    targets = torch.zeros(inputs.shape[:2], dtype=torch.float64, device=x.device)
    if y is not None:
        targets = _targets(y, inputs.shape[:2])
    return NetworkCase(network=batched, x=inputs, y=targets, origin=origin, label=label, step=step)


def _targets(y: Tensor, shape: torch.Size) -> Tensor:
    if not isinstance(y, Tensor) or y.is_complex():
        raise VerifyError("y", str(getattr(y, "dtype", type(y).__name__)), "a torch.float64 tensor")
    try:
        return y.to(torch.float64).expand(shape)
    except RuntimeError as error:
        accepted = f"{tuple(shape)}, or what expands to it"
        raise VerifyError("y", f"shape {tuple(y.shape)}", accepted) from error


@dataclass(frozen=True, eq=False)
class FunctionClassCase(Case):
    """All networks of one architecture with ||v|| <= nu, on fixed inputs x of shape (n, d).

    The Rademacher bounds speak of the class, not of a network; `seed`, `restarts` and `steps`
    steer the search for its complexity from below. `activation` is one, or a shipped one's name.
    """

    widths: tuple[int, ...]
    x: Tensor
    nu: float = 1.0
    activation: Activation | str = "tanh"
    placement: Placement = "inner"
    seed: int = 0
    restarts: int = 8
    steps: int = 150

    @property
    def phi(self) -> Activation:
        """The activation as an object."""
        return numerics.activation(self.activation)

    @property
    def size(self) -> int:
        """One class counts as one case."""
        return 1

    @property
    def axes(self) -> Mapping[str, float]:
        return _axes(self.widths)

    @property
    def family(self) -> str:
        return self.phi.name

    def single(self, index: int, quantity: Quantity) -> FunctionClassCase:
        return self

    def head(self) -> str:
        name = self.phi.name
        return f"class of {name} networks, widths {self.widths}, {self.placement}"

    def meta(self) -> dict[str, Any]:
        return {
            "activation": stored(self.phi),
            "placement": self.placement,
            "hidden": list(self.widths[1:]),
            "search": {"seed": self.seed, "restarts": self.restarts, "steps": self.steps},
        }

    def tensors(self) -> dict[str, Tensor]:
        return {"x": self.x, "nu": torch.as_tensor(self.nu, dtype=torch.float64)}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> FunctionClassCase:
        return replace(self, x=tensors["x"], nu=float(tensors["nu"]), origin="shrunk")

    def smaller(self) -> Iterator[FunctionClassCase]:
        """Fewer inputs, layers, units and coordinates; each is searched anew, so few are tried."""
        x, (d, *hidden) = self.x, self.widths
        shapes = [(x[1:], d, hidden), (x[:-1], d, hidden)] if len(x) > 1 else []
        if len(hidden) > 1:
            shapes.append((x, d, hidden[:-1]))
        shapes += [
            (x, d, [*hidden[:l], 1, *hidden[l + 1 :]]) for l, m in enumerate(hidden) if m > 1
        ]
        if d > 1:
            shapes += [(x[:, 1:], d - 1, hidden), (x[:, :-1], d - 1, hidden)]
        for inputs, size, widths in shapes:
            yield replace(self, x=inputs, widths=(size, *widths), origin="shrunk")
