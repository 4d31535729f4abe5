"""States inside a certificate's tube that do the kernel as much harm as a greedy search can."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.relu_two_layer.certificate import Certificate
from tests.relu_two_layer.problems import Problem


def worst_least_eigenvalue(found: Problem, proof: Certificate, seed: int, rounds: int = 6) -> float:
    """The least eigenvalue of (1/m) sum_k D_k X Q_k^2 X^T D_k found for patterns that differ from
    the present ones on candidates only, rows turned by at most D_k, gains moved by at most dg_k.
    Patterns need not be those of the turned rows: the certificate covers every one of them."""
    generator = torch.Generator().manual_seed(seed)
    v, g, x = found.network.v[0], found.network.g[0], found.x
    m, d = v.shape
    norms = v.norm(dim=-1)
    u = v / norms.unsqueeze(-1)
    pattern = ((x @ u.T) > 0).double()
    may = proof.may_flip if proof.may_flip is not None else torch.zeros_like(pattern).bool()
    rho_low = ((g.abs() - proof.gain_change) / norms).clamp_min(0.0)
    rho_high = (g.abs() + proof.gain_change) / norms
    turned = _turned(u, torch.randn(m, d, generator=generator, dtype=torch.float64), proof.turn)
    rho = rho_low
    best = torch.inf
    for _ in range(rounds):
        kernel = _kernel(x, turned, rho, pattern)
        values, vectors = torch.linalg.eigh(kernel)
        best = min(best, float(values[0]))
        b = vectors[:, 0]
        pattern = _patterns(x, turned, rho, pattern, may, b)
        w = (pattern * b.unsqueeze(-1)).T @ x  # X^T D_k b, (m, d)
        # ||Q w||^2 = rho^2 |w|^2 + (1 - rho^2) <u, w>^2: towards or away from w, whichever hurts
        towards = torch.where((rho > 1.0).unsqueeze(-1), w, -(turned * w).sum(-1, keepdim=True) * w)
        turned = _turned(u, towards, proof.turn)
        away = (w.square().sum(-1) - (turned * w).sum(-1).square()) > 0
        rho = torch.where(away, rho_low, rho_high)
    kernel = _kernel(x, turned, rho, pattern)
    return min(best, float(torch.linalg.eigvalsh(kernel)[0]))


def _turned(u: Tensor, direction: Tensor, most: Tensor) -> Tensor:
    """Rows turned by exactly `most` in the plane of u and the direction (by 0 if parallel)."""
    across = direction - (direction * u).sum(-1, keepdim=True) * u
    size = across.norm(dim=-1, keepdim=True)
    across = torch.where(size > 1e-12, across / size.clamp_min(1e-300), 0.0)
    angle = most.clamp_max(torch.pi).unsqueeze(-1) * (size > 1e-12)
    return u * torch.cos(angle) + across * torch.sin(angle)


def _kernel(x: Tensor, u: Tensor, rho: Tensor, pattern: Tensor) -> Tensor:
    a = (x @ u.T) * pattern
    weight = rho.square()
    flat = (pattern * weight) @ pattern.T * (x @ x.T)
    return (flat + (a * (1.0 - weight)) @ a.T) / len(rho)


def _patterns(x: Tensor, u: Tensor, rho: Tensor, pattern: Tensor, may: Tensor, b: Tensor) -> Tensor:
    """Flip candidates one at a time where that lowers b^T N_k b."""
    found = pattern.clone()
    for i, k in may.nonzero().tolist():
        quadratic = []
        for value in (0.0, 1.0):
            found[i, k] = value
            w = (found[:, k] * b) @ x
            along = torch.dot(u[k], w)
            quadratic.append(rho[k] ** 2 * (w @ w - along**2) + along**2)
        found[i, k] = float(quadratic[1] < quadratic[0])
    return found
