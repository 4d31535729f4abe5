"""Fixtures over the registry of cases."""

from __future__ import annotations

import pytest

from tests.numerics.cases import SHAPES


@pytest.fixture(params=[*SHAPES])
def widths(request: pytest.FixtureRequest) -> tuple[int, ...]:
    return SHAPES[request.param]


@pytest.fixture(params=["inner", "outer"])
def placement(request: pytest.FixtureRequest) -> str:
    return str(request.param)
