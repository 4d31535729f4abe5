"""The family's story: the gap against the scale of the start, exponents, the trap, real data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib
import torch
from matplotlib.figure import Figure
from torch import Tensor

from numerics import NumericsError
from numerics.diagonal_linear import (
    Fate,
    MinimumL1,
    decided_fate,
    limit,
    minimizer,
    minimum_l1,
    norm_gap,
    plain_limit,
    trap,
)
from verify.check import unmet
from verify.diagonal_linear.draws import drawn, shape_of
from verify.diagonal_linear.subject import claims
from verify.drawing import STYLE, svg_text
from verify.report.section import Context, Section, Table, number, of_runs
from verify.trajectory import Along, along

__all__ = ["Sparse", "descents", "exponents", "gaps", "section", "sparse_problem"]

ALONG = (
    "step_defect", "step_defect.lower", "step_defect.total", "step_balance", "step_gap",
    "step_defect.power", "mirror_invariant", "mirror_invariant.power", "scale_floor", "loss.rate",
)  # fmt: skip
SCALES = (1e-4, 1e-2, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.5, 3.0)
ETA_Q = 40.0


@dataclass(frozen=True, eq=False)
class Sparse:
    """A sparse problem: A (n, N) gaussian, y = A x for an s-sparse x > 0, and its minimum."""

    matrix: Tensor
    right: Tensor
    minimum: MinimumL1

    @property
    def Q(self) -> float:
        """min ||x||_1."""
        return float(self.minimum.value.value)

    def uniform(self, share: float) -> Tensor:
        """w_0 uniform with ||x_0||_1 = share Q, L = 2."""
        columns = self.matrix.shape[1]
        return torch.full((columns,), math.sqrt(share * self.Q / columns), dtype=torch.float64)


def sparse_problem(n: int, columns: int, s: int, seed: int) -> Sparse:
    """A random sparse problem."""
    g = torch.Generator().manual_seed(seed)
    matrix = torch.randn(n, columns, generator=g, dtype=torch.float64) / math.sqrt(n)
    x = torch.zeros(columns, dtype=torch.float64)
    x[:s] = 0.5 + torch.rand(s, generator=g, dtype=torch.float64)
    right = matrix @ x
    return Sparse(matrix, right, minimum_l1(matrix, right, exact=n <= 24))


def gaps(problem: Sparse, share: float) -> tuple[float, float, float]:
    """(T/Q - 1 of WN, of plain flow, the bound A1b over Q) for a uniform start of share Q."""
    w, Q = problem.uniform(share), problem.Q
    eta = ETA_Q / Q
    ends = (
        minimizer(problem.matrix, problem.right, w, eta=eta),
        plain_limit(problem.matrix, problem.right, w),
    )
    found = [float(norm_gap(end, problem.minimum).value) / Q for end in ends]
    p = problem.minimum.x.value.clamp_min(0.0) / Q
    entropy = float((p[p > 1e-12].log() * p[p > 1e-12]).sum())
    K_star, D = entropy + math.log(len(p)), 1.0 - share
    return found[0], found[1], (math.sqrt(D**2 + 4 * K_star / ETA_Q) - D) / 2


def gap_svg(rows: list[tuple[float, float, float, float]]) -> str:
    """T/Q - 1 against ||x_0||_1/Q: weight normalization, plain flow and the bound A1b."""
    shares = [row[0] for row in rows]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5.2, 3.2), layout="constrained")
        ax = figure.subplots()
        for index, name in ((1, "weight normalization"), (2, "plain flow")):
            ax.loglog(shares, [row[index] for row in rows], marker="o", markersize=3, label=name)
        ax.loglog(shares, [row[3] for row in rows], color="black", linestyle="--", label="A1b")
        ax.axvline(1.0, color="gray", linewidth=0.8)
        ax.set_xlabel("scale of the start ||x_0||_1/Q")
        ax.set_ylabel("||x_inf||_1/Q - 1")
        ax.legend(frameon=False, fontsize=8)
        return svg_text(figure)


def exponents(seed: int) -> list[tuple[str, float, float]]:
    """(law, predicted, measured) of A7 on one nondegenerate problem."""
    problem = sparse_problem(4, 12, 4, seed)
    vertex = problem.minimum.vertex
    if vertex is None:
        return []
    slack = min(float(v) for v in vertex.slack if v > 0)
    w, Q = problem.uniform(0.25), problem.Q

    def normalized(eta: float) -> float:
        end = minimizer(problem.matrix, problem.right, w, eta=eta / Q, bits=128)
        return math.log(float(norm_gap(end, problem.minimum).value))

    def plain(log_beta: float) -> float:
        start = problem.uniform(math.exp(log_beta))
        end = plain_limit(problem.matrix, problem.right, start, bits=128)
        return math.log(float(norm_gap(end, problem.minimum).value))

    laws = (
        ("log gap in eta, L = 2", -slack * 0.75 * Q, lambda z: normalized(80.0 * z), 80.0 / Q),
        ("log gap of plain flow in log beta", slack, lambda z: plain(-10.0 * z), -10.0),
    )
    measured = ((name, wanted, _slope(value, unit)) for name, wanted, value, unit in laws)
    return [(name, wanted, found) for name, wanted, found in measured if found is not None]


def _slope(value: Callable[[float], float], unit: float) -> float | None:
    """The slope far out, as far as the limit can still be certified."""
    for far in (12.0, 6.0, 3.0):
        try:
            return (value(far) - value(2.0 * far / 3.0)) / (far / 3.0 * unit)
        except NumericsError:  # too sharp: nearer
            continue
    return None


def trapped() -> list[tuple[str, str, str]]:
    """The start of TR, small and large, and what its run does."""
    rows = []
    for mass in (0.01, 0.05, 2.0):
        one = trap(mass, eta=2.0)
        found = decided_fate(one.matrix, one.right, one.start, eta=one.eta, time=20.0)
        words = {Fate.FALLS: "falls into x = 0", Fate.INTERPOLATES: "interpolates"}
        known = words.get(found.fate, "undecided at t = 20")
        rows.append((number(mass), known, number(found.time)))
    return rows


def diabetes(samples: int = 40) -> tuple[int, float, list[tuple[str, ...]]] | None:
    """Sparse regression with products of features on scikit-learn's diabetes data, signed model.

    (unknowns, Q, rows); None where scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_diabetes
    except ImportError:
        return None
    data = load_diabetes()
    x = torch.as_tensor(data.data, dtype=torch.float64)
    y = torch.as_tensor(data.target, dtype=torch.float64)
    pairs = torch.combinations(torch.arange(x.shape[1]), with_replacement=True)
    features = torch.cat((x, x[:, pairs[:, 0]] * x[:, pairs[:, 1]]), dim=1)
    features = ((features - features.mean(0)) / features.std(0))[:samples].contiguous()
    y = ((y - y.mean()) / y.std())[:samples].contiguous()
    smallest = minimum_l1(features, y, signed=True)
    Q, rows = float(smallest.value.value), []
    for share in (1e-3, 0.1, 1.0):
        size = math.sqrt(share * Q / (2 * features.shape[1]))
        w = torch.full((2, features.shape[1]), size, dtype=torch.float64)
        ends = (limit(features, y, w, eta=100.0 / Q), plain_limit(features, y, w))
        masses = [number(float(end.mass.value) / Q) for end in ends]
        large = str(int((ends[0].x.value.abs() > 1e-3 * Q).sum()))
        rows.append((number(share), *masses, large))
    return features.shape[1], Q, rows


def descents(seed: int) -> list[tuple[str, Along]]:
    """D1 to D4 along a descent at each depth, and the flow's U1 and U3 along its time."""
    found = []
    for depth in (2, 3):
        case = drawn(shape_of(2, 4, depth, "small"), 1, seed)
        steps = [case.after(count) for count in (1, 2, 5, 10, 20, 50)]
        end = float(case.t[0])
        times = [case.at(t=end * k / 4, step=k) for k in (1, 2, 3, 4)]
        for name in ALONG:
            claim = claims()[f"diagonal_linear.{name}"]
            states = steps if "step" in name else times
            if not unmet(claim, states[0]):
                found.append((f"{name}, L = {depth}", along(claim, states)))
    return found


def section(context: Context) -> Section:
    """The whole story of the family as one section."""
    size = (20, 80, 4) if context.effort.name == "quick" else (40, 200, 5)
    problem = sparse_problem(*size, context.seed)
    rows = [(share, *gaps(problem, share)) for share in SCALES]
    shown = [tuple(number(v) for v in row) for row in rows]
    laws = [(name, f"{a:.4g}", f"{b:.4g}") for name, a, b in exponents(context.seed)]
    runs, real = descents(context.seed), diabetes()
    words = f"n = {size[0]}, N = {size[1]}, a planted {size[2]}-sparse x, eta Q = {ETA_Q:g}"
    tables = [
        Table(
            f"||x_inf||_1/Q - 1 against the scale of the start ({words})",
            ("||x_0||_1/Q>", "weight normalization>", "plain flow>", "bound A1b>"), shown,
        ),
        Table("Exponents of A7: predicted and measured", ("law", "predicted>", "measured>"), laws),
        Table("The trap (TR): A = (1, -1), y = 1, 9/10 of the mass on the wrong column",
              ("||x_0||_1>", "the run", "known at t>"), trapped()),
        of_runs("Along one descent (50 steps) and one flow at each depth", runs),
    ]  # fmt: skip
    if real is not None:
        head = ("||x_0||_1/Q>", "||x||_1/Q of WN>", "of plain flow>", "entries above Q/1000>")
        title = f"Diabetes data: 40 patients, {real[0]} features and products, Q = {real[1]:.4g}"
        tables.append(Table(title, head, real[2]))
    return Section(
        key="diagonal_linear_story",
        title="Diagonal linear networks: the scale of the start",
        intro=(
            "The limit of the flow is the minimizer of a convex potential and is certified without "
            "integrating anything. Normalization keeps the gap to the least l1 norm small up to "
            "||x_0||_1 = Q and not beyond; plain flow needs an exponentially small start."
        ),
        tables=tuple(tables),
        pictures=(("gap to the least l1 norm against the scale of the start", gap_svg(rows)),),
        data={"gaps": rows},
        verdicts=frozenset(found.verdict for _, found in runs),
    )
