"""Subjects of G1, G5 and I1: finite classes, sets of vectors, inputs, sample sizes, enumerated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from bounds.weightnorm.generalization import NOTATION
from numerics import Enclosure
from numerics.norms import vector_norm
from numerics.weightnorm.generalization import enumerated
from verify.effort import Effort
from verify.quantity import Quantity
from verify.subject import Reading, Shape, Subject
from verify.weightnorm.generalization import in_balls
from verify.weightnorm.generalization.cases import (
    CountCase,
    FiniteCase,
    InputCase,
    PartsCase,
    SignCase,
)

__all__ = ["COUNTS", "FINITE", "INPUTS", "SIGNS", "SUBJECTS"]

Drawn = Callable[[Shape, int, int, Any], PartsCase]


def _quantity(key: str, measure: Callable[[Any], Enclosure]) -> Quantity:
    return Quantity(
        key=key,
        latex=NOTATION.quantities[key],
        over="case",
        measure=measure,
        exact=in_balls.EXACT[key],
        exact_limit=130,
    )


def _subject(
    kind: str,
    case_type: type[PartsCase],
    quantities: tuple[Quantity, ...],
    symbols: Mapping[str, Callable[[Any], Any]],
    shapes: tuple[Shape, ...],
    drawn: Drawn,
    corners: Callable[[], Iterator[PartsCase]],
) -> Subject:
    def population(effort: Effort, seed: int, device: str) -> Iterator[PartsCase]:
        yield from corners()
        for k, shape in enumerate(shapes):
            yield drawn(shape, 8 if effort.name == "deep" else 4, seed + k, None)

    return Subject(
        kind=kind,
        noun=case_type.thing.removeprefix("a "),
        case_type=case_type,
        notation=NOTATION,
        quantities={each.key: each for each in quantities},
        readings={"case": {n: Reading(m, in_balls.EXACT[n]) for n, m in symbols.items()}},
        conditions={},
        in_balls=in_balls.view,
        shapes=lambda claim: shapes,
        cells=lambda claim: [(tuple(s.axes.items()), (s,)) for s in shapes],
        grid=lambda claim, plan: shapes,
        corners=lambda claim, seed: corners(),
        drawn=drawn,
        population=population,
    )


def _normal(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _eta(n: int) -> Enclosure:
    return enumerated.central_binomial(torch.tensor([n], dtype=torch.float64))


def _drawn_finite(shape: Shape, count: int, seed: int, claim: Any = None) -> FiniteCase:
    g = _normal(seed, count, 3, shape.axes["M"])
    if seed % 2:
        g = torch.sign(g)
    p = _normal(seed + 1, count, shape.axes["M"]).exp()
    parts = {"g": g, "p": p}
    return FiniteCase(parts=parts, n=shape.axes["n"], origin="random", label=f"seed {seed}")


def _finite_corners() -> Iterator[FiniteCase]:
    """One function and its negative, nearly all of the mass on one point: G1 is sharpest there."""
    for n in (1, 2, 3):
        for rare in (0.5, 0.2, 0.05):
            g = torch.tensor([[[1.0, -1.0], [-1.0, 1.0]], [[0.0, 1.0], [0.0, -1.0]]]).double()
            p = torch.tensor([1.0 - rare, rare], dtype=torch.float64).expand(2, 2)
            yield FiniteCase(parts={"g": g, "p": p}, n=n, label=f"two points, {rare:g} rare")


def _drawn_signs(shape: Shape, count: int, seed: int, claim: Any = None) -> SignCase:
    a = _normal(seed, count, 3, 2 * shape.axes["n"])
    return SignCase(parts={"a": a}, origin="random", label=f"seed {seed}")


def _sign_corners() -> Iterator[SignCase]:
    """All balanced sign vectors: E_s sup = 2n and E_eps sup = 2n (1 - eta_n), equality."""
    for n in (1, 2, 3):
        signs = torch.cartesian_prod(*[torch.tensor([1.0, -1.0]).double()] * (2 * n))
        balanced = signs[signs.sum(-1) == 0]
        yield SignCase(parts={"a": balanced.unsqueeze(0)}, label=f"all balanced signs, n = {n}")


def _drawn_inputs(shape: Shape, count: int, seed: int, claim: Any = None) -> InputCase:
    n = shape.axes["n"]
    x = _normal(seed, count, n, 3) * _normal(seed + 1, count, n, 1).exp()
    return InputCase(parts={"x": x}, origin="random", label=f"seed {seed}")


def _input_corners() -> Iterator[InputCase]:
    """Equal inputs, orthogonal ones, one beside many, and opposite ones."""
    for n in (1, 2, 5, 8):
        eye = torch.eye(n, dtype=torch.float64)
        same = torch.ones(n, 1, dtype=torch.float64)
        uneven = same / torch.arange(1, n + 1).double().unsqueeze(-1)
        for words, x in (("orthogonal", eye), ("equal", same), ("uneven", uneven)):
            yield InputCase(parts={"x": x.unsqueeze(0)}, label=f"{n} {words} inputs")


def _signed(case: InputCase) -> Enclosure:
    return case.truth(SIGNED)


SIGNED = _quantity("signed_sum", lambda case: enumerated.signed_sum(case["x"]))
FINITE = _subject(
    "finite_class",
    FiniteCase,
    (_quantity("expected_supremum", lambda c: enumerated.expected_supremum(c["g"], c["p"], c.n)),),
    {
        "R_2n": lambda case: enumerated.rademacher_at_twice(case["g"], case["p"], case.n),
        "eta_n": lambda case: _eta(case.n),
    },
    tuple(Shape(f"n = {n}, {m} points", axes={"n": n, "M": m}) for n in (1, 2, 3) for m in (2, 3)),
    _drawn_finite,
    _finite_corners,
)
SIGNS = _subject(
    "sign_class",
    SignCase,
    (_quantity("balanced_supremum", lambda case: enumerated.balanced_supremum(case["a"])),),
    {
        "E_iid": lambda case: enumerated.iid_supremum(case["a"]),
        "eta_n": lambda case: _eta(case["a"].shape[-1] // 2),
    },
    tuple(Shape(f"n = {n}", axes={"n": n}) for n in (1, 2, 3)),
    _drawn_signs,
    _sign_corners,
)
INPUTS = _subject(
    "signed_inputs",
    InputCase,
    (
        SIGNED,
        _quantity("self_bounding_sum", lambda case: enumerated.self_bounding_sum(case["x"])),
    ),
    {
        "X": lambda case: vector_norm(case["x"].flatten(1)),
        "Z": _signed,
        "G_2": lambda case: enumerated.gram_moments(case["x"])[0],
        "G_3": lambda case: enumerated.gram_moments(case["x"])[1],
    },
    tuple(Shape(f"{n} inputs", axes={"n": n}) for n in (2, 4, 6)),
    _drawn_inputs,
    _input_corners,
)


def _drawn_counts(shape: Shape, count: int, seed: int, claim: Any = None) -> CountCase:
    generator = torch.Generator().manual_seed(seed)
    n = 1 + torch.randint(0, 2000, (count,), generator=generator)
    return CountCase(parts={"n": n.double()}, origin="random", label=f"seed {seed}")


def _count_corners() -> Iterator[CountCase]:
    yield CountCase(parts={"n": torch.tensor([1.0, 2.0, 3.0, 10.0, 4000.0]).double()}, label="n")


COUNTS = _subject(
    "sample_size",
    CountCase,
    (_quantity("central_binomial", lambda case: enumerated.central_binomial(case["n"])),),
    {"n": lambda case: case["n"]},
    (Shape("n to 2000", axes={}),),
    _drawn_counts,
    _count_corners,
)
SUBJECTS = (FINITE, SIGNS, INPUTS, COUNTS)
