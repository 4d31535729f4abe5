"""The bounds of the un-normalized predecessor hold, and wrong versions of them are caught."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import bounds
from verify import VerifyError
from verify.unnormalized import TRUTHS, UnnormalizedNetwork

ACTIVATIONS = ("tanh", "sin", "sigmoid", "gelu", "cos", "identity")
NAMES = [n for n in bounds.catalogue() if n.startswith("unnormalized.")]


def draw(seed: int, *, aligned: bool = False) -> tuple[UnnormalizedNetwork, torch.Tensor]:
    """A small network with weights over two decades; aligned ones reach the bounds."""
    generator = torch.Generator().manual_seed(seed)

    def randn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    depth, width, d = 1 + seed % 3, 1 + seed % 4, 1 + seed % 3
    x = randn(d)
    x = x * d**0.5 / torch.linalg.vector_norm(x)
    scale = 10.0 ** float(randn(1).clamp(-1, 1))
    weights, size, before = [], d, x
    for _ in range(depth):
        weight = randn(width, size)
        if aligned:
            weight = torch.ones(width, 1, dtype=torch.float64) @ before.unsqueeze(0)
        weights.append(scale * weight)
        before, size = torch.ones(width, dtype=torch.float64), width
    v = torch.ones(width, dtype=torch.float64) if aligned else randn(width)
    return UnnormalizedNetwork(tuple(weights), v, ACTIVATIONS[seed % len(ACTIVATIONS)]), x


def right_side(bound: bounds.Bound, network: UnnormalizedNetwork, x: torch.Tensor) -> float:
    values = network.symbols(x) | {"y_1": 0.0, "y_2": 0.0}
    constants = bounds.activation(network.activation)
    values |= {"K": constants.K, "beta": constants.beta, "phi0": constants.phi0}
    used = {name: float(values[name]) for name in bound.symbols}
    return float(bound.evaluate(**(used | ({"L": values["L"]} if "L" in used else {}))))


def ratios(bound: bounds.Bound, seeds: range) -> list[float]:
    found = []
    for seed in seeds:
        for aligned in (False, True):
            network, x = draw(seed, aligned=aligned)
            zero = bounds.activation(network.activation).phi0 == 0
            if bound.name.endswith("phi0_zero") and not zero:
                continue
            found.append(TRUTHS[bound.quantity](network, x) / right_side(bound, network, x))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_bound_of_the_predecessor_is_exceeded(name):
    assert max(ratios(bounds.get(name), range(36))) <= 1 + 1e-12


@pytest.mark.parametrize("name", [n for n in NAMES if not n.endswith("phi0_zero")])
def test_a_bound_of_the_predecessor_divided_by_its_gain_is_exceeded(name):
    """gamma**(L-1) for gamma**L: the mistake of forgetting one layer."""
    right = bounds.get(name)
    gamma = right.notation.symbol("gamma")
    wrong = replace(right, expression=right.expression / (5 * gamma))
    assert max(ratios(wrong, range(36))) > 1


def test_inputs_off_the_sphere_and_unequal_widths_are_refused():
    network, x = draw(5)
    with pytest.raises(VerifyError, match="`x`"):
        network.symbols(2 * x)
    with pytest.raises(VerifyError, match="weights"):
        UnnormalizedNetwork((torch.zeros(2, 3), torch.zeros(3, 2)), torch.zeros(3), "tanh")
