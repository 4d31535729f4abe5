"""What each search makes of claims of known truth value: `python -m benchmarks.claims`."""
