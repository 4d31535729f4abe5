"""The architectures an attack looks at: the discrete part of the search, outside the ascent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from numerics import WeightNormNetwork
from numerics.network import Placement
from verify.assumptions import unmet
from verify.case import Case, FunctionClassCase, network_case
from verify.claim import Claim
from verify.specs import PLACEMENTS

#: Odd and not, K below, at and above 1, phi(0) zero and not; identity attains several bounds.
ACTIVATIONS = ("tanh", "identity", "sin", "gelu", "sigmoid", "cos")

#: Hidden widths, small first: where bounds are met, they are met by small networks.
HIDDEN = ((1,), (4,), (1, 1), (2, 2), (4, 4), (1, 1, 1), (3, 3, 3), (2, 5), (4, 1))


@dataclass(frozen=True)
class Architecture:
    """widths = (d, m_1, ..., m_L), activation, placement, and the number of inputs."""

    widths: tuple[int, ...]
    activation: str = "tanh"
    placement: Placement = "inner"
    inputs: int = 1

    @property
    def name(self) -> str:
        """In words, for progress and reports."""
        plural = "" if self.inputs == 1 else "s"
        widths = "-".join(map(str, self.widths))
        return f"{self.activation} {widths} {self.placement}, {self.inputs} input{plural}"

    @property
    def depth(self) -> int:
        return len(self.widths) - 1


def admits(claim: Claim, architecture: Architecture) -> bool:
    """Whether networks of this architecture meet the claim's assumptions."""
    return not unmet(claim, _blank(claim, architecture))


def _blank(claim: Claim, architecture: Architecture) -> Case:
    x = torch.ones(architecture.inputs, architecture.widths[0], dtype=torch.float64)
    if claim.quantity.level == "class":
        return FunctionClassCase(architecture.widths, x, 1.0, architecture.activation)
    network = WeightNormNetwork.random(
        architecture.widths, architecture.activation, seed=0, placement=architecture.placement
    )
    return network_case(network, x)


def architectures(
    claim: Claim,
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    activations: Sequence[str] = ACTIVATIONS,
    placements: Sequence[Placement] = PLACEMENTS,
) -> tuple[Architecture, ...]:
    """The default candidates that meet the claim's assumptions, simplest first.

    Claims on one input use inputs of dimension 3; claims on data use one and two inputs, claims
    on function classes two and four, of dimension 4, so that they can be orthogonal. A function
    class of one placement is attacked: the Rademacher bounds do not depend on it.
    """
    level = claim.quantity.level
    dimension = 4 if level == "class" else 3
    counts = {"input": (1,), "data": (1, 2), "class": (2, 4)}[level]
    where = placements[:1] if level == "class" else placements
    candidates = (
        Architecture((dimension, *widths), name, placement, inputs)
        for widths in hidden
        for name in activations
        for placement in where
        for inputs in counts
    )
    return tuple(candidate for candidate in candidates if admits(claim, candidate))
