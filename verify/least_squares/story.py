"""Where weight-normalized least squares ends, and how fast phase I is: pictures and tables."""

from __future__ import annotations

import math
from dataclasses import replace

import matplotlib
import numpy as np
from flint import arb
from matplotlib.figure import Figure

from numerics.least_squares import frozen_scale, simultaneous
from numerics.least_squares.flow import kernel_part, row_basis
from numerics.least_squares.root import limit_square
from numerics.least_squares.start import Start
from verify.drawing import STYLE, svg_text
from verify.least_squares import draws
from verify.least_squares.subject import claims
from verify.report.section import Context, Section, Table, number, of_runs
from verify.settle import working_precision
from verify.trajectory import Along, along

KERNEL, RATIOS, STEPS = 0.9, (0.1, 0.3, 1.0, 10.0), 16


def distance(g_0: float, c: float, kernel: float = KERNEL) -> float:
    """||x_inf - x*|| for ||x*|| = 1 (W3)."""
    with working_precision(106):
        square = limit_square(arb(1), arb(kernel), arb(g_0) * arb(g_0), arb(c))
        return float((square - 1).nonnegative_part().sqrt())


def distance_svg() -> str:
    """Distance to the minimum-norm solution against g_0, for several ratios c; dashed: descent."""
    scales = np.geomspace(0.02, 3.0, 60)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5.2, 3.2), layout="constrained")
        ax = figure.subplots()
        for c in RATIOS:
            ax.loglog(scales, [distance(float(g), c) for g in scales], label=f"c = {c:g}")
        ax.loglog(scales, KERNEL * scales, color="black", linestyle="--", label="gradient descent")
        ax.set_xlabel("scale of the start g_0, in units of ||x*||")
        ax.set_ylabel("||x_inf - x*||/||x*||")
        ax.set_ylim(1e-3, 4.0)
        ax.legend(frameon=False, fontsize=8)
        return svg_text(figure)


def phase_one() -> tuple[list[float], list[float]]:
    """||w_k^perp|| of phase I on a random fit, and a (2/3)^k."""
    case = draws.drawn(draws.shape_of(3, 5, "small"), 1, 0)
    matrix, right, start = case.matrix[0], case.right[0], case.start(0)
    w = start.direction / start.direction.norm()
    image, top = matrix @ w, float(np.linalg.norm(matrix.numpy(), 2)) ** 2
    scale = float(image @ right) / (top + float(image @ image))
    run = frozen_scale(matrix, right, Start.of(scale, start.direction), steps=STEPS)
    lengths = kernel_part(row_basis(matrix), run.w).norm(dim=-1).tolist()
    return lengths, [lengths[0] * (2 / 3) ** k for k in range(STEPS + 1)]


def phase_svg(lengths: list[float], bounds: list[float]) -> str:
    """Phase I: the kernel part after k steps, and the bound."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.2, 3.2), layout="constrained")
        ax = figure.subplots()
        ax.semilogy(bounds, color="black", linestyle="--", label="a (2/3)^k (W9)")
        ax.semilogy(lengths, marker="o", markersize=3, label="measured")
        ax.set_xlabel("steps k of phase I")
        ax.set_ylabel("||w_k^perp||")
        ax.legend(frameon=False, fontsize=8)
        return svg_text(figure)


def slope(c: float) -> float:
    """d log ||x_inf - x*||/d g_0^2 between two small kernels' starts; W3 predicts 1/(2c)."""
    low, high = (math.log(distance(g, c, 1e-4)) for g in (0.3, 0.5))
    return (high - low) / (0.5**2 - 0.3**2)


def descent(seed: int, count: int = 12) -> list[tuple[str, Along]]:
    """W8 and W11 at every step of one run of simultaneous steps, and W1, W2 along its flow."""
    case = draws.drawn(draws.shape_of(2, 4, "small"), 1, seed)
    eta, c = float(case.eta[0]), float(case.c[0])
    run = simultaneous(
        case.matrix[0], case.right[0], case.start(0), step=eta, scale_step=c * eta, steps=count
    )
    states = [
        replace(case, direction=run.w[k : k + 1], g_0=run.g[k : k + 1], step=k)
        for k in range(count)
        if float(run.g[k]) >= 0
    ]
    times = [case.at(t=float(case.t[0]) * k / 4, step=k) for k in (1, 2, 3, 4)]
    steps = [(name, states) for name in ("kernel_step", "step_defect", "step_defect.lower")]
    flows = [(name, times) for name in ("kernel_invariant", "scale_floor", "loss.rate")]
    known = ((name, claims()[f"least_squares.{name}"], where) for name, where in (*steps, *flows))
    return [(name, along(claim, found)) for name, claim, found in known]


def section(context: Context) -> Section:
    """The whole story of the family as one section."""
    lengths, bounds = phase_one()
    rows = [(f"{c:g}", number(1 / (2 * c)), f"{slope(c):.5g}") for c in RATIOS]
    closer = [(c, min(g for g in np.geomspace(1e-3, 3, 300) if _wins(float(g), c))) for c in RATIOS]
    wins = [(f"{c:g}", number(float(g))) for c, g in closer]
    runs = descent(context.seed)
    return Section(
        key="least_squares_limits",
        title="Least squares: how far from the minimum-norm solution",
        intro=(
            "x = g w with ||w|| = 1 ends at distance sqrt(G - X) from x*, G the root of one scalar "
            f"equation (W3). Here ||x*|| = 1 and ||w_0^perp|| = {KERNEL:g}. Weight normalization "
            "ends closer than gradient descent from the same point where its curve is below the "
            "dashed line, and only there."
        ),
        tables=(
            Table("Slope of log ||x_inf - x*|| in g_0^2", ("c>", "1/(2c)>", "measured>"), rows),
            Table("Smallest g_0 from which WN ends closer than descent", ("c>", "g_0>"), wins),
            of_runs("Along one run of simultaneous steps, and along its flow", runs),
        ),
        pictures=(
            ("distance of the limit to x* against the scale of the start", distance_svg()),
            ("phase I of rPGD: the kernel part, below a (2/3)^k (W9)", phase_svg(lengths, bounds)),
        ),
        data={"phase_one": lengths},
        verdicts=frozenset(found.verdict for _, found in runs),
    )


def _wins(g_0: float, c: float) -> bool:
    return distance(g_0, c) < KERNEL * g_0
