"""`python -m numerics.weightnorm.generalization.scaling`: how gaps of trained networks grow.

The bound c_n rho/sqrt n predicts -1/2 in n, 1 in rho = kappa nu1/gamma, 0 in depth and in width.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from numerics.commandline import OneLineParser
from numerics.weightnorm.generalization.populations import random_labels
from numerics.weightnorm.generalization.trials import trained_outcomes

PREDICTED = {"n": -0.5, "rho": 1.0, "depth": 0.0, "width": 0.0}
VALUES: dict[str, tuple[float, ...]] = {
    "n": (50, 100, 200, 400, 800),
    "rho": (1.0, 2.0, 4.0, 8.0),
    "depth": (1, 2, 4, 8),
    "width": (4, 8, 16, 32, 64),
}


@dataclass(frozen=True, slots=True)
class Exponent:
    """The mean gap P ramp - P_n ramp at each value of one quantity, and the slope of the logs."""

    name: str
    values: tuple[float, ...]
    gaps: tuple[float, ...]
    predicted: float

    @property
    def fitted(self) -> float:
        return slope(self.values, self.gaps)

    def __str__(self) -> str:
        gaps = " ".join(f"{gap:.3f}" for gap in self.gaps)
        return f"{self.name}: predicted {self.predicted:+.2f}, fitted {self.fitted:+.2f} ({gaps})"


def gap_exponent(
    name: str,
    *,
    draws: int = 20,
    dimension: int = 200,
    seed: int = 0,
    values: Sequence[float] | None = None,
) -> Exponent:
    """The gap of networks trained on fair labels as one of n, rho, depth, width varies.

    The others are n = 200, rho = 4, depth 1, width 16.
    """
    population = random_labels(2000, dimension, seed=seed)
    chosen = tuple(VALUES[name] if values is None else values)
    gaps = []
    for value in chosen:
        setting = {"n": 200, "rho": 4.0, "depth": 1, "width": 16} | {name: value}
        found = trained_outcomes(
            population, depth=int(setting["depth"]), n=int(setting["n"]), draws=draws, seed=seed,
            rho=float(setting["rho"]), width=int(setting["width"]),
        )  # fmt: skip
        gaps.append(float((found.truth - found.empirical).mean()))
    return Exponent(name, chosen, tuple(gaps), PREDICTED[name])


def slope(values: Sequence[float], results: Sequence[float]) -> float:
    """The least-squares slope of log results against log values."""
    logs = [math.log(v) for v in values], [math.log(max(r, 1e-300)) for r in results]
    means = [sum(part) / len(part) for part in logs]
    over = sum((a - means[0]) * (b - means[1]) for a, b in zip(*logs, strict=True))
    return over / sum((a - means[0]) ** 2 for a in logs[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the exponents predicted and fitted, with the mean gaps."""
    options = _parser().parse_args(arguments)
    for name in VALUES:
        found = gap_exponent(name, draws=options.draws, seed=options.seed)
        sys.stdout.write(f"{found}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m numerics.weightnorm.generalization.scaling",
        description="Exponents of the generalization gap of trained networks.",
    )
    parser.add_argument("--draws", type=int, default=20, help="of each size (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of everything (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
