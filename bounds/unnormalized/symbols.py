"""The notation of the un-normalized network of [B23], and the conditions only its bounds need."""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption
from bounds.notation import Notation, row
from bounds.vocabulary import ACTIVATION, LAYERS, TARGETS

__all__ = ["NOTATION", "SPECTRAL", "UNIT_INPUT", "symbol"]

NOTATION = Notation.of(
    "unnormalized",
    *LAYERS,
    *ACTIVATION,
    *TARGETS,
    row("m", "m", "width", "width of every hidden layer"),
    row("nu", r"\nu", "nonnegative", "Euclidean norm of the output weights v"),
    row("gamma", r"\gamma", "positive", "spectral gain: ||W^l||_2 <= gamma sqrt(m)"),
    quantities={
        "unnormalized.gradient_norm": r"\|\nabla_\theta \tilde f\|_2",
        "unnormalized.output_magnitude": r"|\tilde f|",
        "unnormalized.hessian_norm": r"\|\nabla^2_\theta \tilde f\|_2",
        "unnormalized.loss": r"\tilde{\mathcal{L}}",
    },
    reference={"K": sp.S.One},
    directions={"L": sp.oo, "m": sp.oo},
    relations=(sp.Le(TARGETS[1].symbol ** 2, TARGETS[2].symbol),),
)
symbol = NOTATION.symbol

SPECTRAL = Assumption(
    "spectral",
    "every hidden weight matrix has spectral norm at most gamma sqrt(m)",
    r"\|W^l\|_2 \le \gamma\sqrt{m}",
)
UNIT_INPUT = Assumption("input norm", "||x|| = sqrt(d)", r"\|x\|_2 = \sqrt{d}")
