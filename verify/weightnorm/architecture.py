"""The architectures an attack looks at: the discrete part of the search, outside the ascent."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

import numerics
from numerics import Activation, WeightNormNetwork
from numerics.weightnorm.network import Placement
from verify.check import unmet
from verify.claim import Claim
from verify.subject import Shape
from verify.weightnorm.cases import FunctionClassCase, NetworkCase
from verify.weightnorm.specs import PLACEMENTS

#: Odd and not, phi(0) zero and not, K below, at and above 1 (erf attains its K > 1 at 0); identity
#: attains several bounds.
ACTIVATIONS = ("tanh", "identity", "erf", "sin", "gelu", "sigmoid", "cos")

#: Hidden widths, small first: where bounds are met, they are met by small networks.
HIDDEN = ((1,), (4,), (1, 1), (2, 2), (4, 4), (1, 1, 1), (3, 3, 3), (2, 5), (4, 1))


@dataclass(frozen=True)
class Architecture:
    """widths = (d, m_1, ..., m_L), activation, placement, and the number of inputs."""

    widths: tuple[int, ...]
    activation: str | Activation = "tanh"
    placement: Placement = "inner"
    inputs: int = 1

    @property
    def phi(self) -> Activation:
        """The activation as an object."""
        return numerics.activation(self.activation)

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    @property
    def shape(self) -> Shape:
        """As the engine sees it."""
        plural = "" if self.inputs == 1 else "s"
        widths = "-".join(map(str, self.widths))
        name = f"{self.phi.name} {widths} {self.placement}, {self.inputs} input{plural}"
        axes = {"L": self.depth, "m": min(self.widths[1:]), "n": self.inputs}
        return Shape(name, self.phi.name, axes, self)


def candidates(inputs: int = 2) -> tuple[Architecture, ...]:
    """All default architectures with so many inputs of dimension 3."""
    return tuple(
        Architecture((3, *widths), name, placement, inputs)
        for widths, name, placement in itertools.product(HIDDEN, ACTIVATIONS, PLACEMENTS)
    )


def network_of(shape: Architecture) -> NetworkCase:
    """A case of this architecture; which weights it has does not matter to assumptions."""
    x = torch.ones(shape.inputs, shape.widths[0], dtype=torch.float64)
    weights = tuple(
        torch.ones(1, outer, inner, dtype=torch.float64)
        for inner, outer in itertools.pairwise(shape.widths)
    )
    v = torch.ones(1, shape.widths[-1], dtype=torch.float64)
    network = WeightNormNetwork(weights, v, shape.phi, shape.placement, 1)
    return NetworkCase(network=network, x=x.unsqueeze(0), y=x[:, 0].unsqueeze(0))


def class_of(shape: Architecture) -> FunctionClassCase:
    """The class of this architecture on inputs of ones."""
    x = torch.ones(shape.inputs, shape.widths[0], dtype=torch.float64)
    return FunctionClassCase(widths=shape.widths, x=x, activation=shape.phi)


def network_shapes(
    claim: Claim,
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    activations: Sequence[str | Activation] = ACTIVATIONS,
    placements: Sequence[Placement] = PLACEMENTS,
) -> tuple[Shape, ...]:
    """The default candidates that meet the claim's assumptions, simplest first.

    Claims on one input use inputs of dimension 3; claims on data use one and two of them.
    """
    counts = (1,) if claim.quantity.over == "input" else (1, 2)
    candidates = (
        Architecture((3, *widths), name, placement, inputs)
        for widths, name, placement, inputs in itertools.product(
            hidden, activations, placements, counts
        )
    )
    return tuple(c.shape for c in candidates if not unmet(claim, network_of(c)))


def class_shapes(
    claim: Claim,
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    activations: Sequence[str | Activation] = ACTIVATIONS,
) -> tuple[Shape, ...]:
    """The same for function classes: one, two and four inputs of dimension 4, so that they can be
    orthogonal, and one placement, on which the Rademacher bounds do not depend."""
    candidates = (
        Architecture((4, *widths), name, PLACEMENTS[0], inputs)
        for widths, name, inputs in itertools.product(hidden, activations, (1, 2, 4))
    )
    return tuple(c.shape for c in candidates if not unmet(claim, class_of(c)))


#: Where tightness is measured: equal hidden widths of these depths.
DEPTHS, WIDTHS = (1, 2, 3), (1, 2, 4)
_CELL_ACTIVATIONS = ("identity", "tanh", "sigmoid")


def network_cells(claim: Claim) -> list[tuple[tuple[tuple[str, int], ...], tuple[Shape, ...]]]:
    """Depths and widths, with the architectures of each that the claim speaks of."""
    return [
        ((("L", depth), ("m", width)), network_shapes(
            claim, hidden=[(width,) * depth], activations=_CELL_ACTIVATIONS
        ))
        for depth, width in itertools.product(DEPTHS, WIDTHS)
    ]  # fmt: skip


def class_cells(claim: Claim) -> list[tuple[tuple[tuple[str, int], ...], tuple[Shape, ...]]]:
    """The same for function classes."""
    return [
        ((("L", depth), ("m", width)), class_shapes(
            claim, hidden=[(width,) * depth], activations=_CELL_ACTIVATIONS
        ))
        for depth, width in itertools.product(DEPTHS, WIDTHS)
    ]  # fmt: skip


def grid(claim: Claim, plan: Any) -> tuple[Shape, ...]:
    """Every architecture of a campaign's plan, with one input each; those that the claim does not
    speak of are among them, and their items say why nothing was run."""
    return tuple(
        Architecture(widths, name, placement, 1).shape
        for widths, name, placement in itertools.product(
            plan.architectures(), plan.activations, plan.placements
        )
    )
