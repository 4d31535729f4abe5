"""Timings of `numerics` beside the libraries people use today; run `python -m benchmarks`."""
