"""False if an example in a docstring is wrong, or a public callable loses its description.

A function at a room's door, or a method with parameters of a class there, is described if its
docstring has, in numpydoc form, every parameter, what is returned, what is raised, and an example
that runs.
"""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import bounds
import numerics
import verify

ROOMS = (bounds, numerics, verify)

#: Functions that refuse nothing: whatever their types allow has an answer.
TOTAL = frozenset(
    {
        "bounds.Bound.derivation",
        "bounds.Interval.contains",
        "bounds.Interval.exact",
        "bounds.Notation.adopt",
        "bounds.Notation.filled_by",
        "bounds.Notation.name_of",
        "bounds.assumption_table",
        "bounds.catalogue",
        "bounds.lemmas",
        "bounds.prove_all",
        "bounds.published_claims",
        "bounds.step_table",
        "numerics.Direction.random",
        "numerics.WeightNormNetwork.inner_scale",
        "numerics.WeightNormNetwork.outer_scale",
        "numerics.minimum_weight_norms",
        "numerics.normalized_spectral_norms",
        "numerics.output_layer_norm",
        "verify.Case.read",
        "verify.Case.single",
        "verify.Check.shaped",
        "verify.Claim.failure",
        "verify.Claim.smooth_right",
        "verify.Claim.unequal",
        "verify.Verdict.sentence",
        "verify.claims",
        "verify.families",
        "verify.section",
        "verify.tally",
    }
)


#: Their examples take longer than all the others together.
LONG = frozenset({"bounds.prove_all"})


def public() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every function at a door, and every method with parameters of a class at a door."""
    for room in ROOMS:
        for name in room.__all__:
            value = getattr(room, name)
            if inspect.isclass(value):
                yield from methods(f"{room.__name__}.{name}", value)
            elif inspect.isfunction(value) or inspect.ismethod(value):
                yield f"{room.__name__}.{name}", value


def methods(prefix: str, owner: type) -> Iterator[tuple[str, Callable[..., object]]]:
    """Those of its own: an override says what its base says, a field is no method."""
    known = {n for base in owner.__mro__[1:] for n in vars(base)}
    known |= set(getattr(owner, "__dataclass_fields__", ()))
    for name, raw in vars(owner).items():
        if isinstance(raw, staticmethod | classmethod) or inspect.isfunction(raw):
            value = getattr(owner, name)
            if not name.startswith("_") and name not in known and parameters(value):
                yield f"{prefix}.{name}", value


def parameters(function: Callable[..., object]) -> list[str]:
    return [p for p in inspect.signature(function).parameters if p not in ("self", "args")]


def headed(function: Callable[..., object], *sections: str) -> bool:
    text = inspect.getdoc(function) or ""
    return all(re.search(rf"^{s}\n-{{{len(s)}}}$", text, re.M) for s in sections)


def described(function: Callable[..., object]) -> bool:
    text = inspect.getdoc(function) or ""
    names = parameters(function)
    told = all(re.search(rf"^(.*, )?\**{name}\b.* : ", text, re.M) for name in names)
    sections = ["Returns", "Examples", *(["Parameters"] if names else [])]
    return headed(function, *sections) and told and ">>>" in text


KNOWN = dict(public())


def test_every_public_function_and_method_says_its_parameters_and_result_and_has_an_example():
    assert not [name for name, function in KNOWN.items() if not described(function)]


def test_every_public_function_says_what_it_refuses_or_is_known_to_refuse_nothing():
    silent = {name for name, f in KNOWN.items() if not headed(f, "Raises")}
    assert silent == TOTAL


def with_examples() -> Iterator[Any]:
    for name, function in KNOWN.items():
        if ">>>" in (function.__doc__ or ""):
            yield pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])


@pytest.mark.parametrize("name", list(with_examples()))
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
