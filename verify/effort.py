"""How much a report does."""

from __future__ import annotations

from dataclasses import dataclass

#: Odd and not, K = 1, below and above, phi(0) zero and not.
ACTIVATIONS = ("tanh", "sigmoid", "softplus", "sin", "cos", "silu", "gelu", "arctan", "erf")

#: The width of curves over depth, and the depth of curves over width.
REFERENCE_WIDTH, REFERENCE_DEPTH = 16, 2


@dataclass(frozen=True)
class Effort:
    """How much a report does; `quick` for a look, `default` under three minutes on two cores."""

    name: str
    depths: tuple[int, ...]
    widths: tuple[int, ...]
    batch: int
    activations: tuple[str, ...]
    structured: int
    training_steps: int
    rademacher_restarts: int


EFFORTS = {
    "quick": Effort("quick", (1, 2, 4), (4, 8, 16), 4, ("tanh", "gelu"), 40, 60, 4),
    "default": Effort("default", (1, 2, 4, 6), (4, 8, 16), 4, ACTIVATIONS[:7], 240, 200, 8),
    "deep": Effort(
        "deep", (1, 2, 3, 4, 6, 8), (2, 4, 8, 16, 32, 64), 64, ACTIVATIONS, 2000, 600, 16
    ),
}
