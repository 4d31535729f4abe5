"""Runs from a drawn initialization: quantities, symbols and conditions of F5, after [DGM20].

Each network of a case is one independent draw; all share inputs, targets and step size. Runs are
in float64, and their later states carry that grade.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from numerics import Enclosure
from numerics.relu_two_layer import (
    APriori,
    ReluNetwork,
    conditions,
    input_norm,
    least_eigenvalue,
    limit_tangent_kernel,
    residual_norm,
    tangent_kernel,
)
from verify.quantity import Quantity
from verify.relu_two_layer import draws
from verify.relu_two_layer.flow_cases import DrawnRunCase
from verify.relu_two_layer.reading import Symbols, in_float64, quantity
from verify.subject import Condition

__all__ = ["CONDITIONS", "QUANTITIES", "SYMBOLS", "demanded", "drawn"]


def _first(case: DrawnRunCase, name: str) -> float:
    return float(case[name][0])


def _data(x: Tensor, y: Tensor, alpha: float, delta: float, paired: bool) -> APriori:
    least = least_eigenvalue(limit_tangent_kernel(x, alpha=alpha))
    return APriori(
        n=len(x), d=x.shape[-1], least=float(least.lower), chi=float(input_norm(x).upper),
        target=float(y.abs().max()), size=float(torch.linalg.vector_norm(y)) * (1 + 1e-12),
        alpha=alpha, delta=delta, paired=paired,
    )  # fmt: skip


def demanded(x: Tensor, y: Tensor, *, alpha: float = 1.0, delta: float = 0.05) -> APriori:
    """What F5 is told of data (n, d), (n,) with networks in pairs."""
    return _data(x, y, alpha, delta, True)


def drawn(
    x: Tensor,
    y: Tensor,
    m: int,
    *,
    steps: int,
    alpha: float = 1.0,
    delta: float = 0.05,
    seed: int = 0,
    count: int = 1,
) -> DrawnRunCase:
    """`count` independent networks in pairs, each followed for `steps` of the largest step size."""
    net = ReluNetwork.random(x.shape[-1], m, seed=seed, alpha=alpha, paired=True, batch=count)
    eta = demanded(x, y, alpha=alpha, delta=delta).learning_rate
    numbers = {"eta": eta, "count": float(steps), "alpha": alpha, "delta": delta}
    parts = {
        "v": net.v, "g": net.g, "c": net.c, "x": x.expand(count, -1, -1), "y": y.expand(count, -1),
    } | {k: torch.full((count,), v, dtype=torch.float64) for k, v in numbers.items()}  # fmt: skip
    return DrawnRunCase(parts=parts, origin="random", label=f"width {m}, seed {seed}")


def _later(read: Callable[[ReluNetwork, DrawnRunCase], Enclosure]) -> Callable[[Any], Enclosure]:
    return lambda case: in_float64(read(case.end[0], case))


QUANTITIES: tuple[Quantity, ...] = (
    quantity("drawn_run", r"\|r(s)\|", "data",
             _later(lambda end, case: residual_norm(end, case["x"], case["y"]))),
    quantity("drawn_floor", r"\lambda(\Lambda(s))", "data",
             _later(lambda end, case: least_eigenvalue(tangent_kernel(end, case["x"])))),
)  # fmt: skip


def _limit(case: DrawnRunCase) -> Enclosure:
    found = least_eigenvalue(limit_tangent_kernel(case["x"][0], alpha=_first(case, "alpha"))[None])
    return replace(found, lower=found.lower.clamp_min(0.0))


SYMBOLS: Symbols = {
    "delta": ("data", lambda case: case["delta"][:1]),
    "eta": ("data", lambda case: case["eta"]),
    "steps": ("data", lambda case: case["count"]),
    "lam_L": ("data", _limit),
    "r_0": ("data", lambda case: residual_norm(case.network, case["x"], case["y"])),
}


def _paired(case: DrawnRunCase) -> bool:
    """Whether units come as (v, g, +1), (v, g, -1): one half of the rows repeats the other."""
    half = case.length("m") // 2
    v, g, c = case["v"], case["g"], case["c"]
    same = bool((v[:, :half] == v[:, half:]).all() & (g[:, :half] == g[:, half:]).all())
    return same and bool((c[:, :half] == -c[:, half:]).all())


def _applies(case: DrawnRunCase) -> str:
    paired = case.length("m") % 2 == 0 and _paired(case)
    data = _data(case["x"][0], case["y"][0], _first(case, "alpha"), _first(case, "delta"), paired)
    if conditions(data, case.length("m")).worst > 1.0:
        return "the width does not meet W0 to W3"
    small = bool((case["eta"] <= data.learning_rate).all())
    return "" if small else f"a step size above {data.learning_rate:.4g}"


CONDITIONS: dict[str, Condition] = {
    "unit inputs": draws.CONDITIONS["unit inputs"],
    "initial": draws.CONDITIONS["initial"],
    "a priori": _applies,
}
