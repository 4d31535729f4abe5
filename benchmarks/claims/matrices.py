"""Claims about square matrices: functions of torch tensors, true for all real entries."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from benchmarks.claims.known import Known, Measure
from benchmarks.claims.places import free

__all__ = ["MATRICES"]

_N = 3
_EYE = torch.eye(_N).tolist()
_UP = [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
_DOWN = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
_ONES = [[1.0] * _N] * _N
_TURN = [[1.0, 1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


def _frobenius(m: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(m)


def _spectral(m: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(m, 2)


def _largest(m: Tensor) -> Tensor:
    return m.abs().amax((-2, -1))


def _trace(m: Tensor) -> Tensor:
    return m.diagonal(dim1=-2, dim2=-1).sum(-1)


def _radius(m: Tensor) -> Tensor:
    return torch.linalg.eigvals(m).abs().amax(-1)


def _symmetric(m: Tensor) -> Tensor:
    return (m + m.transpose(-2, -1)) / 2


def _positive(m: Tensor) -> Tensor:
    return m @ m.transpose(-2, -1)


def _exponential(m: Tensor) -> Tensor:
    """exp of a symmetric matrix of norm at most 4."""
    size = _spectral(m)[..., None, None].clamp_min(1e-300)
    values, vectors = torch.linalg.eigh(m * (size.clamp_max(4.0) / size))
    return vectors @ torch.diag_embed(values.exp()) @ vectors.transpose(-2, -1)


def _capped(m: Tensor) -> Tensor:
    size = _spectral(m)[..., None, None].clamp_min(1e-300)
    return m * (size.clamp_max(2.0) / size)


def _golden(A: Tensor, B: Tensor) -> Tensor:
    a, b = _capped(_symmetric(A)), _capped(_symmetric(B))
    return _trace(_exponential(a + b))


def _thompson(A: Tensor, B: Tensor) -> Tensor:
    a, b = _capped(_symmetric(A)), _capped(_symmetric(B))
    return _trace(_exponential(a) @ _exponential(b))


def _matrix(
    name: str,
    left: Measure,
    right: str,
    of: float,
    source: str,
    measure: Measure | None = None,
    witness: dict[str, Any] | None = None,
    **more: Any,
) -> Known:
    count = left.__code__.co_argcount
    shapes = dict.fromkeys("AB"[:count], (_N, _N))
    return Known(
        name=name, kind="matrix", true=of <= 1, supremum=of, source=source, left=left, right=right,
        place=free(**shapes), measures={} if measure is None else {"s": measure}, witness=witness,
        **more,
    )  # fmt: skip


def _product(A: Tensor, B: Tensor) -> Tensor:
    return _frobenius(A @ B)


def _mixed(A: Tensor, B: Tensor) -> Tensor:
    return _spectral(A) * _frobenius(B)


def _commutator(A: Tensor, B: Tensor) -> Tensor:
    return _frobenius(A @ B - B @ A)


def _frobenius_both(A: Tensor, B: Tensor) -> Tensor:
    return _frobenius(A) * _frobenius(B)


def _hadamard(A: Tensor) -> Tensor:
    return torch.linalg.vector_norm(A, dim=-1).prod(-1)


def _determinant(A: Tensor) -> Tensor:
    return torch.linalg.det(A).abs()


def _schur(A: Tensor) -> Tensor:
    return (A.abs().sum(-1).amax(-1) * A.abs().sum(-2).amax(-1)).sqrt()


def _traces(A: Tensor, B: Tensor) -> Tensor:
    return _trace(_positive(A)) * _trace(_positive(B))


def _trace_of_product(A: Tensor, B: Tensor) -> Tensor:
    return _trace(_positive(A) @ _positive(B))


def _entries(A: Tensor, B: Tensor) -> Tensor:
    return _largest(A @ B)


def _entries_both(A: Tensor, B: Tensor) -> Tensor:
    return _largest(A) * _largest(B)


def _radius_of_sum(A: Tensor, B: Tensor) -> Tensor:
    return _radius(A + B)


def _sum_of_radii(A: Tensor, B: Tensor) -> Tensor:
    return _radius(A) + _radius(B)


def _nuclear(A: Tensor) -> Tensor:
    return torch.linalg.svdvals(A).sum(-1)


def _spectral_of(A: Tensor) -> Tensor:
    return _spectral(A)


def _frobenius_of(A: Tensor) -> Tensor:
    return _frobenius(A)


def _trace_of(A: Tensor) -> Tensor:
    return _trace(A).abs()


def _radius_of(A: Tensor) -> Tensor:
    return _radius(A)


def _one_gap(A: Tensor) -> Tensor:
    """||A A^T - A^T A||_F, 0 where A is normal."""
    t = A.transpose(-2, -1)
    return _frobenius(A @ t - t @ A)


def _square(A: Tensor) -> Tensor:
    return _frobenius(A) ** 2


_BW = "sqrt(2)*s"

MATRICES: tuple[Known, ...] = (
    _matrix("product, Frobenius", _product, "s", 1, "B in the top right singular space", _mixed),
    _matrix("commutator", _commutator, _BW, 1, "Boettcher and Wenzel 2008", _frobenius_both),
    _matrix("Hadamard", _determinant, "s", 1, "orthogonal rows", _hadamard),
    _matrix("Schur test", _spectral_of, "s", 1, "diagonal matrices", _schur),
    _matrix("trace", _trace_of, f"sqrt({_N})*s", 1, "the identity", _frobenius_of),
    _matrix("trace of a product", _trace_of_product, "s", 1, "one common direction", _traces),
    _matrix("Golden-Thompson", _golden, "s", 1, "Golden, Thompson 1965: commuting", _thompson),
    _matrix("spectral radius", _radius_of, "s", 1, "normal matrices", _spectral_of),
    _matrix("nuclear norm", _nuclear, f"sqrt({_N})*s", 1, "orthogonal matrices", _frobenius_of),
    _matrix("self-commutator", _one_gap, _BW, 1, "A nilpotent: diag(1, -1, 0)", _square),
    _matrix("product, 0.99", _product, "99*s/100", 100 / 99, "identity", _mixed,
            witness={"A": _EYE, "B": _EYE}),
    _matrix("commutator, 1.4", _commutator, "7*s/5", math.sqrt(2) / 1.4, "nilpotent pair",
            _frobenius_both, witness={"A": _UP, "B": _DOWN}),
    _matrix("commutator, 1", _commutator, "s", math.sqrt(2), "nilpotent pair", _frobenius_both,
            witness={"A": _UP, "B": _DOWN}),
    _matrix("Hadamard x 0.99", _determinant, "99*s/100", 100 / 99, "identity", _hadamard,
            witness={"A": _EYE}),
    _matrix("trace, 1.7", _trace_of, "17*s/10", math.sqrt(3) / 1.7, "the identity", _frobenius_of,
            witness={"A": _EYE}),
    _matrix("largest entry of a product", _entries, "s", _N, "all ones", _entries_both,
            witness={"A": _ONES, "B": _ONES}),
    _matrix("largest entry, 2.9", _entries, "29*s/10", _N / 2.9, "all ones", _entries_both,
            witness={"A": _ONES, "B": _ONES}),
    _matrix("spectral radius of a sum", _radius_of_sum, "s", math.inf, "a nilpotent pair",
            _sum_of_radii, witness={"A": _UP, "B": _DOWN}),
    _matrix("spectral norm by 0.99 Frobenius", _spectral_of, "99*s/100", 100 / 99, "rank one",
            _frobenius_of, witness={"A": _UP}),
    _matrix("nuclear norm, 1.73", _nuclear, "173*s/100", math.sqrt(3) / 1.73, "the identity",
            _frobenius_of, witness={"A": _EYE}),
    _matrix("spectral norm by radius", _spectral_of, "10*s", math.inf, "a nilpotent matrix",
            _radius_of, witness={"A": _UP}),
)  # fmt: skip
