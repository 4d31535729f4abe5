"""When a problem meets the assumptions of the bounds, decided in balls: unsure is not met."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flint import arb

from numerics import NumericsError
from verify.diagonal_linear import steps
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.in_balls import Net, inner
from verify.diagonal_linear.readings import nets
from verify.settle import working_precision
from verify.subject import Condition

__all__ = ["CONDITIONS"]

_BITS = 128


def _all(test: Callable[[Net], bool], sentence: str) -> Condition:
    def condition(case: NetCase) -> str:
        with working_precision(_BITS):
            for index, one in enumerate(nets(case)):
                try:
                    met = test(one)
                except NumericsError as error:
                    return f"needs {sentence}; problem {index}: {error}"
                if not met:
                    return f"needs {sentence}; problem {index} of the case does not meet it"
        return ""

    return condition


def _has_limit(one: Net) -> bool:
    return bool(one.x) and bool(one.x_pl)


def _has_vertex(one: Net) -> bool:
    if one.depth > 2 and one.weighted.vertex is None:
        return False
    return one.minimum.vertex is not None


def _nondegenerate(one: Net) -> bool:
    vertex = one.minimum.vertex
    found = vertex is not None and vertex.unique and all(v > 0 for v in vertex.x)
    return found and one.n < one.columns


def _signed(one: Net) -> bool:
    half = one.columns // 2
    even = one.columns == 2 * half
    return even and all(row[j] == -row[half + j] for row in one.rows for j in range(half))


def _trapped(one: Net) -> bool:
    q = [abs(v) for v in one.pull()]
    top, theta = max(q, key=float), -inner(one.pull(), one.p_0)
    load = one.eta * one.beta * (top * top + one.beta * one.alpha**2 * top)
    return bool(theta > 0) and bool(load <= theta * theta / 4)


def _short_steps(case: NetCase) -> str:
    runs = steps.descents(case)
    met = all(run is not None and run.relative_move <= 0.5 for run in runs)
    return "" if met else "needs |h eta d/u| <= 1/2 and u > 0 at every step"


def _descends(case: NetCase) -> str:
    met = all(run is not None and run.decreasing for run in steps.descents(case))
    return "" if met else "needs (h/2)(dg^2 + eta ||d||^2) of descent at every step"


def _uniform(case: NetCase) -> str:
    same = bool((case.log_w == case.log_w[:, :1]).all())
    return "" if same else "needs a uniform direction u_0"


def _in_range(case: NetCase) -> str:
    small = float(case.log_w.min()) < -200.0
    return "needs a start within the range of float64, for the integrator" if small else ""


CONDITIONS: Mapping[str, Condition] = {
    "L = 2": lambda case: "" if case.depth == 2 else "needs L = 2",
    "L > 2": lambda case: "" if case.depth > 2 else "needs L > 2",
    "limit": _all(_has_limit, "an interpolating x > 0 (STRICTLY_FEASIBLE)"),
    "vertex": _all(_has_vertex, "a minimum at a vertex that rational arithmetic proves"),
    "nondegenerate": _all(_nondegenerate, "one minimizer with n positive entries, and n < N"),
    "beta < Q": _all(lambda v: bool(v.beta < v.Q), "||x_0||_1 < Q"),
    "magnified start": _all(lambda v: bool(2 * v.log_rho < (v.Q / v.beta).log()), "rho^2 beta < Q"),
    "T >= beta": _all(lambda v: bool(v.beta <= v.T), "T >= beta"),
    "uniform": _uniform,
    "large ratio": _all(lambda v: bool(v.eta * v.Q ** (arb(2) / v.depth) >= 1), "eta Q^(2/L) >= 1"),
    "moderate ratio": _all(
        lambda v: bool((v.depth - 2) * v.eta * v.Q ** (arb(2) / v.depth) >= v.depth - 4),
        "(L-2) eta Q^(2/L) >= L - 4",
    ),
    "interpolates": _all(lambda v: bool(v.margin >= 0), "M_0 >= 0 (BELOW_ZERO_LOSS)"),
    "M_0 > 0": _all(lambda v: bool(v.margin > 0), "M_0 > 0"),
    "signed": _all(_signed, "A = [A', -A']"),
    "kernel": lambda case: "" if case.matrix.shape[1] < case.matrix.shape[2] else "needs N > n",
    "eta g_0^2 >= 1": _all(lambda v: bool(v.eta * v.before >= 1), "eta g_0^2 >= 1"),
    "trap": _all(_trapped, "the trap condition"),
    "range": _in_range,
    "steps": _short_steps,
    "descent": _descends,
}
