"""Where cases come from: random ones of a shape, sharp ones, small grids."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from numerics.relu_two_layer import ReluNetwork
from numerics.relu_two_layer.kernels import tangent_kernel
from verify.relu_two_layer.cases import CourseCase, DataCase, MoveCase, StateCase, StepCase
from verify.subject import Shape

__all__ = [
    "DRAWN",
    "course",
    "data_corners",
    "move_corners",
    "on_sphere",
    "shape_of",
    "shapes",
    "state_corners",
    "step_corners",
]

_ALPHAS = (0.3, 1.0, 3.0, 10.0)


def shape_of(n: int, d: int, m: int = 0) -> Shape:
    """n inputs of d coordinates, m units (0: no network)."""
    axes = {"n": n, "d": d} | ({"m": m} if m else {})
    words = f"{n} inputs of {d} coordinates" + (f", {m} units" if m else "")
    return Shape(words, f"d {d}", axes, (n, d, m))


def shapes(kind: type[Any]) -> tuple[Shape, ...]:
    """Of a kind of case, simplest first."""
    if kind is DataCase:
        sizes = itertools.product((2, 3, 5), (2, 3, 8))
        return tuple(shape_of(n, d) for n, d in sizes)
    if kind is CourseCase:
        return tuple(shape_of(*size) for size in ((1, 2, 1), (1, 3, 16), (2, 4, 64), (3, 8, 64)))
    sizes3 = ((1, 1, 1), (1, 2, 1), (1, 2, 2), (2, 2, 3), (3, 2, 4), (3, 4, 8))
    return tuple(shape_of(*size) for size in sizes3)


def _randn(generator: torch.Generator, *size: int) -> Tensor:
    return torch.randn(*size, generator=generator, dtype=torch.float64)


def _spread(generator: torch.Generator, low: float, high: float, *size: int) -> Tensor:
    """10^u with u uniform."""
    share = torch.rand(*size, generator=generator, dtype=torch.float64)
    return 10.0 ** (low + (high - low) * share)


def on_sphere(n: int, d: int, seed: int, count: int | None = None) -> Tensor:
    """n independent uniform points, (n, d) or (count, n, d)."""
    generator = torch.Generator().manual_seed(seed)
    x = _randn(generator, count or 1, n, d)
    x = x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return x if count else x[0]


def _network(
    g: torch.Generator, count: int, sizes: tuple[int, int, int], unit: bool = True
) -> dict[str, Tensor]:
    """Rows over a decade, gains of either sign, inputs of norm 1 or over a decade."""
    n, d, m = sizes
    v = _randn(g, count, m, d) * _spread(g, -0.5, 0.5, count, 1, 1)
    size = torch.linalg.vector_norm(v, dim=-1)
    signs = torch.randint(0, 2, (count, m), generator=g).double() * 2 - 1
    x = on_sphere(n, d, int(torch.randint(2**31, (), generator=g)), count)
    if not unit:
        x = x * _spread(g, -0.5, 0.5, count, n, 1)
    return {
        "v": v,
        "g": size * _spread(g, -1, 0.5, count, 1) * _randn(g, count, m).clamp(-2, 2),
        "c": signs,
        "x": x,
        "y": _randn(g, count, n) * _spread(g, -1, 0, count, 1),
    }


def _data(shape: Shape, count: int, seed: int, claim: Any = None) -> DataCase:
    n, d, _ = shape.detail
    a = _randn(torch.Generator().manual_seed(seed + 1), count, n)
    parts = {"x": on_sphere(n, d, seed, count), "a": a}
    return DataCase(parts=parts, origin="random", label=f"{shape.name}, seed {seed}")


def _state(shape: Shape, count: int, seed: int, claim: Any = None) -> StateCase:
    parts = _network(torch.Generator().manual_seed(seed), count, shape.detail, unit=False)
    return StateCase(parts=parts, origin="random", label=f"{shape.name}, seed {seed}")


def _move(shape: Shape, count: int, seed: int, claim: Any = None) -> MoveCase:
    g = torch.Generator().manual_seed(seed)
    parts = _network(g, count, shape.detail)
    del parts["y"]
    far = _spread(g, -3, 0.5, count, 1, 1)
    size = torch.linalg.vector_norm(parts["v"], dim=-1, keepdim=True)
    parts["v_end"] = parts["v"] + far * size * torch.nn.functional.normalize(
        _randn(g, *parts["v"].shape), dim=-1
    )
    parts["g_end"] = parts["g"] * (1 + far[..., 0] * _randn(g, *parts["g"].shape))
    return MoveCase(parts=parts, origin="random", label=f"{shape.name}, seed {seed}")


def _step(shape: Shape, count: int, seed: int, claim: Any = None) -> StepCase:
    g = torch.Generator().manual_seed(seed)
    parts = _network(g, count, shape.detail)
    rho = (parts["g"].abs() / torch.linalg.vector_norm(parts["v"], dim=-1)).amax(-1)
    ceiling = shape.detail[0] * torch.maximum(rho, torch.ones_like(rho)) ** 2
    parts["eta"] = _spread(g, -1.5, 0.7, count) / ceiling
    parts |= {f"push_{k}": torch.zeros_like(parts[k]) for k in "vg"}
    return StepCase(parts=parts, origin="random", label=f"{shape.name}, seed {seed}")


def course(
    network: ReluNetwork, x: Tensor, y: Tensor, *, share: float, count: int, **words: Any
) -> CourseCase:
    """`count` steps of size share/||Lambda(0)|| from each network of a batch; x, y one data set."""
    top = torch.linalg.eigvalsh(tangent_kernel(network, x).value)[..., -1]
    batch = network.networks
    steps = torch.full((batch,), float(count), dtype=torch.float64)
    parts = {
        "v": network.v, "g": network.g, "c": network.c,
        "x": x.expand(batch, *x.shape[-2:]), "y": y.expand(batch, y.shape[-1]),
        "eta": share / top.clamp_min(1e-2), "count": steps,
    }  # fmt: skip
    return CourseCase(parts=parts, **words)


def _course(shape: Shape, count: int, seed: int, claim: Any = None) -> CourseCase:
    n, d, m = shape.detail
    g = torch.Generator().manual_seed(seed)
    alpha = _ALPHAS[seed % len(_ALPHAS)]
    network = ReluNetwork.random(d, m, seed=seed, alpha=alpha, paired=m % 2 == 0, batch=count)
    y = _randn(g, n) * float(_spread(g, -2.5, -0.5, 1))
    share = float(_spread(g, -1.5, 0, 1))
    return course(
        network, on_sphere(n, d, seed), y, share=share, count=1 + seed % 30,
        origin="random", label=f"{shape.name}, alpha {alpha:g}, seed {seed}",
    )  # fmt: skip


#: Kind of case -> (shape, count, seed, claim) -> random cases of it.
DRAWN: Mapping[type[Any], Callable[..., Any]] = {
    DataCase: _data,
    StateCase: _state,
    MoveCase: _move,
    StepCase: _step,
    CourseCase: _course,
}


def _tensor(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(0)


def _inputs(x: Any, a: Any, label: str) -> DataCase:
    parts = {"x": _tensor(x), "a": _tensor(a)}
    return DataCase(parts=parts, origin="structured", label=label)


def data_corners() -> Iterator[DataCase]:
    """Orthonormal inputs, pairs at small angles, antipodes, points on a circle, a dependence; many
    inputs at one small angle (K4 has lost terms there); a pair at which K4's bound of V is met."""
    for d in (2, 3, 6):
        eye = torch.eye(d, dtype=torch.float64)
        yield _inputs(eye.tolist(), [1.0] * d, f"orthonormal inputs, d = {d}")
        if d > 2:
            yield _inputs(eye[:2].tolist(), [1.0, 1.0], f"two orthogonal inputs, d = {d}")
        pair = torch.stack([eye[0], -eye[0]]).tolist()
        yield _inputs(pair, [1.0, -1.0], f"an antipodal pair, d = {d}")
    for angle in (1e-3, 0.03, 0.3, 1.0, math.pi / 2):
        x = [[1.0, 0.0], [math.cos(angle), math.sin(angle)]]
        yield _inputs(x, [1.0, -1.0], f"a pair at angle {angle:.3g}")
    yield _inputs([[1.0], [-1.0]], [1.0, -1.0], "the line: d = 1")
    for n in (3, 7, 21):
        turns = torch.arange(n, dtype=torch.float64) * 2 * math.pi / n
        circle = torch.stack([turns.cos(), turns.sin()], dim=-1)
        yield _inputs(circle.tolist(), [1.0] * n, f"{n} points on the circle")
    for n in (13, 64):
        common = torch.full((n, 1), 0.95**0.5, dtype=torch.float64)
        near = torch.cat([common, 0.05**0.5 * torch.eye(n, dtype=torch.float64)], dim=-1)
        yield _inputs(near.tolist(), [1.0] * n, f"{n} inputs with cosines 0.95")
    d, cosine = 40, 2.0 / 40**0.5  # cosine^(2k+2) is above the sphere's mean for k to 4
    flat = torch.zeros(2, d, dtype=torch.float64)
    flat[0, 0], flat[1, 0], flat[1, 1] = 1.0, cosine, (1.0 - cosine**2) ** 0.5
    yield _inputs(flat.tolist(), [1.0, -1.0], f"a pair with cosine 2/sqrt d, d = {d}")
    three = [[1.0, 0.0], [0.0, 1.0], [3.0, 4.0]]
    x = three + [[-t for t in row] for row in three]
    a = [3.0, 4.0, -5.0, -3.0, -4.0, 5.0]
    yield _inputs(x, a, "three dependent antipodal pairs")
    yield _inputs(x[:2] + x[3:5], [1.0, 1.0, -1.0, -1.0], "two antipodal pairs")


def _one(kind: type[Any], label: str, **parts: Any) -> Any:
    tensors = {name: _tensor(value) for name, value in parts.items()}
    return kind(parts=tensors, origin="structured", label=label)


def state_corners() -> Iterator[StateCase]:
    """One unit that looks at one input, straight or from the side; then random networks."""
    base = {"v": [[1.0, 0.0]], "c": [1.0], "y": [0.0]}
    yield _one(StateCase, "a row along its input", **base, g=[1.0], x=[[1.0, 0.0]])
    yield _one(StateCase, "a row at 60 degrees", **base, g=[3.0], x=[[1.0, 1.75]])
    yield _one(StateCase, "a row nearly across", **base, g=[-3.0], x=[[2**-20, 1.0]])
    for seed, shape in enumerate(shapes(StateCase)):
        yield _state(shape, 4, seed)


def _turned(angle: float) -> list[list[float]]:
    return [[math.cos(angle), math.sin(angle)]]


def move_corners() -> Iterator[MoveCase]:
    """Rotations in the plane of row and input, past the input's boundary; many units that turn
    across one input, one unit across two inputs; then random moves."""
    for start, end in ((1e-3, -1e-3), (0.1, -1e-6), (0.5, -1e-9), (1.4, -0.1)):
        for gain in (1.0, 3.0, 0.2):
            yield _one(
                MoveCase, f"a turn by {start - end:.3g} past the boundary, gain {gain:g}",
                v=_turned(start), v_end=_turned(end), g=[gain], g_end=[gain], c=[1.0],
                x=[[0.0, 1.0]],
            )  # fmt: skip
    for angle in (1e-3, 0.3, 1.2):
        yield _one(
            MoveCase, f"a turn by {angle:g} across the input",
            v=_turned(math.pi / 2), v_end=_turned(math.pi / 2 - angle), g=[1.0], g_end=[1.5],
            c=[1.0], x=[[1.0, 1e-3]],
        )  # fmt: skip
    for m, x in ((40, [[1.0, 1e-3]]), (1, [[1.0, 1e-3], [1.0, 2e-3]])):
        yield _one(
            MoveCase, f"{m} units turn by 0.3 across {len(x)} inputs",
            v=_turned(math.pi / 2) * m, v_end=_turned(math.pi / 2 - 0.3) * m, g=[1.0] * m,
            g_end=[1.0] * m, c=[1.0] * m, x=x,
        )  # fmt: skip
    for seed, shape in enumerate(shapes(MoveCase)):
        yield _move(shape, 4, seed)


def step_corners() -> Iterator[StepCase]:
    """Steps that turn a row, with and without a push, one at large inputs; then random ones."""
    still = {"push_v": [[0.0, 0.0]], "push_g": [0.0]}
    base = {"v": [[1.0, 0.0]], "g": [1.0], "c": [1.0]}
    for eta in (0.5, 2.0):
        yield _one(
            StepCase, f"one unit, step {eta:g}", **base, **still, x=[[0.5, 0.75]], y=[2.0], eta=eta
        )
        yield _one(
            StepCase, f"one unit pushed by momentum, step {eta:g}", **base, x=[[0.5, 1.0]],
            y=[2.0], eta=eta, push_v=[[0.25, 0.5]], push_g=[0.125],
        )  # fmt: skip
    yield _one(
        StepCase, "one unit, large inputs", **base, **still, x=[[512.0, 768.0]], y=[2048.0],
        eta=2.0**-21,
    )  # fmt: skip
    for seed in range(12):
        yield _step(shapes(StepCase)[seed % 6], 4, seed)


def course_corners() -> Iterator[CourseCase]:
    """F1's witness (a row that loses its input as fast as it can), then certified runs."""
    for a in (0.3, 0.1, 0.01):
        across = math.sqrt(1 - a * a)
        gain = a / across
        yield _one(
            CourseCase, f"a row at cosine {a:g} to its input", v=[[1.0, 0.0]], g=[gain], c=[1.0],
            x=[[a, across]], y=[gain * a - 0.5 * a * a], eta=1.0, count=20.0,
        )  # fmt: skip
    for seed, (n, d, m, size) in enumerate(((2, 4, 64, 0.03), (3, 6, 256, 0.1), (3, 24, 512, 0.4))):
        network = ReluNetwork.random(d, m, seed=seed, paired=True, batch=2)
        y = size * on_sphere(1, n, seed + 7)[0]
        for count in (5, 60):
            yield course(
                network, on_sphere(n, d, seed), y, share=0.1, count=count, origin="structured",
                label=f"{n} inputs, {m} units in pairs, targets of norm {size:g}, step {count}",
            )  # fmt: skip
    for seed in range(4):
        yield _course(shapes(CourseCase)[2], 1, seed)
