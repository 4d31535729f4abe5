"""Hypothesis strategies for architectures, activations, weights and inputs.

They draw a `NetworkSpec`, never arrays: architecture, row patterns, log-scales and one seed. The
simplest value of every part comes first, so shrinking ends at a network a reader can hold in mind:
one layer of width 1, Gaussian rows of norm 1, a unit input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from hypothesis import strategies as st

from verify.case import Case
from verify.check import unmet
from verify.claim import Claim
from verify.errors import VerifyError
from verify.weightnorm.architecture import Architecture, class_of, network_of
from verify.weightnorm.cases import FunctionClassCase, NetworkCase, network_case
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.specs import (
    INPUT_PATTERNS,
    OUTPUT_PATTERNS,
    PLACEMENTS,
    ROW_PATTERNS,
    LayerSpec,
    NetworkSpec,
)

SMOOTH = (
    "tanh",
    "identity",
    "sin",
    "arctan",
    "erf",
    "sigmoid",
    "softplus",
    "cos",
    "silu",
    "gelu",
)
ODD = ("tanh", "identity", "sin", "arctan", "erf")
ZERO_AT_ZERO = (*ODD, "silu", "gelu")


def log_scales(low: float = -4.0, high: float = 2.0) -> st.SearchStrategy[float]:
    """log10 of a scale in steps of 0.1, simplest 0 (scale 1)."""
    tenths = st.integers(round(10 * low), round(10 * high))
    return st.just(0.0) | tenths.map(lambda k: k / 10)


def layers(max_width: int = 5) -> st.SearchStrategy[LayerSpec]:
    """One hidden layer: width, row pattern, smallest row norm, spread of row norms."""
    return st.builds(
        LayerSpec,
        width=st.integers(1, max_width),
        rows=st.sampled_from(ROW_PATTERNS),
        log10_norm=log_scales(),
        decades=st.sampled_from((0.0, 1.0, 3.0)),
    )


def network_specs(
    *,
    activations: tuple[str, ...] = SMOOTH,
    max_depth: int = 4,
    max_width: int = 5,
    max_input_dim: int = 4,
    equal_widths: bool = False,
) -> st.SearchStrategy[NetworkSpec]:
    """Networks of depth 1..max_depth, of unequal widths unless told, reaching the hard corners.

    Raises:
        VerifyError: no activation, or a maximum below 1.
    """
    for argument, found in (
        ("max_depth", max_depth),
        ("max_width", max_width),
        ("max_input_dim", max_input_dim),
        ("activations", len(activations)),
    ):
        if found < 1:
            raise VerifyError(argument, str(found), "at least 1")
    drawn = st.lists(layers(max_width), min_size=1, max_size=max_depth).map(tuple)
    return st.builds(
        NetworkSpec,
        layers=drawn.map(_one_width) if equal_widths else drawn,
        input_dim=st.integers(1, max_input_dim),
        activation=st.sampled_from(activations),
        placement=st.sampled_from(PLACEMENTS),
        x=st.sampled_from(INPUT_PATTERNS),
        log10_x=log_scales(),
        v=st.sampled_from(OUTPUT_PATTERNS),
        log10_v=log_scales(),
        seed=st.integers(0, 2**16),
    )


def _one_width(drawn: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
    return tuple(replace(layer, width=drawn[0].width) for layer in drawn)


def network_cases(**options: object) -> st.SearchStrategy[NetworkCase]:
    """Cases of one network, one input and a zero target; options as `network_specs`."""
    return network_specs(**options).map(case_of)  # type: ignore[arg-type]


def case_of(spec: NetworkSpec) -> NetworkCase:
    """The case a spec describes; its label is the spec itself, so a failure can be replayed."""
    network, x = spec.build()
    return network_case(network, x, origin="structured", label=str(spec))


def _admitted(claim: Claim, case_of_name: Callable[[str], Case]) -> tuple[str, ...]:
    """The shipped activations whose networks meet the claim's assumptions.

    Raises:
        VerifyError: there is none.
    """
    names = tuple(name for name in SMOOTH if not unmet(claim, case_of_name(name)))
    if not names:
        raise VerifyError("claim", f"{claim.name}, whose assumptions none meets", str(SMOOTH))
    return names


def networks_for(claim: Claim) -> st.SearchStrategy[Case]:
    """Networks a claim speaks of: within its assumptions, sharp corners first."""
    names = _admitted(claim, lambda name: network_of(Architecture((1, 1), name)))
    sharp = list(corner_specs((1, 2), (1, 2), names[:2]))
    equal = "m" in claim.bound.symbols and "m" not in claim.bound.per_layer
    specs = st.sampled_from(sharp) | network_specs(activations=names, equal_widths=equal)
    return specs.map(case_of)


def classes_for(claim: Claim) -> st.SearchStrategy[Case]:
    """Function classes a claim speaks of."""
    names = _admitted(claim, lambda name: class_of(Architecture((1, 1), name)))
    return function_class_cases(activations=names)


@st.composite
def function_class_cases(
    draw: st.DrawFn, *, activations: tuple[str, ...] = ODD, max_depth: int = 3, max_width: int = 4
) -> FunctionClassCase:
    """Small function classes on a few inputs; signs are enumerated, so the estimate is a bound."""
    depth = draw(st.integers(1, max_depth))
    widths = (draw(st.integers(1, 3)), *(draw(st.integers(1, max_width)) for _ in range(depth)))
    n, seed = draw(st.integers(1, 5)), draw(st.integers(0, 2**16))
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, widths[0], generator=generator, dtype=torch.float64)
    return FunctionClassCase(
        widths=widths,
        x=x * 10.0 ** draw(log_scales(-3.0, 1.0)),
        nu=10.0 ** draw(log_scales(-2.0, 2.0)),
        activation=draw(st.sampled_from(activations)),
        placement=draw(st.sampled_from(PLACEMENTS)),
        seed=seed,
        restarts=2,
        steps=40,
    )
