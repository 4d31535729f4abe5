"""One gradient step: quantities and symbols of M2, E1 and E2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numerics import Enclosure
from numerics.relu_two_layer import input_norm
from numerics.relu_two_layer.balls import Ball
from numerics.relu_two_layer.steps import Step, StepSizes, drift, linear_part, step_sizes
from verify.quantity import Quantity
from verify.relu_two_layer.cases import StepCase
from verify.relu_two_layer.reading import Symbols, enclosed, joined, quantity
from verify.relu_two_layer.shared import remembered
from verify.subject import Condition

__all__ = ["CONDITIONS", "QUANTITIES", "SYMBOLS"]


def _each(read: Callable[[Step], Ball]) -> Callable[[StepCase], Enclosure]:
    return lambda case: joined([enclosed(read(step)) for step in case.steps])


@remembered
def _sizes(case: StepCase) -> list[StepSizes]:
    return [step_sizes(step) for step in case.steps]


def _size(name: str) -> Callable[[StepCase], Enclosure]:
    return lambda case: joined([getattr(sizes, name) for sizes in _sizes(case)])


def _turned(step: Step) -> Ball:
    return (step.after_t * step.here.swept.unit).sum(-1) / step.after_t.norm()


QUANTITIES: tuple[Quantity, ...] = (
    quantity(
        "row_growth", r"\|v_k^+\|^2/\|v_k\|^2", "unit",
        _each(lambda step: step.after_t.square().sum(-1)),
    ),
    quantity("row_turn", r"\langle u_k^+,u_k\rangle", "unit", _each(_turned)),
    quantity("next_residual_entry", "r_i^+", "input", _each(lambda step: step.after_r)),
    quantity("drift", r"\|q\|", "data", _size("drift")),
    quantity("next_residual", r"\|r^+\|", "data", _size("next_residual")),
)  # fmt: skip

SYMBOLS: Symbols = {
    "m": ("data", lambda case: case.length("m")),
    "eta": ("data", lambda case: case["eta"]),
    "chi": ("data", lambda case: input_norm(case["x"])),
    "h": ("unit", _each(lambda step: step.delta)),
    "lin": ("input", _each(linear_part)),
    "q_i": ("input", _each(drift)),
    "q_n": ("data", _size("drift")),
    "t": ("data", _size("stretch")),
    "r": ("data", _size("residual")),
    "A": ("data", _size("gradient")),
    "B": ("data", _size("secant")),
    "C": ("data", _size("change")),
    "J_2": ("data", _size("secant_norm")),
}


def _gradient_step(case: Any) -> str:
    pushed = bool((case["push_v"] != 0).any() | (case["push_g"] != 0).any())
    return "the update is no gradient step (not_gradient_step)" if pushed else ""


CONDITIONS: dict[str, Condition] = {"gradient step": _gradient_step}
