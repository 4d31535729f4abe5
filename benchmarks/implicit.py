"""python -m benchmarks.implicit [--sizes N,N ...] [--out FILE]

The limit of the weight-normalized flow by its convex dual with a certificate, against integrating
the flow to the same accuracy (scipy) and against cvxpy with a conic solver on the same argmin. An
integrator gets the loosest of a few tolerances with which its end is within `ACCURACY`, relatively,
of the certified limit; the certificate is asked for that width. The methods take turns; seconds are
processor time, medians over the rounds.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cvxpy as cp
import numpy as np
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from numerics import least_squares
from numerics.diagonal_linear import Limit, limit

T = TypeVar("T")
ACCURACY, TOLERANCES, LIMIT_SECONDS = 1e-8, (1e-11, 1e-12, 1e-13), 4.0
ROUNDS, REPEATED = 7, 1.0  # what takes longer than REPEATED seconds is run once


@dataclass(frozen=True)
class Regime:
    """Problems of one kind: eta Q, ||x_0||_1/Q, the depth, and how alike the columns of A are."""

    name: str
    ratio: float = 4.0
    share: float = 0.5
    depth: int = 2
    common: float = 0.0


REGIMES = (
    Regime("mild"),
    Regime("sharp", ratio=40.0, share=0.1),
    Regime("small start", ratio=40.0, share=1e-3),
    Regime("alike columns", common=3.0),
    Regime("depth 3", depth=3, share=0.1),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.implicit")
    parser.add_argument("--sizes", nargs="*", default=["20,60", "40,200", "200,2000"])
    parser.add_argument("--out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    head = f"{os.cpu_count()} cores, 1 thread, float64, load {os.getloadavg()[0]:.1f} at the start"
    columns = "| n, N, regime | method | seconds | times slower | from, to | relative error |"
    lines = [head, "", columns, "|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for size in options.sizes:
        n, unknowns = map(int, size.split(","))
        for regime in REGIMES:
            for row in rows(n, unknowns, regime):
                lines.append(row)
                print(row, flush=True)
    if options.out:
        Path(options.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True, eq=False)
class Task:
    """A, y, w_0, eta, L."""

    matrix: Tensor
    right: Tensor
    start: Tensor
    eta: float
    depth: int


def problem(n: int, columns: int, regime: Regime) -> Task:
    """A gaussian A (plus a column that all share), a planted x > 0, nearly sparse, and a uniform
    start."""
    g = torch.Generator().manual_seed(0)
    matrix = torch.randn(n, columns, generator=g, dtype=torch.float64)
    matrix = (matrix + regime.common * torch.randn(n, 1, generator=g, dtype=torch.float64)) / n**0.5
    x = torch.zeros(columns, dtype=torch.float64)
    x += 0.02 / n
    x[: n // 8 + 1] = 0.5 + torch.rand(n // 8 + 1, generator=g, dtype=torch.float64)
    Q, L = float(x.sum()), regime.depth
    start = torch.full((columns,), (regime.share * Q / columns) ** (1 / L), dtype=torch.float64)
    return Task(matrix, matrix @ x, start, regime.ratio / Q ** (2 / L), L)


@dataclass(frozen=True, eq=False)
class Entrant:
    """A method on one task: what it is called, how it is run, the seconds of its first run, how far
    it was from the truth then (None: that is not asked)."""

    name: str
    work: Callable[[], object]
    first: float
    wrong: float | None


def rows(n: int, columns: int, regime: Regime) -> Iterator[str]:
    """One line for each method: medians over rounds in which the methods take turns."""
    task, size = problem(n, columns, regime), f"{n}, {columns}, {regime.name}"
    field = list(entrants(task, regime))
    seconds: list[list[float]] = [[] for _ in field]
    for _ in range(ROUNDS):
        for spent, one in zip(seconds, field, strict=True):
            spent.append(timed(one.work)[0] if one.first < REPEATED else one.first)
    for spent, one in zip(seconds, field, strict=True):
        ratios = [a / b for a, b in zip(spent, seconds[0], strict=True)]
        shown = "-" if one.wrong is None else f"{one.wrong:.1e}"
        middle, ends = statistics.median(ratios), f"{min(ratios):.3g} to {max(ratios):.3g}"
        cells = (size, one.name, f"{statistics.median(spent):.3g}", f"{middle:.3g}", ends, shown)
        yield f"| {' | '.join(cells)} |"


def entrants(task: Task, regime: Regime) -> Iterator[Entrant]:
    """The certified limit first; what is warmed up by its first run."""
    first, found = timed(lambda: certified(task))
    truth = found.x.value.numpy()
    widest = float((found.x.upper - found.x.lower).sum() / found.mass.value)
    work = functools.partial(certified, task)
    yield Entrant(f"certified limit ({found.bits} bits)", work, first, widest)
    if regime is REGIMES[0]:
        begin = least_squares.Start.of(0.1, torch.ones(len(truth), dtype=torch.float64))
        fit = functools.partial(least_squares.limit, task.matrix, task.right, begin, ratio=0.5)
        yield Entrant("certified least-squares limit", fit, timed(fit)[0], None)
    for method in ("DOP853", "LSODA"):
        yield flowed(task, truth, method)
    if regime.depth == 2 and len(truth) <= 200:
        seconds, x = timed(lambda: conic(task))
        yield Entrant("cvxpy, CLARABEL", functools.partial(conic, task), seconds, error(x, truth))


def certified(task: Task) -> Limit:
    """Both ends, as wide as what is asked of the integrators."""
    return limit(
        task.matrix, task.right, task.start, eta=task.eta, depth=task.depth,
        relative_width=ACCURACY,
    )  # fmt: skip


def flowed(task: Task, truth: np.ndarray, method: str) -> Entrant:
    """An integrator at the loosest tolerance that is accurate enough."""
    for rtol in TOLERANCES:
        work = functools.partial(integrated, task, method, rtol)
        seconds, x = timed(work)
        wrong = error(x, truth)
        if wrong <= ACCURACY:
            return Entrant(f"flow by {method}, rtol {rtol:g}", work, seconds, wrong)
    return Entrant(f"flow by {method}, not as accurate", work, seconds, wrong)


def error(x: np.ndarray | None, truth: np.ndarray) -> float:
    """||x - truth||_1/||truth||_1; infinite where the method gave nothing."""
    return float("inf") if x is None else float(np.abs(x - truth).sum() / np.abs(truth).sum())


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """(seconds of processor time, what it gave)."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def integrated(task: Task, method: str, rtol: float) -> np.ndarray | None:
    """The flow in (log g, log u) until the residual is a tenth of ACCURACY of y; None where that
    takes longer than the time limit."""
    a, y, L, eta = task.matrix.numpy(), task.right.numpy(), task.depth, task.eta
    began, size = time.process_time(), float(np.linalg.norm(task.right))

    def field(_: float, state: np.ndarray) -> np.ndarray:
        if time.process_time() - began > LIMIT_SECONDS:
            raise TimeoutError
        g, u = np.exp(state[0]), np.exp(state[1:])
        r = a.T @ (a @ (g * u) ** L - y)
        inner = r @ u**L
        turned = r * u ** (L - 2) - inner
        return np.concatenate(([-L * g ** (L - 2) * inner], -L * eta * g**L * turned))

    def done(_: float, state: np.ndarray) -> float:
        e = a @ np.exp(L * (state[0] + state[1:])) - y
        return float(np.linalg.norm(e) - 0.1 * ACCURACY * size)

    done.terminal = True  # type: ignore[attr-defined]
    g = float(torch.linalg.vector_norm(task.start))
    state = np.log(np.concatenate(([g], (task.start / g).numpy())))
    try:
        run = solve_ivp(
            field, (0.0, 1e6), state, method=method, rtol=rtol, atol=0.1 * rtol, events=done
        )
    except TimeoutError:
        return None
    if run.status < 0:
        return None
    last = run.y_events[0][-1] if run.status == 1 else run.y[:, -1]
    x: np.ndarray = np.exp(L * (last[0] + last[1:]))
    return x


def conic(task: Task) -> np.ndarray | None:
    """argmin F_2 as an exponential-cone program."""
    beta = float((task.start**2).sum())
    p = (task.start**2 / beta).numpy()
    x = cp.Variable(len(p), nonneg=True)
    mass = cp.sum(x)
    objective = cp.sum(cp.rel_entr(x, mass * p)) + task.eta / 2 * cp.square(mass - beta)
    program = cp.Problem(cp.Minimize(objective), [task.matrix.numpy() @ x == task.right.numpy()])
    try:
        program.solve(solver=cp.CLARABEL)
    except cp.SolverError:
        return None
    return None if x.value is None else np.asarray(x.value)


if __name__ == "__main__":
    main()
