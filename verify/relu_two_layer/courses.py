"""A run from one state on: quantities, symbols and conditions of F2 and F3.

The later state is the one a float64 run reached, so its values carry the grade of float64; what
the first state certifies is enclosed.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from numerics import Enclosure, Quality
from numerics.relu_two_layer import (
    Certificate,
    ReluNetwork,
    certify_convergence,
    input_norm,
    kernels,
    largest_eigenvalue,
    least_eigenvalue,
    residual_norm,
    tangent_kernel,
)
from numerics.relu_two_layer.balls import between
from numerics.relu_two_layer.inputs import row_norms
from numerics.relu_two_layer.stability import Move, move
from verify.quantity import Quantity
from verify.relu_two_layer.cases import CourseCase
from verify.relu_two_layer.reading import Symbols, enclosed, in_float64, quantity
from verify.relu_two_layer.shared import remembered
from verify.subject import Condition

__all__ = ["CONDITIONS", "QUANTITIES", "SYMBOLS", "certified"]

#: Certificates of states met before: a trajectory asks one state for every later step.
_KNOWN: dict[tuple[int, float], tuple[Tensor, Certificate | None]] = {}
_KEPT = 256


@remembered
def certificates(case: CourseCase) -> list[Certificate | None]:
    """Of each network at the first state, for descent with its step size."""
    return [_certificate(case, b) for b in range(case.size)]


def certified(case: CourseCase) -> list[Certificate]:
    """The certificates of a case that meets its condition."""
    return [found for found in certificates(case) if found is not None]


def _certificate(case: CourseCase, b: int) -> Certificate | None:
    v, eta = case["v"][b], float(case["eta"][b])
    key = (v.data_ptr(), eta)
    if key not in _KNOWN or not torch.equal(_KNOWN[key][0], v):
        found = certify_convergence(
            case.network.select(b), case["x"][b], case["y"][b], learning_rate=eta
        )
        if len(_KNOWN) >= _KEPT:
            _KNOWN.clear()
        _KNOWN[key] = (v, found if isinstance(found, Certificate) else None)
    return _KNOWN[key][1]


@remembered
def _moved(case: CourseCase) -> Move:
    return move(case.network, case.end[0], case["x"])


@remembered
def _gram(case: CourseCase) -> tuple[Enclosure, Enclosure]:
    """Lambda and G at the first state."""
    found = kernels(case.network, case["x"])
    return found.tangent, found.gain


def _shortest(case: CourseCase) -> Enclosure:
    norms = row_norms(case["v"])
    return enclosed(between(norms.lower.amin(-1), norms.upper.amin(-1)))


def _promised(read: Callable[[Certificate], float]) -> Callable[[CourseCase], Tensor]:
    return lambda case: torch.tensor([read(c) for c in certified(case)], dtype=torch.float64)


def _stacked(read: Callable[[Certificate], Tensor]) -> Callable[[CourseCase], Tensor]:
    return lambda case: torch.stack([read(c) for c in certified(case)])


def _unforeseen(case: CourseCase) -> Enclosure:
    """Signs that changed though the certificate said they would not, counted."""
    outside = [
        flips if c.may_flip is None else flips & ~c.may_flip
        for c, flips in zip(certified(case), _moved(case).flips, strict=True)
    ]
    count = torch.stack(outside).sum((-1, -2)).to(torch.float64)
    return Enclosure(count, count, Quality.EXACT_TO_ROUNDING, "counted after a float64 run")


def _gain_moved(case: CourseCase) -> Enclosure:
    change = (case.end[0].g - case["g"]).abs()
    return Enclosure(change, change, Quality.EXACT_TO_ROUNDING, "after a float64 run")


def _later(read: Callable[[ReluNetwork, CourseCase], Enclosure]) -> Callable[..., Enclosure]:
    return lambda case: in_float64(read(case.end[0], case))


QUANTITIES: tuple[Quantity, ...] = (
    quantity("gain_floor", r"\lambda(G_S(s))", "data",
             _later(lambda end, case: least_eigenvalue(kernels(end, case["x"]).gain))),
    quantity("later_residual", r"\|r(s)\|", "data",
             _later(lambda end, case: residual_norm(end, case["x"], case["y"]))),
    quantity("later_least", r"\lambda(\Lambda(s))", "data",
             _later(lambda end, case: least_eigenvalue(tangent_kernel(end, case["x"])))),
    quantity("later_turn", r"\angle(u_k(s),u_k(0))", "unit",
             lambda case: in_float64(enclosed(_moved(case).psi))),
    quantity("later_gain", r"|g_k(s)-g_k(0)|", "unit", _gain_moved),
    quantity("unforeseen", r"|\{\text{flips outside } C\}|", "data", _unforeseen),
    quantity("flip_count", r"|\{\text{flips}\}|", "data", lambda case: _flip_count(case)),
)  # fmt: skip


def _flip_count(case: CourseCase) -> Enclosure:
    count = _moved(case).flips.sum((-1, -2)).to(torch.float64)
    return Enclosure(count, count, Quality.EXACT_TO_ROUNDING, "counted after a float64 run")


SYMBOLS: Symbols = {
    "n": ("data", lambda case: case.length("n")),
    "m": ("data", lambda case: case.length("m")),
    "eta": ("data", lambda case: case["eta"]),
    "steps": ("data", lambda case: case["count"]),
    "chi": ("data", lambda case: input_norm(case["x"])),
    "mu": ("data", lambda case: _floor(least_eigenvalue(_gram(case)[1]))),
    "r_min": ("data", _shortest),
    "S": ("data", lambda case: _spent(case)),
    "r_0": ("data", lambda case: residual_norm(case.network, case["x"], case["y"])),
    "lam_0": ("data", lambda case: _floor(least_eigenvalue(_gram(case)[0]))),
    "top_0": ("data", lambda case: largest_eigenvalue(_gram(case)[0])),
    "rate": ("data", _promised(lambda found: found.rate)),
    "least": ("data", _promised(lambda found: found.least)),
    "turn": ("unit", _stacked(lambda found: found.turn)),
    "gain": ("unit", _stacked(lambda found: found.gain_change)),
}


def _spent(case: CourseCase) -> Enclosure:
    """What the steps spent, an upper end, and its rounding."""
    high = case.end[1]
    return in_float64(Enclosure(high * (1 - 4e-9), high, Quality.EXACT_TO_ROUNDING, ""))


def _floor(found: Enclosure) -> Enclosure:
    low = found.lower.clamp_min(0.0)
    return Enclosure(low, torch.maximum(found.upper, low), found.quality, found.method)


def _not_vacuous(case: CourseCase) -> str:
    mu, low = least_eigenvalue(_gram(case)[1]).lower, _shortest(case).lower
    price = input_norm(case["x"]).upper * case.end[1] / (case.length("m") ** 0.5 * low)
    return "" if bool((mu > price).all()) else "the right side is not positive (vacuous)"


def _has_certificates(case: CourseCase) -> str:
    missing = sum(found is None for found in certificates(case))
    return f"{missing} of {case.size} first states are not certified (vacuous)" if missing else ""


CONDITIONS: dict[str, Condition] = {
    "gradient step": lambda case: "",
    "right side": _not_vacuous,
    "certificate": _has_certificates,
}
