"""Input maps: errors enclosed, norms as promised, made without the sample."""

from __future__ import annotations

import pytest
import torch
from flint import arb, ctx

from numerics import NumericsError
from numerics.weightnorm.generalization import (
    centered,
    principal,
    raw,
    unit_sphere,
    with_constant,
    with_products,
)
from numerics.weightnorm.generalization.maps import row_digests
from numerics.weightnorm.generalization.stages import Linear, Shift, products
from tests.generalization.drawn import unit_sample

PILOT = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)).double() + 0.5
FRESH = torch.randn(6, 5, generator=torch.Generator().manual_seed(1)).double() + 0.5


def length(vector: list[arb]) -> arb:
    return sum((a * a for a in vector), arb(0)).sqrt()


def exact(stages, row: torch.Tensor) -> list[arb]:
    """The map in balls, stage by stage, from the same stored numbers."""
    z = [arb(value) for value in row.tolist()]
    for stage in stages:
        z = _STEPS[type(stage).__name__](stage, z)
    return z


def _unit(stage, z):
    size = length(z)
    return [a / size for a in z]


def _shifted(stage, z):
    return [a - arb(c) for a, c in zip(z, stage.center.tolist(), strict=True)]


def _moved(stage, z):
    return [
        sum((arb(w) * a for w, a in zip(row, z, strict=True)), arb(0))
        for row in stage.matrix.tolist()
    ]


def _with_products(stage, z):
    k = len(z)
    found = [z[i] * z[j] * (1 if i == j else arb(2).sqrt()) for i in range(k) for j in range(i, k)]
    far = _unit(None, _shifted(Shift(stage.mean), found))
    a = arb(stage.linear)
    return [a.sqrt() * value for value in z] + [(1 - a).sqrt() * value for value in far]


_STEPS = {
    "Normalize": _unit,
    "Shift": _shifted,
    "Linear": _moved,
    "Append": lambda stage, z: [*z, arb(stage.constant)],
    "BesideProducts": _with_products,
}


def every_map():
    plain = principal(PILOT, 3, power=0.5)
    return {
        "unit": unit_sphere(),
        "centered": centered(PILOT),
        "principal": plain,
        "constant": with_constant(plain, 0.6),
        "products": with_products(plain, PILOT, linear=0.3),
        "raw": raw(10.0),
    }


@pytest.mark.parametrize("name", [*every_map()])
def test_mapped_inputs_are_within_their_error_of_the_exact_map(name):
    old, ctx.prec = ctx.prec, 200
    try:
        found = every_map()[name]
        z, error = found.apply(FRESH)
        for row, value, bound in zip(FRESH, z.tolist(), error.tolist(), strict=True):
            truth = exact(found.stages, row)
            assert length([arb(v) - t for v, t in zip(value, truth, strict=True)]) <= bound
            assert length(truth) <= found.radius + arb(2) ** -100
        assert float(error.max()) < 1e-12
    finally:
        ctx.prec = old


@pytest.mark.parametrize("name", ["unit", "centered", "principal", "constant", "products"])
def test_maps_onto_the_sphere_end_on_it(name):
    z, _ = every_map()[name].apply(FRESH)
    assert torch.allclose(z.norm(dim=1), torch.ones(len(FRESH)).double(), atol=1e-12)


def test_products_keep_the_norm_squared_and_the_inner_product_squared():
    a, b = FRESH[0], FRESH[1]
    q = products(torch.stack([a, b]))
    assert float(q[0].norm()) == pytest.approx(float(a.norm()) ** 2)
    assert float(q[0] @ q[1]) == pytest.approx(float(a @ b) ** 2)


def test_the_map_of_the_pilot_centers_and_whitens_it():
    unit = unit_sphere()(PILOT)
    whitened = principal(PILOT, 4, power=1.0)
    center, matrix = (s for s in whitened.stages if isinstance(s, Shift | Linear))
    z = (unit - center.center) @ matrix.matrix.T
    assert torch.allclose(z.T @ z / len(z), torch.eye(4).double(), atol=1e-10)


def test_a_map_knows_the_rows_it_was_fitted_on_and_no_others():
    fitted = centered(PILOT)
    assert fitted.shares(PILOT) == len(PILOT)
    assert fitted.shares(FRESH) == 0
    assert fitted.shares(torch.cat([FRESH, PILOT[3:4]])) == 1
    assert with_constant(fitted, 0.5).shares(PILOT[:2]) == 2
    both = with_products(fitted, FRESH)
    assert both.shares(PILOT[:1]) == both.shares(FRESH[:1]) == 1
    assert unit_sphere().shares(PILOT) == 0


def test_rows_are_told_apart_by_value_and_minus_zero_is_zero():
    rows = torch.tensor([[0.0, 1.0], [-0.0, 1.0], [0.0, 1.0 + 1e-15]], dtype=torch.float64)
    first, second, third = row_digests(rows)
    assert first == second != third


def test_one_input_is_mapped_the_same_alone_and_in_company_up_to_the_error():
    found = every_map()["products"]
    z, error = found.apply(FRESH)
    for i in range(len(FRESH)):
        alone, bound = found.apply(FRESH[i : i + 1])
        assert float((alone[0] - z[i]).norm()) <= float(bound[0] + error[i])


def test_maps_that_cannot_be_are_refused():
    x, _ = unit_sample(5, 5, 0)
    for call in (
        lambda: raw(0.0),
        lambda: principal(PILOT, 0),
        lambda: principal(PILOT, 6),
        lambda: principal(PILOT[:3], 3),
        lambda: with_constant(unit_sphere(), 0.0),
        lambda: with_products(unit_sphere(), PILOT, linear=1.0),
        lambda: centered(PILOT[:0]),
        lambda: centered(PILOT[0]),
        lambda: centered(PILOT)(x[:, :3]),
        lambda: unit_sphere()(torch.zeros(2, 5).double()),
    ):
        with pytest.raises(NumericsError):
            call()
