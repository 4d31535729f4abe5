"""Test-wide settings: Hypothesis profiles, one thread per pool, CUDA skips."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # numpy/scipy and torch pools fight on few cores

import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

_SHARED = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("quick", max_examples=30, **_SHARED)
settings.register_profile("ci", max_examples=30, derandomize=True, **_SHARED)
settings.register_profile("deep", max_examples=1000, **_SHARED)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick")
)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if "cuda" in item.keywords and not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
