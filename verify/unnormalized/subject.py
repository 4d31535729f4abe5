"""The subject `unnormalized`: all that the engine knows of networks without normalization."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import sympy as sp
from hypothesis import strategies as st

import bounds
from bounds.unnormalized import NOTATION
from numerics.unnormalized import UnnormalizedNetwork
from verify.activation import definition_of
from verify.activation_text import restored
from verify.check import unmet
from verify.claim import Claim, claim_about
from verify.effort import Effort
from verify.errors import VerifyError
from verify.families import Control
from verify.hexadecimal import from_hex, to_hex
from verify.subject import Change, Condition, Mistakes, Subject
from verify.unnormalized import in_balls, space
from verify.unnormalized.cases import PlainCase
from verify.unnormalized.quantities import QUANTITIES
from verify.unnormalized.readings import PER_DATA, PER_INPUT
from verify.unnormalized.sizes import SIZES

__all__ = ["PLAIN", "claims", "controls"]


def _meets(case: PlainCase) -> str:
    """Met by construction: gamma is measured, and the model puts inputs on the sphere."""
    return ""


def _of_activation(test: Callable[[bounds.Activation], bool], sentence: str) -> Condition:
    def condition(case: PlainCase) -> str:
        met = test(definition_of(case.phi))
        return "" if met else f"needs {sentence}; {case.phi.name} does not meet it"

    return condition


_CONDITIONS: Mapping[str, Condition] = {
    "spectral": _meets,
    "input norm": _meets,
    "square loss": _meets,
    "Lipschitz": _of_activation(lambda phi: phi.K is not None, "|phi'| <= K everywhere"),
    "smooth": _of_activation(lambda phi: phi.beta is not None, "|phi''| <= beta everywhere"),
    "phi(0) = 0": _of_activation(lambda phi: phi.phi0 == 0, "phi(0) = 0"),
    "second derivative": _of_activation(lambda phi: phi.beta is not None, "a second derivative"),
}


def _corners(claim: Claim, seed: int) -> Iterator[PlainCase]:
    """Aligned networks over scales, then random ones."""
    for depth, width, name in itertools.product((1, 2, 3), (1, 2, 3), ("identity", "tanh", "sin")):
        shape = space.shape_of(depth, width, name)
        for scale, v in ((-3.0, 0.0), (0.0, 0.0), (1.0, -3.0), (-1.0, 2.0)):
            yield space.aligned(shape, scale, v)
        yield space.drawn(shape, 4, seed)


def _population(effort: Effort, seed: int, device: str) -> Iterator[PlainCase]:
    """Random networks over the grid of the effort (widths up to 16), and aligned ones."""
    for name in effort.activations[:3]:
        for depth, width in itertools.product(effort.depths[:3], effort.widths):
            if width <= 16:
                shape = space.shape_of(depth, width, name, input_dim=4)
                yield space.drawn(shape, effort.batch, seed)
                yield space.aligned(shape, -1.0, 0.0)


def _strategy(claim: Claim) -> st.SearchStrategy[PlainCase]:
    """Random and aligned networks that the claim speaks of."""
    admitted = [s for s in space.shapes(claim) if not unmet(claim, space.drawn(s, 1, 0))]
    shapes = st.sampled_from(admitted)
    random = st.builds(lambda s, seed: space.drawn(s, 1, seed), shapes, st.integers(0, 2**16))
    scales = st.integers(-3, 2).map(float)
    return random | st.builds(space.aligned, shapes, scales, scales)


def _changes(bound: bounds.Bound) -> Iterator[Change]:
    """One layer forgotten."""
    symbol = bound.notation.symbol
    if "L" in bound.symbols:
        changed = bound.expression.subs(symbol("L"), symbol("L") - 1)
        yield Change("depth", "L - 1 for L", changed, least_depth=2)


def _stored(claim: Claim, case: PlainCase) -> dict[str, Any]:
    """Activation, weights, v, inputs, targets and the quantity's own direction, exact."""
    direction = claim.quantity.direction
    return {
        **case.meta(),
        "weights": [to_hex(w[0]) for w in case.network.weights],
        "v": to_hex(case.network.v[0]),
        "inputs": to_hex(case.x[0]),
        "targets": to_hex(case.y[0]),
        "direction": to_hex(direction(case)) if direction is not None else [],
    }


def _parse(data: dict[str, Any], label: str) -> PlainCase:
    weights = [from_hex(w, "weights") for w in data["weights"]]
    network = UnnormalizedNetwork.from_tensors(
        weights, from_hex(data["v"], "v"), activation=restored(data["activation"])
    )
    x, y = from_hex(data["inputs"], "inputs"), from_hex(data["targets"], "targets")
    return PlainCase(
        network=network, x=x.unsqueeze(0), y=y.unsqueeze(0), origin="counterexample", label=label
    )


def _called(function: Callable[..., Any], over: str) -> Callable[[PlainCase], Any]:
    if over == "input":
        return lambda case: function(case.network, case.x)
    return lambda case: function(case.network, case.x, case.y)


def _expected(case: PlainCase, over: str) -> tuple[int, ...]:
    return (case.size, case.x.shape[1]) if over == "input" else (case.size,)


PLAIN = Subject(
    kind="unnormalized",
    noun="network",
    case_type=PlainCase,
    notation=NOTATION,
    quantities=QUANTITIES,
    readings={"input": PER_INPUT, "data": PER_DATA},
    conditions=_CONDITIONS,
    in_balls=in_balls.view,
    shapes=space.shapes,
    cells=space.cells,
    grid=space.grid,
    space=space.PlainSpace,
    corners=_corners,
    drawn=space.drawn,
    population=_population,
    strategy=_strategy,
    points=space.points,
    mistakes=Mistakes(vanishing=("beta", "phi0"), changes=_changes),
    sizes=SIZES,
    parse=_parse,
    stored=_stored,
    called=_called,
    expected=_expected,
)


@cache
def claims() -> dict[str, Claim]:
    """The bounds of the family as claims."""
    known = bounds.catalogue().items()
    return {name: claim_about(PLAIN, bound) for name, bound in known if bound.notation is NOTATION}


@cache
def controls() -> tuple[Control, ...]:
    """A wrong constant, a forgotten layer and a lost width for the claims of the family."""
    symbol = NOTATION.symbol
    gain = symbol("K") * symbol("gamma")
    spoilt: tuple[tuple[str, str, str, Callable[[sp.Expr], sp.Expr]], ...] = (
        ("constant", "gradient", "constant 0.9 for 1", lambda e: sp.Rational(9, 10) * e),
        ("layer", "output", "the gain of one layer forgotten", lambda e: e / (5 * gain)),
        ("constant", "loss", "constant 0.9 for 1", lambda e: sp.Rational(9, 10) * e),
        ("constant", "hessian.recursive", "constant 0.9 for 1", lambda e: sp.Rational(9, 10) * e),
        ("width", "hessian.closed", "1/sqrt(m) too much", lambda e: e / sp.sqrt(symbol("m"))),
    )
    return tuple(_control(*one) for one in spoilt)


def _control(kind: str, base: str, mistake: str, spoil: Callable[[sp.Expr], sp.Expr]) -> Control:
    right = claims()[f"unnormalized.{base}"]
    name = f"unnormalized_{base}_bound.{kind}"
    bound = replace(right.bound, name=name, expression=spoil(right.bound.expression))
    known = right.subject.readings[right.quantity.over]
    missing = [s for s in bound.symbols if s not in known]
    if missing:
        raise VerifyError("control", f"no reading for {missing}", "symbols of the notation")
    wrong = replace(right, bound=bound, readings={s: known[s] for s in bound.symbols})
    return Control(name, right.name, mistake, wrong)
