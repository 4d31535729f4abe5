"""Claims about vectors: the left side is a function of torch tensors, true for all real entries."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from benchmarks.claims.known import Known, Measure
from benchmarks.claims.places import free

__all__ = ["VECTORS"]

_N = 6
_ROOT = math.sqrt(_N)
_UNIT = [1.0] + [0.0] * (_N - 1)
_ONES = [1.0] * _N
_HALVES = [1.0] * (_N // 2) + [-1.0] * (_N // 2)


def _p(power: float) -> Measure:
    return lambda x: torch.linalg.vector_norm(x, power, dim=-1)


def _inner(x: Tensor, y: Tensor) -> Tensor:
    return (x * y).sum(-1).abs()


def _norms(x: Tensor, y: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x, dim=-1) * torch.linalg.vector_norm(y, dim=-1)


def _holder(x: Tensor, y: Tensor) -> Tensor:
    return _p(3)(x) * _p(1.5)(y)


def _sum(x: Tensor, y: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x + y, dim=-1)


def _sum_of_norms(x: Tensor, y: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x, dim=-1) + torch.linalg.vector_norm(y, dim=-1)


def _variance(x: Tensor) -> Tensor:
    return x.var(dim=-1, correction=0)


def _square_range(x: Tensor) -> Tensor:
    return (x.amax(-1) - x.amin(-1)) ** 2


def _softmax_slope(x: Tensor) -> Tensor:
    """||diag(s) - s s^T||_2, the gain of softmax."""
    s = torch.softmax(x, dim=-1)
    jacobian = torch.diag_embed(s) - s.unsqueeze(-1) * s.unsqueeze(-2)
    return torch.linalg.matrix_norm(jacobian, 2)


def _above_maximum(x: Tensor) -> Tensor:
    return torch.logsumexp(x, dim=-1) - x.amax(-1)


def _entropy(x: Tensor) -> Tensor:
    """Of softmax(x), in nats."""
    log = torch.log_softmax(x, dim=-1)
    return -(log.exp() * log).sum(-1)


def _sorted_product(x: Tensor, y: Tensor) -> Tensor:
    return (x.sort(dim=-1).values * y.sort(dim=-1).values).sum(-1)


def _product(x: Tensor, y: Tensor) -> Tensor:
    return (x * y).sum(-1)


def _vector(
    name: str,
    left: Measure,
    right: str,
    of: float,
    source: str,
    measures: dict[str, Measure] | None = None,
    witness: dict[str, Any] | None = None,
    **more: Any,
) -> Known:
    shapes = {"x": (_N,), "y": (_N,)} if "y" in left.__code__.co_varnames[:2] else {"x": (_N,)}
    return Known(
        name=name, kind="vector", true=of <= 1, supremum=of, source=source, left=left, right=right,
        place=free(**shapes), measures=measures or {}, witness=witness, **more,
    )  # fmt: skip


VECTORS: tuple[Known, ...] = (
    _vector("Cauchy-Schwarz", _inner, "s", 1, "parallel vectors", {"s": _norms}),
    _vector("Hoelder, 3 and 3/2", _inner, "s", 1, "|x_i|^3 ~ |y_i|^(3/2)", {"s": _holder}),
    _vector("triangle", _sum, "s", 1, "parallel vectors", {"s": _sum_of_norms}),
    _vector("one norm by two norm", _p(1), f"sqrt({_N})*s", 1, "equal entries", {"s": _p(2)}),
    _vector("two norm by one norm", _p(2), "s", 1, "one entry", {"s": _p(1)}),
    _vector("Popoviciu", _variance, "s/4", 1, "half the entries at each end",
            {"s": _square_range}),
    _vector("gain of softmax", _softmax_slope, "1/2", 1, "two equal entries far above the rest",
            reach="at infinity"),
    _vector("log-sum-exp, n", _above_maximum, f"log({_N})", 1, "equal entries"),
    _vector("entropy of softmax", _entropy, f"log({_N})", 1, "equal entries"),
    _vector("four norm by two norm", _p(4), "6*s/5", 5 / 6, "one entry", {"s": _p(2)}),
    _vector("Cauchy-Schwarz x 0.99", _inner, "99*s/100", 100 / 99, "parallel", {"s": _norms},
            witness={"x": _UNIT, "y": _UNIT}),
    _vector("Hoelder x 0.99", _inner, "99*s/100", 100 / 99, "equal entries", {"s": _holder},
            witness={"x": _ONES, "y": _ONES}),
    _vector("one norm x 0.99", _p(1), f"99*sqrt({_N})*s/100", 100 / 99, "equal entries",
            {"s": _p(2)}, witness={"x": _ONES}),
    _vector("two norm by 0.9 one norm", _p(2), "9*s/10", 10 / 9, "one entry", {"s": _p(1)},
            witness={"x": _UNIT}),
    _vector("Popoviciu, 0.24", _variance, "24*s/100", 25 / 24, "two values", {"s": _square_range},
            witness={"x": _HALVES}),
    _vector("gain of softmax, 0.49", _softmax_slope, "49/100", 50 / 49, "two entries lead",
            witness={"x": [30.0, 30.0] + [-30.0] * (_N - 2)}),
    _vector("log-sum-exp, log 5.9", _above_maximum, "log(59/10)", math.log(6) / math.log(5.9),
            "equal entries", witness={"x": _ONES}),
    _vector("maximum norm by mean", _p(math.inf), "5*s/6", 6 / 5, "one entry", {"s": _p(2)},
            witness={"x": _UNIT}),
)  # fmt: skip
