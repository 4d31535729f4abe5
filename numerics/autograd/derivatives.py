"""Norms of first and second derivatives of a scalar function of a dictionary of tensors.

f maps {name: tensor} to a tensor without axes. Everything is torch alone, so that it can be mapped
over samples (`torch.func.vmap`), differentiated once more, and run with other roundings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "DENSE",
    "gradient_norm",
    "hessian_eigenvalues",
    "krylov_norm",
    "krylov_top",
    "krylov_vector",
]

#: Up to so many variables the Hessian is formed, and both ends are known.
DENSE = 256
_STEPS = 24  # of Lanczos, where it is not
_NEW = 1e-8  # part of a product with H that must be new to it

Tensors = Mapping[str, Tensor]
Scalar = Callable[[Tensors], Tensor]


def gradient_norm(f: Scalar, at: Tensors) -> Tensor:
    """||grad f||_2 over all tensors together."""
    found = torch.func.grad(lambda t: f(t))(dict(at))
    return torch.linalg.vector_norm(torch.cat([g.reshape(-1) for g in found.values()]))


def hessian_eigenvalues(f: Scalar, at: Tensors, *, mapped: bool = True) -> Tensor:
    """All eigenvalues of the Hessian, ascending, (p,). mapped: rows side by side, not in turn."""
    flat, shaped = _flattened(at)
    product = _products(f, flat, shaped)
    basis = torch.eye(flat.numel(), dtype=flat.dtype, device=flat.device)
    rows = torch.func.vmap(product)(basis) if mapped else torch.stack([product(e) for e in basis])
    return torch.linalg.eigvalsh(0.5 * (rows + rows.T))


def krylov_vector(f: Scalar, at: Tensors, *, top: bool) -> Tensor:
    """A unit vector (p,) near which the Hessian is large: in norm, or (top) in its quadratic form.

    Lanczos with full orthogonalization from a seeded start; no gradient flows through it.
    """
    flat, shaped = _flattened(at)
    return _ritz(_products(f, flat, shaped), flat, top).detach()


def krylov_norm(f: Scalar, at: Tensors, v: Tensor) -> Tensor:
    """||H v||_2 / ||v||_2: a lower bound of ||H||_2, whatever v is."""
    flat, shaped = _flattened(at)
    product = _products(f, flat, shaped)
    return torch.linalg.vector_norm(product(v)) / torch.linalg.vector_norm(v)


def krylov_top(f: Scalar, at: Tensors, v: Tensor) -> Tensor:
    """<v, H v> / <v, v>: a lower bound of the largest eigenvalue of H, whatever v is."""
    flat, shaped = _flattened(at)
    return torch.dot(v, _products(f, flat, shaped)(v)) / torch.dot(v, v)


def _flattened(at: Tensors) -> tuple[Tensor, Callable[[Tensor], dict[str, Tensor]]]:
    """All tensors as one vector, and the way back."""
    shapes = {name: value.shape for name, value in at.items()}

    def shaped(flat: Tensor) -> dict[str, Tensor]:
        parts = flat.split([shape.numel() for shape in shapes.values()])
        return {n: p.reshape(s) for (n, s), p in zip(shapes.items(), parts, strict=True)}

    return torch.cat([value.reshape(-1) for value in at.values()]), shaped


def _products(
    f: Scalar, flat: Tensor, shaped: Callable[[Tensor], dict[str, Tensor]]
) -> Callable[[Tensor], Tensor]:
    """v -> H v, by reverse mode twice."""
    def on_vector(t: Tensor) -> Tensor:
        return f(shaped(t))

    pull: Callable[..., Any] = torch.func.vjp(torch.func.grad(on_vector), flat)[1]

    def product(v: Tensor) -> Tensor:
        found: Tensor = pull(v)[0]
        return found

    return product


def _ritz(product: Callable[[Tensor], Tensor], like: Tensor, top: bool) -> Tensor:
    """The Ritz vector of the wanted end after a few steps, each orthogonalized twice."""
    size = like.numel()
    # scattered and fixed: nothing random may be drawn while samples go side by side
    start = torch.sin(torch.arange(1, size + 1, dtype=like.dtype, device=like.device).square())
    v = start / torch.linalg.vector_norm(start)
    basis, images, valid = [v], [product(v)], [torch.ones_like(v[0])]
    for _ in range(min(_STEPS, size) - 1):
        w = images[-1]
        before = torch.linalg.vector_norm(w)
        for _ in range(2):
            q = torch.stack(basis)
            w = w - q.T @ (q @ w)
        length = torch.linalg.vector_norm(w)
        new = length > _NEW * before  # else the space is invariant, and a zero vector is added
        basis.append(torch.where(new, w / torch.where(new, length, 1.0), 0.0))
        images.append(product(basis[-1]))
        valid.append(new.to(v.dtype))
    q = torch.stack(basis)
    small = q @ torch.stack(images).T
    small = 0.5 * (small + small.T)
    low = -1.0 - 2.0 * len(basis) * small.abs().amax()  # below every eigenvalue
    small = small + torch.diag((1.0 - torch.stack(valid)) * (low if top else 0.0))
    values, vectors = torch.linalg.eigh(small)
    chosen = torch.full_like(values[:1], len(basis) - 1).long() if top else values.abs().argmax()
    return q.T @ torch.index_select(vectors, 1, chosen.reshape(1)).reshape(-1)
