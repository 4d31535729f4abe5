"""Networks drawn at the initialization after [DGM20]: quantities and symbols of C1 to C4."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from numerics import Enclosure
from numerics.relu_two_layer import (
    ReluNetwork,
    input_norm,
    kernels,
    least_eigenvalue,
    limit_kernels,
    limit_tangent_kernel,
    residual_norm,
)
from numerics.relu_two_layer.balls import Ball, ball, between, exact
from numerics.relu_two_layer.concentration import latitude_density
from numerics.relu_two_layer.forward import sweep
from numerics.relu_two_layer.inputs import row_norms
from numerics.rounding import UNIT
from verify.quantity import Quantity
from verify.relu_two_layer.cases import DrawCase
from verify.relu_two_layer.reading import Symbols, enclosed, quantity
from verify.relu_two_layer.shared import remembered
from verify.subject import Condition

__all__ = ["CONDITIONS", "QUANTITIES", "SYMBOLS", "drawn"]


def drawn(
    x: Tensor,
    m: int,
    *,
    y: Tensor | None = None,
    alpha: float = 1.0,
    eps: float = 0.5,
    delta: float = 0.05,
    level: float = 3.0,
    angle: float = 0.1,
    seed: int = 0,
    count: int = 1,
) -> DrawCase:
    """`count` independent networks of width m on the same inputs (n, d)."""
    network = ReluNetwork.random(x.shape[-1], m, seed=seed, alpha=alpha, batch=count)
    numbers = {"alpha": alpha, "eps": eps, "delta": delta, "level": level, "angle": angle}
    targets = torch.zeros(len(x), dtype=torch.float64) if y is None else y
    parts = {
        "v": network.v, "g": network.g, "c": network.c,
        "x": x.expand(count, -1, -1), "y": targets.expand(count, -1),
    } | {k: torch.full((count,), v, dtype=torch.float64) for k, v in numbers.items()}  # fmt: skip
    return DrawCase(parts=parts, origin="random", label=f"width {m}, alpha {alpha:g}, seed {seed}")


def _alike(case: DrawCase, name: str) -> Tensor:
    """The one value of all draws: these are draws of one distribution."""
    return case[name][:1]


@remembered
def _finite(case: DrawCase) -> dict[str, Enclosure]:
    found = kernels(case.network, case["x"])
    squared = exact(case["alpha"]).square()
    direction = between(found.direction.lower, found.direction.upper)
    scaled = enclosed(direction * squared.unsqueeze(-1).unsqueeze(-1))
    return {"direction": scaled, "gain": found.gain, "tangent": found.tangent}


def _least(case: DrawCase, part: str) -> Enclosure:
    return least_eigenvalue(_finite(case)[part])


def _limit(case: DrawCase, part: str) -> Enclosure:
    x = case["x"][0]
    if part == "tangent":
        found = limit_tangent_kernel(x, alpha=float(case["alpha"][0]))
    else:
        found = getattr(limit_kernels(x), part)
    least = least_eigenvalue(found[None])
    return Enclosure(least.lower.clamp_min(0.0), least.upper, least.quality, least.method)


def _output(case: DrawCase) -> Enclosure:
    zeros = torch.zeros_like(case["y"][:, :1])
    return residual_norm(case.network, case["x"][:, :1], zeros)


def _shortest(case: DrawCase) -> Enclosure:
    norms = row_norms(case["v"])
    return enclosed(between(norms.lower.amin(-1), norms.upper.amin(-1)))


def _share(case: DrawCase) -> Enclosure:
    swept = sweep(case.network, case["x"][:, :1])
    reach = (swept.a.abs() / swept.x_norms.unsqueeze(-1)).squeeze(1)
    limit = torch.sin(case["angle"]).unsqueeze(-1)
    low = (reach.upper <= limit * (1 - 8 * UNIT)).sum(-1, dtype=torch.float64)
    high = (reach.lower <= limit * (1 + 8 * UNIT)).sum(-1, dtype=torch.float64)
    return enclosed(between(low / case.length("m"), high / case.length("m")))


def _density(case: DrawCase) -> Enclosure:
    value = torch.tensor([latitude_density(case.length("d"))], dtype=torch.float64)
    return enclosed(ball(value, torch.zeros_like(value), 4.0 * case.length("d")))


def _largest_target(case: DrawCase) -> Tensor:
    return case["y"].abs().amax(-1)[:1]


QUANTITIES: tuple[Quantity, ...] = (
    *(
        quantity(f"drawn_{part}", rf"\lambda({letter}(0))", "data",
                 partial(_least, part=part))
        for part, letter in (("direction", "V"), ("gain", "G"), ("tangent", r"\Lambda"))
    ),
    quantity("drawn_output", "|f_1(0)|", "data", _output),
    quantity("drawn_residual", r"\|r(0)\|", "data",
             lambda case: residual_norm(case.network, case["x"], case["y"])),
    quantity("drawn_row", r"\min_k\|v_k(0)\|", "data", _shortest),
    quantity("drawn_share", r"|\{k:\arcsin|a_{1k}|\le\Theta\}|/m", "data", _share),
)  # fmt: skip

SYMBOLS: Symbols = {
    "n": ("data", lambda case: case.length("n")),
    "d": ("data", lambda case: case.length("d")),
    "m": ("data", lambda case: case.length("m")),
    "chi": ("data", lambda case: input_norm(case["x"][:1])),
    **{name: ("data", partial(_alike, name=name))
       for name in ("alpha", "eps", "delta", "level", "angle")},
    "lam_V": ("data", lambda case: _limit(case, "direction")),
    "lam_G": ("data", lambda case: _limit(case, "gain")),
    "lam_L": ("data", lambda case: _limit(case, "tangent")),
    "y_inf": ("data", _largest_target),
    "p_d": ("data", _density),
}  # fmt: skip


def _unit(case: DrawCase) -> str:
    norms: Ball = row_norms(case["x"])
    far = (norms.mid - 1.0).abs() > (case.length("d") + 16.0) * UNIT
    return "an input has another norm than 1 (not_unit)" if bool(far.any()) else ""


def _initial(case: DrawCase) -> str:
    norms = row_norms(case["v"]).mid
    far = (case["g"] * case["alpha"].unsqueeze(-1) / norms - 1.0).abs() > 1e-12
    return "a gain is not ||v_k||/alpha" if bool(far.any()) else ""


CONDITIONS: dict[str, Condition] = {
    "unit inputs": _unit,
    "initial": _initial,
    "d >= 2": lambda case: "" if case.length("d") >= 2 else "needs d >= 2",
}
