"""Feature norms and the comparison matrix of the WeightNorm network, at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from bounds.recursion import Coefficients
from bounds.unfolding import AffineSequence, MatrixEigenvalue, layer_values
from bounds.weightnorm.symbols import symbol

__all__ = ["ComparisonEigenvalue", "CrossEigenvalue", "FeatureNorm"]


class FeatureNorm(AffineSequence):
    """a_l = K^l xi + phi0 sum_(i<=l) K^(l-i) m_i^p, the bound on ||alpha^l||_2.

    Arguments (l, K, xi, phi0, p, width); width is m_layer, m, or m_max (over-bar a_l).
    """

    @property
    def letter(self) -> str:
        """a, with a bar where the largest width stands for all."""
        return r"\bar{a}" if self.args[5] == symbol("m_max") else "a"


class ComparisonEigenvalue(MatrixEigenvalue):
    """Largest eigenvalue of the comparison matrix M of 2 ||u|| A_L + nu B_L (T4), size L + 1.

    Arguments (L, K, beta, phi0, xi, nu, p, m, omega). With r_l = a_(l-1)/omega_l,
    q_l = K r_l / sqrt(m_l), w_l = nu K^(L-l) and T_k = sum_(l>k) w_l beta m_l^-p K^(2(l-1-k)):

        M_kk     = w_k (beta m_k^(-1/2-p) r_k^2 + (2/sqrt 3) q_k/omega_k) + q_k^2 T_k
        M_jk     = K^(k-j) q_j (h_k + q_k T_k),   j < k <= L
        M_(k,L+1) = K^(L-k) q_k,   M_(L+1,L+1) = 0
        h_k      = w_k (beta m_k^(-1/2-p) r_k (1 + sqrt(m_k))/2 + K m_k^(-1/2)/omega_k) / K
    """

    nargs = 9
    definitions = (
        r"M_{kk} = \nu K^{L-k}\left(\beta\, m_k^{-1/2-p}\, r_k^2 + \frac{2}{\sqrt{3}}"
        r"\frac{q_k}{\omega_k}\right) + q_k^2 T_k",
        r"M_{jk} = K^{k-j} q_j \left(h_k + q_k T_k\right)\ (j < k \le L)",
        r"M_{k,L+1} = K^{L-k} q_k",
        r"M_{L+1,L+1} = 0",
        r"r_l = \frac{a_{l-1}}{\omega_l}",
        r"q_l = \frac{K\, r_l}{\sqrt{m_l}}",
        r"h_k = \nu K^{L-k-1}\left(\frac{\beta\, r_k (1+\sqrt{m_k})}{2\, m_k^{1/2+p}}"
        r" + \frac{K}{\sqrt{m_k}\,\omega_k}\right)",
        r"T_k = \nu\beta\sum_{l=k+1}^{L} \frac{K^{L+l-2-2k}}{m_l^{p}}",
    )

    @staticmethod
    def from_values(space: Mapping[str, Any], *values: Any) -> Coefficients:
        """c_l s_l = m_l^(-1/2), s_l = m_l^(-p), |df/dalpha^l| <= w_l."""
        depth, K, beta, phi0, xi, nu, p, m, omega = values
        sqrt, half, L = space["sqrt"], space["Q"](1, 2), int(depth)
        width, norm = layer_values(m, L), layer_values(omega, L)
        a = [xi]
        for m_l in width[:-1]:
            a.append(K * a[-1] + m_l**p * phi0)
        w = [nu * K ** (L - l) for l in range(1, L + 1)]
        root = [sqrt(m_l) for m_l in width]
        r = [a_l / o for a_l, o in zip(a, norm, strict=True)]
        q = [K * r_l / m_l for r_l, m_l in zip(r, root, strict=True)]
        sharp = 2 / sqrt(3)
        return Coefficients(
            sensitivity=q,
            gain=[K] * L,
            reach=[r_l * m_l**-p for r_l, m_l in zip(r, width, strict=True)],
            gain_two=[m_l ** (half - p) for m_l in width],
            gain_max=[m_l**-p for m_l in width],
            bend=[beta * w_l * m_l ** (p - half) for w_l, m_l in zip(w, width, strict=True)],
            turn=[sharp * w_l * q_l / o for w_l, q_l, o in zip(w, q, norm, strict=True)],
            mixed=[K * w_l / (m_l * o) for w_l, m_l, o in zip(w, root, norm, strict=True)],
            output=1,
        )

    def sequence(self, layer: sp.Symbol) -> sp.Expr:
        """a_l, the feature norm."""
        _, K, _, phi0, xi, _, p, m, _ = self.args
        return FeatureNorm(layer, K, xi, phi0, p, m)


class CrossEigenvalue(ComparisonEigenvalue):
    """The same with the cross term of T27: in g-dot = p + q, p from below and q of the layer,
    ||p q||_2 <= ||p||_inf ||q||_2, so that the max norm of p counts for both of its copies:

        h_k = w_k (beta m_k^(-1/2-p) r_k + K m_k^(-1/2)/omega_k)/K
    """

    definitions = (
        *ComparisonEigenvalue.definitions[:6],
        r"h_k = \nu K^{L-k-1}\left(\frac{\beta\, r_k}{m_k^{1/2+p}}"
        r" + \frac{K}{\sqrt{m_k}\,\omega_k}\right)",
        ComparisonEigenvalue.definitions[7],
    )

    @staticmethod
    def from_values(space: Mapping[str, Any], *values: Any) -> Coefficients:
        """As above, the cross coefficient ||p||_inf = s_l A in place of the mean of both norms."""
        found = ComparisonEigenvalue.from_values(space, *values)
        return replace(found, cross=found.gain_max)
