"""What a claim is checked on: a batch of networks with data, or a class of functions with data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from numerics import Enclosure, WeightNormNetwork
from numerics.weightnorm.network import Placement
from verify.errors import VerifyError


@dataclass(frozen=True)
class NetworkCase:
    """A batch of B networks of one architecture, each with its own inputs and targets.

    Attributes:
        network: batched network, B networks.
        x: inputs, (B, n, d), float64.
        y: targets, (B, n), float64.
        origin: "random", "structured", "trained" or a user's own word.
        label: one line for a reader: which network this is.
        step: training step of a checkpoint, None elsewhere.
    """

    network: WeightNormNetwork
    x: Tensor
    y: Tensor
    origin: str = "user"
    label: str = ""
    step: int | None = None
    _truths: dict[str, Enclosure] = field(default_factory=dict, repr=False, compare=False)

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
    def activation(self) -> str:
        return self.network.activation.name

    @property
    def widths(self) -> tuple[int, ...]:
        """(d, m_1, ..., m_L)."""
        return self.network.widths

    def truth(self, key: str, compute: Callable[[NetworkCase], Enclosure]) -> Enclosure:
        """The true value of a quantity, computed once per case: several bounds share one truth."""
        if key not in self._truths:
            self._truths[key] = compute(self)
        return self._truths[key]


@dataclass(frozen=True)
class FunctionClassCase:
    """All networks of one architecture with ||v|| <= nu, on fixed inputs x of shape (n, d).

    The Rademacher bounds speak of the class, not of a network; `seed`, `restarts` and `steps`
    steer the search for its complexity from below.
    """

    widths: tuple[int, ...]
    x: Tensor
    nu: float = 1.0
    activation: str = "tanh"
    placement: Placement = "inner"
    seed: int = 0
    restarts: int = 8
    steps: int = 150
    origin: str = "random"
    label: str = ""
    step: int | None = None
    _truths: dict[str, Enclosure] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """One class counts as one network in the report."""
        return 1

    def truth(self, key: str, compute: Callable[[FunctionClassCase], Enclosure]) -> Enclosure:
        """As `NetworkCase.truth`."""
        if key not in self._truths:
            self._truths[key] = compute(self)
        return self._truths[key]


@dataclass(frozen=True)
class SampleCase:
    """B samples of named tensors (leading axis B, float64), for claims that are not of networks."""

    values: Mapping[str, Tensor]
    origin: str = "user"
    label: str = ""
    step: int | None = None
    activation: str = ""
    widths: tuple[int, ...] = ()
    _truths: dict[str, Enclosure] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(next(iter(self.values.values())))

    def select(self, index: int) -> SampleCase:
        """The one sample at `index`."""
        one = {name: value[index : index + 1] for name, value in self.values.items()}
        return SampleCase(one, self.origin, self.label)

    def truth(self, key: str, compute: Callable[[SampleCase], Enclosure]) -> Enclosure:
        """As `NetworkCase.truth`."""
        if key not in self._truths:
            self._truths[key] = compute(self)
        return self._truths[key]


def network_case(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor | None = None,
    *,
    origin: str = "user",
    label: str = "",
    step: int | None = None,
) -> NetworkCase:
    """A case from a single or batched network and x of shape (d,), (n, d) or (B, n, d).

    Targets default to zero, which makes the loss the mean squared output.

    Raises:
        VerifyError: x is not float64, holds NaN or infinity, or the shapes do not fit.
    """
    if x.dtype != torch.float64:
        raise VerifyError("x", str(x.dtype), "torch.float64 (verdicts are made in float64)")
    if not bool(torch.isfinite(x).all()):
        raise VerifyError("x", "NaN or infinity", "finite numbers")
    batched = network if network.batch is not None else replace(network, batch=1)
    b, d = batched.networks, batched.widths[0]
    rows = x.reshape(1, 1, -1) if x.ndim == 1 else x.reshape(-1, *x.shape[-2:])
    if rows.shape[-1] != d or rows.shape[0] not in (1, b):
        raise VerifyError(
            "x", f"shape {tuple(x.shape)}", f"(d,), (n, d) or (B, n, d), d={d}, B={b}"
        )
    inputs = rows.expand(b, -1, -1)
    targets = torch.zeros(inputs.shape[:2], dtype=torch.float64, device=x.device)
    if y is not None:
        targets = y.to(torch.float64).expand(inputs.shape[:2])
    return NetworkCase(batched, inputs, targets, origin, label, step)


Case = NetworkCase | FunctionClassCase | SampleCase
