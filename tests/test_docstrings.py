"""False if an example in a docstring is wrong, or a public callable loses its description.

A function at a room's door is described if its docstring has, in numpydoc form, every parameter,
what is returned, and an example that runs. Those that are not yet are listed, and the list may
only shrink.
"""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Callable, Iterator

import pytest

import bounds
import numerics
import verify

ROOMS = (bounds, numerics, verify)

#: Not yet described; take a name out when it is.
UNDESCRIBED = frozenset(
    {
        "bounds.activation_from_formula",
        "bounds.assumption_table",
        "bounds.check_claim",
        "bounds.comparison_eigenvalue",
        "bounds.crossing",
        "bounds.exponent_along",
        "bounds.gains",
        "bounds.layer_symbol",
        "bounds.local_exponent",
        "bounds.prove",
        "bounds.prove_all",
        "bounds.regimes",
        "bounds.smallest_width",
        "bounds.step_table",
        "bounds.symbol",
        "numerics.back_propagated_norms",
        "numerics.contracted_row_complexity",
        "numerics.direction_norms",
        "numerics.feature_first_norms",
        "numerics.feature_second_norms",
        "numerics.gradients",
        "numerics.hessian",
        "numerics.hessian_extremes",
        "numerics.hessian_norm_from_below",
        "numerics.hessian_vector_product",
        "numerics.layer_gradient_norms",
        "numerics.layer_sensitivities",
        "numerics.local_coefficients",
        "numerics.loss_hessian_norm",
        "numerics.loss_hessian_vector_product",
        "numerics.normalized_row_first",
        "numerics.normalized_row_second",
        "numerics.preactivation_first_maxima",
        "numerics.preactivation_first_norms",
        "numerics.rademacher_complexity",
        "numerics.rademacher_witness",
        "numerics.second_directional_derivative",
        "numerics.signed_feature_norms",
        "numerics.signed_input_average",
        "numerics.signed_row_maxima",
        "verify.claim_about",
        "verify.claims",
        "verify.confirm",
        "verify.counterexample",
        "verify.investigate",
        "verify.load_certificate",
        "verify.load_claims",
        "verify.network_case",
        "verify.norm",
        "verify.property_test",
        "verify.prove",
        "verify.scaling_law",
        "verify.section",
        "verify.spectral_norm",
    }
)


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    for room in ROOMS:
        for name in room.__all__:
            value = getattr(room, name)
            if inspect.isfunction(value) or inspect.ismethod(value):
                yield f"{room.__name__}.{name}", value


def described(function: Callable[..., object]) -> bool:
    text = inspect.getdoc(function) or ""
    names = [p for p in inspect.signature(function).parameters if p not in ("self", "args")]
    sections = ["Returns", "Examples", *(["Parameters"] if names else [])]
    headed = all(re.search(rf"^{s}\n-{{{len(s)}}}$", text, re.M) for s in sections)
    told = all(re.search(rf"^\**{name}\b.* : ", text, re.M) for name in names)
    return headed and told and ">>>" in text


KNOWN = dict(functions())


def test_the_list_of_functions_without_a_description_only_shrinks():
    open_ = {name for name, function in KNOWN.items() if not described(function)}
    assert not open_ - UNDESCRIBED, "describe it (numpydoc: parameters, returns, example)"
    assert not UNDESCRIBED - open_, "it is described now: take it out of the list"


def with_examples() -> list[str]:
    return [name for name, function in KNOWN.items() if ">>>" in (inspect.getdoc(function) or "")]


@pytest.mark.parametrize("name", with_examples())
def test_the_example_in_the_docstring_runs_and_prints_what_it_says(name):
    function = inspect.unwrap(KNOWN[name])
    (test,) = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    assert test.examples
    out: list[str] = []
    found = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=out.append)
    assert not found.failed, "".join(out)


def test_a_function_without_its_parameters_would_be_noticed():
    def bare(x: int, y: int) -> None:
        """Does it.

        Parameters
        ----------
        x : int

        Returns
        -------
        None

        Examples
        --------
        >>> 1
        1
        """

    assert not described(bare)
    bare.__doc__ = (bare.__doc__ or "").replace("x : int", "x : int\n        y : int")
    assert described(bare)
