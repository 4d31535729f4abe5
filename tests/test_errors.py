"""The rooms' errors name argument, find and wish, and survive the way to another process."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

import bounds
import numerics
import verify

ERRORS = [
    bounds.BoundsError("nu", -1.0, "a positive number"),
    numerics.NumericsError(argument="nu", found="-1.0", accepted="a positive number"),
    verify.VerifyError("nu", "-1.0", "a positive number"),
]


def raised(index: int) -> None:
    raise ERRORS[index]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_an_error_unpickles_as_itself(error, again):
    other = again(error)
    assert type(other) is type(error)
    assert str(other) == str(error) == "`nu`: found -1.0; accepted: a positive number"
    assert (other.argument, str(other.found), other.accepted) == (
        "nu",
        "-1.0",
        "a positive number",
    )


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_is_a_value_error(error):
    assert isinstance(error, ValueError)


@pytest.mark.slow
@pytest.mark.parametrize("index", range(3))
def test_an_error_crosses_a_process_pool(index):
    with ProcessPoolExecutor(1) as pool, pytest.raises(type(ERRORS[index]), match="`nu`"):
        pool.submit(raised, index).result()
