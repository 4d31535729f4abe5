"""False if a bound cannot be shown as mathematics, or its statement leaves a name undefined."""

from __future__ import annotations

import pytest
from latex2mathml.converter import convert

import bounds


@pytest.mark.parametrize("name", bounds.catalogue())
def test_every_statement_converts_to_mathml(name):
    bound = bounds.get(name)
    text = bound.latex()
    assert {"<=": r"\le", ">=": r"\ge", "==": " = "}[bound.sense] in text
    mathml = convert(text)
    assert mathml.startswith("<math")
    assert "layer" not in text
    assert "FeatureNorm" not in text
    assert text in bound._repr_latex_()


def test_short_names_are_defined_where_they_are_used():
    text = bounds.get("hessian.sharp.summed").latex()
    for name in ("C =", "Q =", r"\bar{a}_{l} ="):
        assert name in text
    assert "a_{l} =" in bounds.get("gradient.summed").latex()


def test_catalogue_names_are_stable():
    fixed = {
        "gradient.summed",
        "input_gradient",
        "output",
        "hessian.recursive",
        "hessian.closed.summed",
        "hessian.asymptotic",
        "loss",
        "loss_gradient",
        "rademacher",
        "rademacher.odd",
    }
    assert fixed <= set(bounds.catalogue())
    with pytest.raises(bounds.BoundsError, match=r"hessian\.closed"):
        bounds.get("hessian.shut")
