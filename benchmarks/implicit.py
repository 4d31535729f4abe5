"""python -m benchmarks.implicit [--sizes N,N ...] [--out FILE]

The limit of the weight-normalized flow of x = w^2 by its convex dual with a certificate, against
integrating the flow to the same accuracy (scipy) and against cvxpy with a conic solver on the same
argmin. Errors are relative, in ||x||_1, against the certified limit.
"""

from __future__ import annotations

import argparse
import functools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import cvxpy as cp
import numpy as np
import torch
from scipy.integrate import solve_ivp

from numerics import least_squares
from numerics.diagonal_linear import limit

T = TypeVar("T")
ETA, SHARE, LIMIT_SECONDS = 4.0, 0.5, 40.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.implicit")
    parser.add_argument("--sizes", nargs="*", default=["20,60", "40,200", "200,2000"])
    parser.add_argument("--out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    head = f"{os.cpu_count()} cores, 1 thread, float64, load {os.getloadavg()[0]:.1f} at the start"
    lines = [head, "", "| n, N | method | seconds | times slower | relative error |"]
    lines.append("|---|---|---|---|---|")
    for size in options.sizes:
        n, columns = map(int, size.split(","))
        for row in rows(n, columns):
            lines.append(row)
            print(row, flush=True)
    if options.out:
        Path(options.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


def problem(n: int, columns: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """A gaussian A, a planted sparse x, a uniform start with half its mass, eta."""
    g = torch.Generator().manual_seed(0)
    matrix = torch.randn(n, columns, generator=g, dtype=torch.float64) / n**0.5
    x = torch.zeros(columns, dtype=torch.float64)
    x[: n // 8 + 1] = 0.5 + torch.rand(n // 8 + 1, generator=g, dtype=torch.float64)
    start = torch.full((columns,), float((SHARE * x.sum() / columns).sqrt()), dtype=torch.float64)
    return matrix, matrix @ x, start, ETA / float(x.sum())


def rows(n: int, columns: int) -> Iterator[str]:
    """One line for each method."""
    matrix, right, start, eta = problem(n, columns)
    best, found = min((timed(lambda: limit(matrix, right, start, eta=eta)) for _ in range(3)),
                      key=lambda pair: pair[0])  # fmt: skip
    truth = found.x.value.numpy()
    widest = float((found.x.upper - found.x.lower).sum() / found.mass.value)
    yield line(n, columns, "certified limit (width)", best, best, widest)
    direction = torch.ones(columns, dtype=torch.float64)
    begin = least_squares.Start.of(0.1, direction)
    second, _ = timed(lambda: least_squares.limit(matrix, right, begin, ratio=0.5))
    yield line(n, columns, "certified least-squares limit", second, best, None)
    for method in ("DOP853", "LSODA"):
        work = functools.partial(integrated, matrix, right, start, eta, method)
        seconds, x = timed(work)
        yield line(n, columns, f"flow by {method}", seconds, best, error(x, truth))
    seconds, x = timed(lambda: conic(matrix, right, start, eta))
    yield line(n, columns, "cvxpy, CLARABEL", seconds, best, error(x, truth))


def line(
    n: int, columns: int, name: str, seconds: float, best: float, wrong: float | None
) -> str:
    """One row of the table."""
    shown = "-" if wrong is None else f"{wrong:.1e}"
    return f"| {n}, {columns} | {name} | {seconds:.3g} | {seconds / best:.3g} | {shown} |"


def error(x: np.ndarray | None, truth: np.ndarray) -> float:
    """||x - truth||_1/||truth||_1; infinite where the method gave nothing."""
    return float("inf") if x is None else float(np.abs(x - truth).sum() / np.abs(truth).sum())


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """(seconds, what it gave)."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def integrated(
    matrix: torch.Tensor, right: torch.Tensor, start: torch.Tensor, eta: float, method: str
) -> np.ndarray | None:
    """The flow in (log g, log u) until the residual is 1e-9 of y, or the time limit."""
    a, y, size = matrix.numpy(), right.numpy(), float(torch.linalg.vector_norm(right))
    began = time.perf_counter()

    def field(_: float, state: np.ndarray) -> np.ndarray:
        if time.perf_counter() - began > LIMIT_SECONDS:
            raise TimeoutError
        g, u = np.exp(state[0]), np.exp(state[1:])
        r = a.T @ (a @ (g * u) ** 2 - y)
        inner = r @ u**2
        return np.concatenate(([-2 * inner], -2 * eta * g**2 * (r - inner)))

    def done(_: float, state: np.ndarray) -> float:
        e = a @ np.exp(2 * (state[0] + state[1:])) - y
        return float(np.linalg.norm(e) - 1e-9 * size)

    done.terminal = True  # type: ignore[attr-defined]
    g = float(torch.linalg.vector_norm(start))
    state = np.log(np.concatenate(([g], (start / g).numpy())))
    try:
        run = solve_ivp(
            field, (0.0, 1e6), state, method=method, rtol=1e-11, atol=1e-12, events=done
        )
    except TimeoutError:
        return None
    if run.status < 0:
        return None
    last = run.y_events[0][-1] if run.status == 1 else run.y[:, -1]
    x: np.ndarray = np.exp(2 * (last[0] + last[1:]))
    return x


def conic(
    matrix: torch.Tensor, right: torch.Tensor, start: torch.Tensor, eta: float
) -> np.ndarray | None:
    """argmin F_2 as an exponential-cone program."""
    beta = float((start**2).sum())
    p = (start**2 / beta).numpy()
    x = cp.Variable(len(p), nonneg=True)
    mass = cp.sum(x)
    objective = cp.sum(cp.rel_entr(x, mass * p)) + eta / 2 * cp.square(mass - beta)
    program = cp.Problem(cp.Minimize(objective), [matrix.numpy() @ x == right.numpy()])
    try:
        program.solve(solver=cp.CLARABEL)
    except cp.SolverError:
        return None
    return None if x.value is None else np.asarray(x.value)


if __name__ == "__main__":
    main()
