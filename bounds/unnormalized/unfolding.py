"""Feature norms and the comparison matrix of the un-normalized network, at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bounds.recursion import Coefficients
from bounds.unfolding import AffineSequence, MatrixEigenvalue

__all__ = ["ComparisonEigenvalue", "FeatureNorm"]


class FeatureNorm(AffineSequence):
    """h_l = K gamma h_(l-1) + phi0 with h_0 = 1, the bound on ||alpha^l||_2/sqrt(m)."""

    @property
    def letter(self) -> str:
        """h, as in the papers (whose h(l) is our h_(l-1))."""
        return "h"


class ComparisonEigenvalue(MatrixEigenvalue):
    """The same for the un-normalized network [B23]; arguments (L, K, beta, phi0, nu, gamma, m).

    alpha^l = phi(W^l alpha^(l-1)/sqrt(m_(l-1))), f = <v, alpha^L>/sqrt(m), ||x|| = sqrt(d),
    ||W^l||_2 <= gamma sqrt(m). With h_l >= ||alpha^l||/sqrt(m), h_0 = 1, h_l = K gamma h_(l-1)
    + phi0: sensitivity K h_(l-1), gain K gamma, no normalization and hence no turn.
    """

    nargs = 7
    definitions = (
        r"M_{kk} = \frac{\nu\beta}{\sqrt{m}}(K\gamma)^{L-k} h_{k-1}^2 + q_k^2 T_k",
        r"M_{jk} = (K\gamma)^{k-1-j} q_j\left(\frac{\nu}{\sqrt{m}}(K\gamma)^{L-k}"
        r"\left(\beta\gamma h_{k-1} + \frac{K}{\sqrt{m}}\right) + K\gamma\, q_k T_k\right)"
        r"\ (j < k \le L)",
        r"M_{k,L+1} = \frac{(K\gamma)^{L-k} q_k}{\sqrt{m}}",
        r"M_{L+1,L+1} = 0",
        r"q_l = K h_{l-1}",
        r"T_k = \frac{\nu\beta\gamma^2}{\sqrt{m}}\sum_{l=k+1}^{L} (K\gamma)^{L+l-2-2k}",
    )
    sequence_letter = "h"

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

    def sequence(self, layer: sp.Symbol) -> sp.Expr:
        """h_l, the feature norm."""
        _, K, _, phi0, _, gamma, m = self.args
        return FeatureNorm(layer, K * gamma, sp.S.One, phi0, sp.S.Zero, m)
