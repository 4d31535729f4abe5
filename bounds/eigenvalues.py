"""Top eigenvalues of comparison matrices, for a symbolic and for a given depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bounds.recursion import Coefficients, comparison_entries, packed

__all__ = ["ComparisonEigenvalue", "MatrixEigenvalue", "PredecessorEigenvalue", "TopEigenvalue"]


class TopEigenvalue(sp.Function):
    """Largest eigenvalue of the symmetric matrix with this packed upper triangle (row by row)."""

    is_real = True


class MatrixEigenvalue(sp.Function):
    """Top eigenvalue of a comparison matrix of symbolic size; subclasses say which recursion."""

    is_real = True

    @staticmethod
    def from_values(space: Mapping[str, Any], *values: Any) -> Coefficients:
        """The recursion's coefficients for the arguments' values; `space` has sqrt and Q."""
        raise NotImplementedError

    def unroll(self) -> sp.Expr:
        """The same eigenvalue with every entry of the matrix written out; L must be a number."""
        coefficients = self.from_values({"sqrt": sp.sqrt, "Q": sp.Rational}, *self.args)
        entries = comparison_entries(coefficients)
        return TopEigenvalue(*(sp.sympify(entry) for entry in packed(entries)))

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = r"\lambda_{\max}\left(M\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"


def _layer_values(value: Any, depth: int) -> list[Any]:
    shared = isinstance(value, sp.Expr) and not isinstance(value, sp.IndexedBase)
    if shared or not hasattr(value, "__getitem__"):
        return [value] * depth
    return [value[l] for l in range(1, depth + 1)]


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

    @staticmethod
    def from_values(space: Mapping[str, Any], *values: Any) -> Coefficients:
        """c_l s_l = m_l^(-1/2), s_l = m_l^(-p), |df/dalpha^l| <= w_l."""
        depth, K, beta, phi0, xi, nu, p, m, omega = values
        sqrt, half, L = space["sqrt"], space["Q"](1, 2), int(depth)
        width, norm = _layer_values(m, L), _layer_values(omega, L)
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


class PredecessorEigenvalue(MatrixEigenvalue):
    """The same for the un-normalized network [B23]; arguments (L, K, beta, phi0, nu, gamma, m).

    alpha^l = phi(W^l alpha^(l-1)/sqrt(m_(l-1))), f = <v, alpha^L>/sqrt(m), ||x|| = sqrt(d),
    ||W^l||_2 <= gamma sqrt(m). With h_l >= ||alpha^l||/sqrt(m), h_0 = 1, h_l = K gamma h_(l-1)
    + phi0: sensitivity K h_(l-1), gain K gamma, no normalization and hence no turn.
    """

    nargs = 7

    @staticmethod
    def from_values(space: Mapping[str, Any], *values: Any) -> Coefficients:
        """Coefficients of the un-normalized network; the output layer carries 1/sqrt(m)."""
        depth, K, beta, phi0, nu, gamma, m = values
        root, gain, L = space["sqrt"](m), K * gamma, int(depth)
        h: list[Any] = [1]
        for _ in range(L - 1):
            h.append(gain * h[-1] + phi0)
        w = [nu / root * gain ** (L - l) for l in range(1, L + 1)]
        return Coefficients(
            sensitivity=[K * h_l for h_l in h],
            gain=[gain] * L,
            reach=h,
            gain_two=[gamma] * L,
            gain_max=[gamma] * L,
            bend=[beta * w_l for w_l in w],
            turn=[0] * L,
            mixed=[K * w_l / root for w_l in w],
            output=1 / root,
        )
