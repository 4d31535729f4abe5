"""Where problems come from: random ones of several kinds, and the hard closed-form families.

A "small" start has beta < Q and M_0 > 0, a "large" one beta > Q; "uniform" has u_0 = 1/sqrt(N);
"signed" is A = [A', -A']; "trap" falls into x = 0; "wild" has any size and any sign of M_0.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from numerics.diagonal_linear import (
    Flow,
    Instance,
    Start,
    many_columns,
    minimum_l1,
    mixed_signs,
    tangent_kernel,
    trap,
    two_columns,
    two_columns_plain,
)
from verify.check import unmet
from verify.claim import Claim
from verify.diagonal_linear.cases import NetCase
from verify.subject import Shape

__all__ = ["KINDS", "SIZES", "corners", "drawn", "of_instance", "shape_of", "shapes", "traps"]

KINDS = ("small", "large", "uniform", "signed", "trap", "wild")
SIZES = ((1, 2), (2, 4), (3, 6))
DEPTHS = (2, 3, 4)
_TRIES = 60


def shape_of(rows: int, columns: int, depth: int, kind: str) -> Shape:
    """Problems of one size, depth and kind."""
    words = f"x = w^{depth}, {rows} equations, {columns} unknowns, {kind} start"
    return Shape(words, kind, {"L": depth, "n": rows, "N": columns}, (rows, columns, depth, kind))


def shapes(claim: Claim) -> tuple[Shape, ...]:
    """The shapes a claim speaks of."""
    axes = itertools.product(SIZES, DEPTHS, KINDS)
    found = (shape_of(n, columns, depth, kind) for (n, columns), depth, kind in axes)
    return tuple(s for s in found if any(not unmet(claim, drawn(s, 1, k, claim)) for k in (0, 1)))


def drawn(shape: Shape, count: int, seed: int, claim: Claim | None = None) -> NetCase:
    """`count` random problems of a shape."""
    n, columns, depth, kind = shape.detail
    parts = [one(n, columns, depth, kind, 1_000 * seed + index) for index in range(count)]
    fields: dict[str, Any] = {k: torch.stack([p[k] for p in parts]) for k in parts[0]}
    label = f"{shape.name}, seed {seed}"
    return NetCase(**fields, depth=depth, origin="random", label=label)


def _normal(g: torch.Generator, *size: int) -> Tensor:
    return torch.randn(*size, generator=g, dtype=torch.float64)


def _share(g: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=g, dtype=torch.float64))


def _equations(g: torch.Generator, n: int, columns: int, kind: str) -> tuple[Tensor, Tensor]:
    """A of condition at most 5 and y = A x for an x > 0 near a sparse one."""
    wide = columns // 2 if kind == "signed" else columns
    left, values, rows = torch.linalg.svd(_normal(g, n, wide), full_matrices=False)
    matrix = (left * values.clamp_min(0.2 * float(values[0]))) @ rows
    if kind == "signed":
        matrix = torch.cat((matrix, -matrix), dim=1)
    x = 0.03 + 0.1 * torch.rand(columns, generator=g, dtype=torch.float64)
    x[: max(1, n)] += 0.3 + torch.rand(max(1, n), generator=g, dtype=torch.float64)
    return matrix, matrix @ x


def one(n: int, columns: int, depth: int, kind: str, seed: int) -> dict[str, Tensor]:
    """One problem; lognormal u_0, eta Q^(2/L) over two decades, t over the flow's own scale."""
    g = torch.Generator().manual_seed(seed)
    for _ in range(_TRIES):
        matrix, y = _equations(g, n, columns, kind)
        smallest = float(minimum_l1(matrix, y).value.value)
        if 0.05 < smallest < math.inf:
            break
    low = (-4.0, -0.4)
    size = {"small": low, "uniform": low, "large": (0.05, 1.0)}.get(kind, (-3.0, 0.7))
    spread = 0.0 if kind == "uniform" else _share(g, 0.0, 1.0)
    for _ in range(_TRIES):
        log_u = spread * _normal(g, columns)
        if kind == "trap":
            log_u = log_u - 1.5 * torch.sign(matrix.mT @ y)
        beta = smallest * math.exp(_share(g, *size))
        log_w = log_u + (math.log(beta) - float((depth * log_u).logsumexp(0))) / depth
        image = matrix @ (depth * log_w).exp()
        margin = float(2 * image @ y - image @ image)
        if margin > 0 or kind in ("wild", "trap", "uniform", "large"):
            break
        spread += 0.2
    unit = smallest ** (2.0 / depth)
    eta = math.exp(_share(g, 0.0, 3.0) if kind != "wild" else _share(g, -2.0, 2.5)) / unit
    if kind == "trap":
        log_w = _trapped(matrix, y, log_w, eta, depth)
    g_0 = float((2 * log_w).exp().sum())
    if kind == "large":
        eta = max(eta, 1.05 / g_0)
    top = float(torch.linalg.svdvals(matrix)[0]) ** 2 * depth**2 * unit ** (depth - 1)
    t = math.exp(_share(g, -1.0, 2.0)) / (top * min(1.0, max(eta * unit, 0.1)))
    if kind == "large":
        t = min(t, 3.0 / _first_rate(matrix, log_w, Flow(depth, eta)))
    h = 10.0 ** _share(g, -1.3, -0.5) / (top * max(1.0, eta * max(unit, g_0)))
    h *= min(3.0 * unit / g_0, 1e4) if kind == "trap" else 5.0 if depth > 2 else 1.0
    scalars = {"eta": eta, "t": t, "h": h}
    tensors = {k: torch.tensor(v, dtype=torch.float64) for k, v in scalars.items()}
    return {"matrix": matrix, "right": y, "log_w": log_w, **tensors}


def _trapped(matrix: Tensor, y: Tensor, log_w: Tensor, eta: float, depth: int) -> Tensor:
    """The start made smaller until the trap condition holds."""
    q, alpha = matrix.mT @ y, float(torch.linalg.vector_norm(matrix, dim=0).max())
    top = float(q.abs().max())
    for _ in range(_TRIES):
        x = (depth * log_w).exp()
        beta = float(x.sum())
        theta = -float(q @ x) / beta
        if theta > 0 and eta * beta * (top**2 + beta * alpha**2 * top) <= theta**2 / 5:
            break
        log_w = log_w - 0.5
    return log_w


def of_instance(instance: Instance, label: str, t: float | None = None, h: float = 1e-3) -> NetCase:
    """An instance of `numerics` as a case; t None: 0.3, or less where the flow is soon at its end.

    Past a loss of 1e-12 of the first one nothing is known of it.
    """
    tensors = {
        "matrix": instance.matrix,
        "right": instance.right,
        "log_w": instance.start.flat().log_w,
        "eta": torch.tensor(instance.eta, dtype=torch.float64),
        "t": torch.tensor(_time(instance) if t is None else t, dtype=torch.float64),
        "h": torch.tensor(h, dtype=torch.float64),
    }
    parts: dict[str, Any] = {name: value.unsqueeze(0) for name, value in tensors.items()}
    return NetCase(**parts, depth=instance.depth, origin="structured", label=label)


def _time(instance: Instance) -> float:
    flow = Flow(instance.depth, instance.eta)
    return min(0.3, 3.0 / _first_rate(instance.matrix, instance.start.flat().log_w, flow))


def _first_rate(matrix: Tensor, log_w: Tensor, flow: Flow) -> float:
    """lmax(K) at the start: the loss begins to fall at most like e^(-2 lmax t)."""
    log_g = (2.0 * log_w).logsumexp(0) / 2.0
    kernel = tangent_kernel(matrix, math.exp(log_g), (log_w - log_g).exp(), flow)
    return float(torch.linalg.eigvalsh(kernel)[-1])


def traps(t: float) -> Iterator[NetCase]:
    """The runs of the trap's own family, which all fall into x = 0, at a time."""
    for mass in (1e-3, 0.02):
        yield of_instance(trap(mass, eta=2.0), f"trap, mass {mass:g}", t=t)


def _hard() -> Iterator[NetCase]:
    """The trap, and the families in which the bounds of the gap are met."""
    yield from traps(2.0)
    for depth, parts in ((3, (0.2451, 0.0883, 15.3, 66.8)), (4, (0.3107, 0.132, 12.4, 10.29))):
        yield _pair(depth, *parts)
    yield _three_columns()
    yield from (of_instance(instance, label) for instance, label in (*_met(), *_other_units()))


def _met() -> Iterator[tuple[Instance, str]]:
    """Instances with Q = 1, and their names."""
    for rarity, share in ((1e2, 1e-3), (1e4, 1e-5), (1e6, 1e-7)):
        for mass in (0.5, 1.0):
            instance = two_columns(0.98, rarity=rarity, share=share, mass=mass)
            yield instance, f"two columns, M = {rarity:g}, beta = {mass:g}"
    for power, rarity, share in ((650.0, 3e3, 1e-4), (30.0, 1e6, 1e-10)):
        instance = two_columns_plain(power / (power + rarity), rarity=rarity, share=share)
        yield instance, f"two columns, plain, M = {rarity:g}, beta about e^-{power:g}"
    yield two_columns(0.9, rarity=0.01, share=0.995, mass=1.0), "two columns, M = 0.01, beta = 1"
    yield two_columns_plain(0.9, rarity=0.01, share=0.995), "two columns, plain, M = 0.01"
    for mass, eta in itertools.product((0.5, 2.0, 10.0), (0.1, 1.0, 30.0)):
        yield mixed_signs(0.5, mass=mass, eta=eta), f"mixed signs, {mass:g}, {eta:g}"
    for depth, mass, eta in itertools.product((3, 4), (0.1, 5.0, 30.0), (0.3, 3.0)):
        instance = mixed_signs(0.1, mass=mass, eta=eta, depth=depth, second=0.1)
        yield instance, f"mixed signs, L = {depth}, {mass:g}, {eta:g}"
    for depth, mass, eta in ((3, 1e3, 30.0), (4, 1e3, 30.0), (4, 30.0, 0.3), (3, 0.805, 30.0)):
        second = 100.0 if mass < 1.0 else 10.0
        instance = mixed_signs(second, mass=mass, eta=eta, depth=depth)
        yield instance, f"long second column, L = {depth}, {mass:g}, {eta:g}"


def _other_units() -> Iterator[tuple[Instance, str]]:
    """Some of them in other units of x: powers of Q, beta, eta and g that are too many or too few
    do not show where Q = 1."""
    kept = (
        "two columns, M = 10000", "two columns, plain, M = 1e+06", "two columns, M = 0.01",
        "mixed signs, 2, 30", "long second column, L = 3", "long second column, L = 4, 30",
    )  # fmt: skip
    chosen = [(one, label) for one, label in _met() if label.startswith(kept)]
    for size, (instance, label) in itertools.product((0.01, 1e8), chosen):
        yield _in_units(instance, size), f"{label}, x times {size:g}"
    instance = two_columns_plain(30.0 / (30.0 + 1e6), rarity=1e6, share=1e-10)
    yield _in_units(instance, 1e16), "two columns, plain, beta > 1"
    for size in (1.0, 0.01, 1e8):
        for depth, columns, share in ((16, 60, 0.65), (8, 200, 0.91)):
            mass = (share * 1e-3) ** (depth / (depth - 2))
            instance = many_columns(1.0 - 1e-3, columns=columns, mass=mass, depth=depth)
            yield _in_units(instance, size), f"{columns} columns, L = {depth}, x times {size:g}"


def _in_units(instance: Instance, size: float) -> Instance:
    """The instance whose flow is `size` times as large: y, x_0, and eta so that eta g^2 stays."""
    depth = instance.depth
    start = Start.of_logs(instance.start.flat().log_w + math.log(size) / depth)
    eta = instance.eta * size ** (-2.0 / depth)
    return Instance(instance.matrix, size * instance.right, start, eta, depth)


def _pair(depth: int, a: float, mass: float, eta: float, odds: float) -> NetCase:
    """A = (1, a), y = 1: where A4v is sharp for a moderate eta; found by the attack."""
    x_0 = mass / (1.0 + odds) * torch.tensor([1.0, odds], dtype=torch.float64)
    start = Start.of_logs(x_0.log() / depth)
    matrix = torch.tensor([[1.0, a]], dtype=torch.float64)
    instance = Instance(matrix, torch.ones(1, dtype=torch.float64), start, eta, depth)
    return of_instance(instance, f"A = (1, {a:g}), L = {depth}, mass {mass:g}, eta {eta:g}")


def _three_columns() -> NetCase:
    """A = (1, 0.01, -0.5), beta = 4.2 > T: two slacks, which A7b must not mix up."""
    x_0 = 4.2 * torch.tensor([0.699, 0.002, 0.299], dtype=torch.float64)
    matrix = torch.tensor([[1.0, 0.01, -0.5]], dtype=torch.float64)
    start = Start.of_logs(x_0.log() / 2)
    instance = Instance(matrix, torch.ones(1, dtype=torch.float64), start, 0.35, 2)
    return of_instance(instance, "A = (1, 0.01, -0.5), beta = 4.2")


_KNOWN: dict[int, tuple[list[NetCase], Iterator[NetCase]]] = {}


def corners(claim: Claim, seed: int) -> Iterator[NetCase]:
    """The hard cases, then random ones one by one: the same objects for all claims, which share
    their limits and runs."""
    made, rest = _KNOWN.setdefault(seed, ([], _corners(seed)))
    yield from made
    for case in rest:
        made.append(case)
        yield case


def _corners(seed: int) -> Iterator[NetCase]:
    yield from _hard()
    for trial in range(8):
        for (n, columns), depth, kind in itertools.product(SIZES, DEPTHS, KINDS):
            yield drawn(shape_of(n, columns, depth, kind), 1, 100 * seed + trial)
