"""Textbook facts at the leaves of the derivations: stated and cited, not re-proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FACTS", "Fact"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that any textbook proves: name, sentence, LaTeX."""

    name: str
    sentence: str
    latex: str


_ALL = (
    Fact(
        "chain_rule",
        "the chain rule for first and second derivatives",
        r"\frac{d}{d\tau}\varphi(g) = \varphi'(g)\,\dot g",
    ),
    Fact(
        "lipschitz",
        "|phi(t)| <= K |t| + |phi(0)| (mean value theorem)",
        r"|\varphi(t)| \le K|t| + \phi_0",
    ),
    Fact(
        "frobenius",
        "the spectral norm is at most the Frobenius norm",
        r"\|\hat W\|_2 \le \|\hat W\|_F",
    ),
    Fact(
        "projection",
        "d/dtau of w/||w|| is the projection of Delta, divided by ||w||",
        r"\frac{d}{d\tau}\frac{w}{\|w\|} = \frac{(I - \hat w\hat w^\top)\Delta}{\|w\|}",
    ),
    Fact(
        "block_diagonal",
        "the norm of a block diagonal operator is that of its largest block",
        r"\|\mathrm{diag}(A_i)\|_2 = \max_i\|A_i\|_2",
    ),
    Fact(
        "cauchy_schwarz_inequality",
        "the Cauchy-Schwarz inequality",
        r"|\langle a,b\rangle| \le \|a\|\,\|b\|",
    ),
    Fact(
        "rayleigh",
        "a quadratic form on unit vectors is at most its top eigenvalue",
        r"x^\top M x \le \lambda_{\max}(M)\|x\|^2",
    ),
    Fact(
        "schur_test",
        "the top eigenvalue of a symmetric non-negative matrix is at most its largest row sum",
        r"\lambda_{\max}(M) \le \max_j \sum_k M_{jk}",
    ),
    Fact(
        "chain_eigenvalue",
        "the matrix L+1-max(j,k) inverts the second difference with one free end; its top "
        "eigenvalue is 1/(4 sin^2(pi/(4L+2)))",
        r"\lambda_{\max}(L+1-\max(j,k)) = \frac{1}{4\sin^2(\pi/(4L+2))}",
    ),
    Fact(
        "ledoux_talagrand",
        "contraction principle [Ledoux-Talagrand 1991, Thm 4.12], also for "
        "convex increasing functions of the supremum",
        r"\mathbb{E}\sup|\sum\epsilon_i\varphi(t_i)| \le 2K\,\mathbb{E}\sup|\sum\epsilon_i t_i|",
    ),
    Fact("jensen", "Jensen's inequality", r"\mathbb{E}Z \le \sqrt{\mathbb{E}Z^2}"),
    Fact(
        "taylor",
        "Taylor's formula with integral remainder",
        r"\mathcal{L}(\theta+\delta) = \mathcal{L} + \langle\delta,\nabla\mathcal{L}\rangle + "
        r"\int_0^1 (1-s)\,\delta^\top\nabla^2\mathcal{L}(\theta+s\delta)\,\delta\,ds",
    ),
    Fact(
        "minkowski",
        "the triangle inequality for root mean squares: sqrt(L) is G-Lipschitz",
        r"\sqrt{\mathcal{L}(\theta+\delta)} \le \sqrt{\mathcal{L}(\theta)} + G\|\delta\|",
    ),
    Fact(
        "pythagoras",
        "Pythagoras: a vector orthogonal to w only lengthens it",
        r"\|w - \eta g\|^2 = \|w\|^2 + \eta^2\|g\|^2",
    ),
    Fact(
        "convex_maximum",
        "a convex sequence is largest at one of its ends",
        r"W_l \le \max(W_1, W_L)",
    ),
)
FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _ALL})
