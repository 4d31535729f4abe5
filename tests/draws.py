"""Examples of a strategy, drawn as a property test would."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

COUNT = 400


def drawn(strategy: st.SearchStrategy, count: int = COUNT, seed: int = 0) -> list:
    """So many examples, as a property test would meet them."""
    found: list = []

    @seeded(seed)
    @settings(max_examples=count, database=None, phases=[Phase.generate], deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def collect(example) -> None:
        found.append(example)

    collect()
    return found
