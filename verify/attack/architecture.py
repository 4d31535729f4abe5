"""The architectures an attack looks at: the discrete part of the search, outside the ascent."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from numerics import WeightNormNetwork, activation
from numerics.weightnorm.network import Placement
from verify.assumptions import unmet
from verify.case import Case, FunctionClassCase, NetworkCase
from verify.claim import Claim
from verify.specs import PLACEMENTS

#: Odd and not, phi(0) zero and not, K below, at and above 1 (erf attains its K > 1 at 0); identity
#: attains several bounds.
ACTIVATIONS = ("tanh", "identity", "erf", "sin", "gelu", "sigmoid", "cos")

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
    return not unmet(claim, _stand_in(claim, architecture))


def _stand_in(claim: Claim, shape: Architecture) -> Case:
    """A case of this architecture; which weights it has does not matter to assumptions."""
    x = torch.ones(shape.inputs, shape.widths[0], dtype=torch.float64)
    if claim.quantity.level == "class":
        return FunctionClassCase(shape.widths, x, activation=shape.activation)
    weights = tuple(
        torch.ones(1, outer, inner, dtype=torch.float64)
        for inner, outer in itertools.pairwise(shape.widths)
    )
    v = torch.ones(1, shape.widths[-1], dtype=torch.float64)
    network = WeightNormNetwork(weights, v, activation(shape.activation), shape.placement, 1)
    return NetworkCase(network, x.unsqueeze(0), x[:, 0].unsqueeze(0))


def architectures(
    claim: Claim,
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    activations: Sequence[str] = ACTIVATIONS,
    placements: Sequence[Placement] = PLACEMENTS,
) -> tuple[Architecture, ...]:
    """The default candidates that meet the claim's assumptions, simplest first.

    Claims on one input use inputs of dimension 3; claims on data use one and two of them; claims
    on function classes one, two and four, of dimension 4, so that they can be orthogonal. A
    function class of one placement is attacked: the Rademacher bounds do not depend on it.
    """
    level = claim.quantity.level
    dimension = 4 if level == "class" else 3
    counts = {"input": (1,), "data": (1, 2), "class": (1, 2, 4)}[level]
    where = placements[:1] if level == "class" else placements
    candidates = (
        Architecture((dimension, *widths), name, placement, inputs)
        for widths in hidden
        for name in activations
        for placement in where
        for inputs in counts
    )
    return tuple(candidate for candidate in candidates if admits(claim, candidate))
