"""The rung "chain" (T28): the Hessian bound layer by layer, as sharp as the depth-free proofs are.

With T_l^2 = t_1^2 + .. + t_l^2, J_l the bound on ||d alpha^l/dW|| (T23) and k_l = nu K^(L-l),

    P_l = k_l beta m_l^-p J_(l-1)^2                       bend of what comes from below
    X_l = k_l beta m_l^(-1/2-p) (a_(l-1)/omega_l) J_(l-1) its cross term (T27)
    R_l = k_l beta m_l^(-1/2-p) (a_(l-1)/omega_l)^2       bend of the layer's own part
    V_0 = 0,  V_l = lambda_max [[V_(l-1) + P_l, X_l], [X_l, R_l]],

and turn and mixed terms in three ways: both inside the chain (A), the turn inside and the mixed
term by T25 (B), both by T26 (C). The bound is (V + sqrt(V^2 + 4 J_L^2))/2 for the least V.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from bounds.display import Smaller
from bounds.statement import Bound, Source
from bounds.unfolding import MatrixEigenvalue, layer_values
from bounds.vocabulary import PHI0_ZERO, SLOPE, SMOOTH
from bounds.weightnorm.assumptions import PLACEMENT, UNIT_ROWS
from bounds.weightnorm.symbols import NOTATION, layer_symbol, symbol
from bounds.weightnorm.unfolding import CrossEigenvalue, FeatureNorm

__all__ = ["BOUNDS", "CHAIN", "CROSS", "ChainLayers", "DepthChain", "mixed_constant"]

_TURN_AND_MIXED = 89  # T26: lambda* <= 2/sqrt 3 + (89/10)/m where that is below M_L/sqrt m


def mixed_constant(space: Mapping[str, Any], depth: int) -> Any:
    """M_L of T25: 0, 1, then (L/(L-2))^((L-2)/2)."""
    if depth < 3:
        return depth - 1
    return space["sqrt"](space["Q"](depth, depth - 2)) ** (depth - 2)


@dataclass(frozen=True)
class ChainLayers:
    """Everything the chain reads, for one number system: `space` has sqrt, Q, Max, Min."""

    space: Mapping[str, Any]
    depth: int
    K: Any
    nu: Any
    beta: Any
    p: Any
    width: list[Any]
    norm: list[Any]
    a: list[Any]  # a_0 .. a_L
    phi0_zero: bool

    def root(self, l: int) -> Any:
        """sqrt(m_l)."""
        return self.space["sqrt"](self.width[l - 1])

    def thinnest(self, values: list[Any], kind: str) -> Any:
        """The largest or smallest of a list."""
        return values[0] if len(values) == 1 else self.space[kind](*values)

    def w(self) -> Any:
        """max_l 1/(m_l omega_l^2)."""
        pairs = zip(self.width, self.norm, strict=True)
        return self.thinnest([1 / (m * o**2) for m, o in pairs], "Max")

    def jacobian(self, l: int) -> Any:
        """J_l^2."""
        if l == 0:
            return 0
        square = self.K**2 * self.a[l - 1] ** 2
        if l > 1:
            lost = 1 - 1 / self.thinnest(self.width, "Max") if self.phi0_zero else 1
            square = square + lost * self.K**4 * self.a[l - 2] ** 2
        return self.w() * square

    def back(self, l: int) -> Any:
        """k_l = nu K^(L-l)."""
        return self.nu * self.K ** (self.depth - l)

    def turn(self, l: int) -> Any:
        """The turn of layer l, per t_l^2."""
        reach = self.back(l) * self.K * self.a[l - 1]
        return 2 / self.space["sqrt"](3) * reach / (self.root(l) * self.norm[l - 1] ** 2)

    def mixed(self) -> Any:
        """The mixed term by T25."""
        if self.depth < 2:
            return 0
        below = self.K**2 * self.a[self.depth - 2]
        return self.nu * mixed_constant(self.space, self.depth) * self.w() * below

    def turn_and_mixed(self) -> Any:
        """Both by T26."""
        sqrt, Q = self.space["sqrt"], self.space["Q"]
        m = self.thinnest(self.width, "Min")
        own = 2 / sqrt(3)
        if self.depth > 1:
            mixed = mixed_constant(self.space, self.depth) / sqrt(m)
            own = own + self.space["Min"](mixed, Q(_TURN_AND_MIXED, 10) / m)
        omega = self.thinnest(self.norm, "Min")
        return own * self.nu * self.K * self.a[self.depth - 1] / (sqrt(m) * omega**2)

    def bend(self, l: int) -> tuple[Any, Any, Any]:
        """P_l, X_l, R_l."""
        k, m = self.back(l) * self.beta, self.width[l - 1]
        reach, step = self.a[l - 1] / self.norm[l - 1], self.jacobian(l - 1)
        thin = k * m ** (-self.space["Q"](1, 2) - self.p)
        return k * m**-self.p * step, thin * reach * self.space["sqrt"](step), thin * reach**2

    def chain(self, turn: Callable[[int], Any], cross: Callable[[int], Any]) -> Any:
        """V_L with these further terms in the layer's own and in the cross coefficient."""
        value = self.bend(1)[2] + turn(1)
        for l in range(2, self.depth + 1):
            below, x, own = self.bend(l)
            below, x, own = below + value, x + cross(l), own + turn(l)
            half = (below - own) / 2
            value = (below + own) / 2 + self.space["sqrt"](half**2 + x**2)
        return value

    def mixed_pair(self, l: int) -> Any:
        """The mixed term of layer l with what comes from below, per T_(l-1) t_l, half."""
        step = self.space["sqrt"](self.jacobian(l - 1))
        return self.back(l) * self.K * step / (self.root(l) * self.norm[l - 1])


class DepthChain(MatrixEigenvalue):
    """The right side of T28; arguments (L, K, beta, phi0, xi, nu, p, m, omega, zero).

    zero: 1 where phi(0) = 0, which sharpens J_l^2 by the factor 1 - 1/max m of its second term.
    """

    nargs = 10
    definitions = (
        r"H_{\mathrm{chain}} = \tfrac12\left(V_L + \sqrt{V_L^2 + 4 J_L^2}\right)"
        r"\text{ with turn and mixed terms in } V_L",
        r"V_l = \lambda_{\max}\begin{pmatrix} V_{l-1} + P_l & X_l \\ X_l & R_l\end{pmatrix}",
        r"P_l = \nu K^{L-l}\beta\, m_l^{-p} J_{l-1}^2",
        r"X_l = \nu K^{L-l}\beta\, m_l^{-1/2-p} \frac{a_{l-1}}{\omega_l} J_{l-1}",
        r"R_l = \nu K^{L-l}\beta\, m_l^{-1/2-p} \frac{a_{l-1}^2}{\omega_l^2}",
        r"J_l^2 = \max_k \frac{1}{m_k\omega_k^2}\left(K^2 a_{l-1}^2 + K^4 a_{l-2}^2\right)",
    )

    @classmethod
    def value(cls, space: Mapping[str, Any], *values: Any) -> Any:
        """The bound itself: the least of the three chains, joined with the output layer."""
        depth, K, beta, phi0, xi, nu, p, m, omega, zero = values
        L, sqrt = int(depth), space["sqrt"]
        width, norm = layer_values(m, L), layer_values(omega, L)
        a = [xi]
        for m_l in width:
            a.append(K * a[-1] + m_l**p * phi0)
        layers = ChainLayers(space, L, K, nu, beta, p, width, norm, a, bool(int(zero)))
        inside = layers.chain(layers.turn, layers.mixed_pair)
        split = layers.chain(layers.turn, lambda l: 0) + layers.mixed()
        apart = layers.chain(lambda l: 0, lambda l: 0) + layers.turn_and_mixed()
        least = inside if L == 1 else space["Min"](inside, split, apart)
        return (least + sqrt(least**2 + 4 * layers.jacobian(L))) / 2

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return r"H_{\mathrm{chain}}" if exp is None else rf"H_{{\mathrm{{chain}}}}^{{{exp}}}"

    def sequence(self, layer: sp.Symbol) -> sp.Expr:
        """a_l, the feature norm."""
        _, K, _, phi0, xi, _, p, m, _, _ = self.args
        return FeatureNorm(layer, K, xi, phi0, p, m)


L, K, nu, xi, phi0, p, beta = map(symbol, ("L", "K", "nu", "xi", "phi0", "p", "beta"))
_ARGUMENTS = (K, beta, phi0, xi, nu, p, layer_symbol("m"), layer_symbol("omega"))
_NEEDS = (UNIT_ROWS, SLOPE, SMOOTH, PLACEMENT)
_SHARPER = Source("[CV25]", "arXiv 2409.08935v2", "Thm 4.1", "T28", relation="sharper than")
_PROOF = (
    "jacobian",
    "normalization_second",
    "orthogonal_rows",
    "parseval",
    "superposition",
    "arithmetic_geometric",
    "mixed_minimum",
    "row_elimination",
    "row_elimination_flat",
    "turn_alone",
    "cone_angle",
    "coupled_rows",
    "coupling",
    "max_norm_split",
    "two_by_two",
    "output_split",
    "rayleigh",
)

CROSS = Bound(
    name="hessian.recursive.cross",
    quantity="hessian_norm",
    expression=CrossEigenvalue(L, *_ARGUMENTS),
    assumptions=_NEEDS,
    source=Source("[CV25]", "arXiv 2409.08935v2", "Thm 4.1", "T27", relation="sharper than"),
    notation=NOTATION,
    uses=("hessian.recursive", "max_norm_split"),
)
CHAIN = Bound(
    name="hessian.chain",
    quantity="hessian_norm",
    expression=Smaller(DepthChain(L, *_ARGUMENTS, 0), CROSS.expression),
    assumptions=_NEEDS,
    source=_SHARPER,
    notation=NOTATION,
    uses=("hessian.recursive.cross", *_PROOF),
)
_ZERO = tuple(sp.S.Zero if argument == phi0 else argument for argument in _ARGUMENTS)
CHAIN_PHI0_ZERO = Bound(
    name="hessian.chain.phi0_zero",
    quantity="hessian_norm",
    expression=Smaller(DepthChain(L, *_ZERO, 1), CrossEigenvalue(L, *_ZERO)),
    assumptions=(*_NEEDS, PHI0_ZERO),
    source=Source("[CV25]", "arXiv 2409.08935v2", "Cor 4.1", "T28", relation="sharper than"),
    notation=NOTATION,
    uses=("hessian.recursive.cross", "grad_final", *_PROOF),
)
BOUNDS = (CROSS, CHAIN, CHAIN_PHI0_ZERO)
