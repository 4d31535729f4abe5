"""Where each step of the depth-free proofs enters: read in the notation of the bound it serves.

A large side or a hypothesis that stems from the bound's own expression (its constant, its weight,
its matrix) is what ties the step to it.
"""

from __future__ import annotations

import sympy as sp

from bounds.algebra.step import Use
from bounds.catalogue import lemmas
from bounds.derivation import steps
from bounds.display import Smaller
from bounds.weightnorm import depth_free, smooth, tangent_kernel
from bounds.weightnorm.depth_chain import ChainLayers, mixed_constant
from bounds.weightnorm.first_order import feature_norm
from bounds.weightnorm.symbols import symbol

STEPS, LEMMAS = steps(), lemmas()
L, K, nu, xi = map(symbol, ("L", "K", "nu", "xi"))
beta, omega, m_min, m_max = map(symbol, ("beta", "omega", "m_min", "m_max"))
SPACE = {"sqrt": sp.sqrt, "Q": sp.Rational, "Max": sp.Max, "Min": sp.Min}
_ONE, _HALF = sp.S.One, sp.S.Half


def _depth_free(square: sp.Expr) -> sp.Expr:
    """The depth-free one of the two sums that a gradient bound is the smaller of."""
    outer = max(square.atoms(Smaller), key=sp.count_ops)
    return outer.args[0]


# T22: what the two gradient bounds say about (U, X), per K^L xi, at layers that are alike
m = symbol("m")
c, e = nu**2 / (m_min * omega**2), 1 / m_min
ZERO = _depth_free(depth_free.GRADIENT_PHI0_ZERO.at_equal_widths().expression).subs(m, m_min)
OFFSET = _depth_free(depth_free.GRADIENT.at_equal_widths().expression).subs(m, m_min)


def _at_excess(expression: sp.Expr, value: sp.Expr) -> sp.Expr:
    """The expression where nu^2/(m_min omega^2) has that value."""
    return expression.subs(nu, sp.sqrt(value * m_min) * omega)


def _raised(layer: sp.Expr) -> sp.Expr:
    return K ** (L - layer) * feature_norm(layer, m_min)


GRADIENT_USES = {
    "cap": (
        Use("shares", 0, large=LEMMAS["shares"].expression),
        Use("shares", 1, large=_ONE),
    ),
    "turned_row": (
        Use("gradient.phi0_zero", 0, {"A": 1 - e, "Q": _ONE, "e": e, "z": _ONE},
            large=_at_excess(ZERO.subs(L, 1), e)),
    ),
    "vertices": (
        Use("shares", 0, {"q": _ONE, "a": _ONE, "b": _ONE, "e": e,
                          "M": LEMMAS["shares"].expression}, large=LEMMAS["shares"].expression),
    ),
    "grad_step_1": (
        Use("gradient.phi0_zero", 0, {"X": _ONE, "U": sp.S.Zero, "e": e},
            large=_at_excess(ZERO, e)),
    ),
    "grad_step_2": (
        Use("gradient.phi0_zero", 0,
            {"X": 1 - e, "U": _ONE, "e": e, "A": sp.S.Zero, "B": _ONE, "Q": _ONE},
            small=_at_excess(ZERO, sp.Integer(4)) / 4, large=_at_excess(ZERO, sp.Integer(4)) / 4),
    ),
    "grad_final": (
        Use("gradient.phi0_zero", 0, {"c": c, "e": e, "M": ZERO}, large=ZERO),
        Use("gradient.phi0_zero", 0,
            {"c": sp.Integer(4), "e": e, "X": sp.S.Zero, "U": 2 - e,
             "M": _at_excess(ZERO, sp.Integer(4))}, small=_at_excess(ZERO, sp.Integer(4))),
    ),
    "grad_final_L1": (
        Use("gradient.phi0_zero", 0, {"c": c, "e": e, "M": ZERO.subs(L, 1)},
            large=ZERO.subs(L, 1)),
    ),
    "phi0_step": (
        Use("gradient", 0,
            {"a": _raised(L - 1), "b": _raised(L) - _raised(L - 1), "p": _raised(L - 2)},
            large=_at_excess(OFFSET, _ONE)),
    ),
    "phi0_last": (
        Use("gradient", 0,
            {"T": _raised(L) ** 2, "a": _raised(L - 1), "p": _raised(L - 2), "c": c,
             "d": sp.Max(c - 1, 0)}, large=OFFSET),
    ),
}  # fmt: skip


# T25: the mixed term's constant at depth L + 1 (M_2 = 1 has no stationary point)
class MixedConstant(sp.Function):
    """M_L as the chain computes it."""

    @classmethod
    def eval(cls, depth):
        return mixed_constant(SPACE, int(depth)) if depth.is_Integer else None


M = MixedConstant(L + 1)
MIXED_USES = {
    "orthogonal_rows": (
        Use("hessian.chain", 0,
            {"a": _ONE, "u": sp.S.Zero, "x": sp.sqrt(2 * (L + 1) / (L - 1)), "y": sp.S.Zero,
             "t": 1 / (L + 1)}, large=M ** (2 / (L - 1))),
    ),
    "mixed_minimum": (
        Use("hessian.chain", 0, {"L": L + 1},
            large=M / (2 * sp.sqrt((L + 1) / (L - 1)) ** (L + 1))),
        Use("hessian.chain", 1, {"L": L + 1}, large=M ** (2 / (L - 1))),
    ),
}  # fmt: skip


# T26: lambda* = 2/sqrt 3 + 8.9/m as hessian.sharp and closed write it, at widths of either case
_UNIT = {K: _ONE, xi: _ONE, symbol("phi0"): sp.S.Zero}
_TURN_AND_MIXED = depth_free.TURN_AND_MIXED.subs(_UNIT) * sp.sqrt(m_min) * omega**2


def _constant(width: sp.Expr) -> sp.Expr:
    return _TURN_AND_MIXED.subs(L, L + 2).subs(m_min, width)


TURN = _TURN_AND_MIXED.subs(L, 1)
_WIDE, _NARROW = m_min + 30, 34 - 22 / m_min
_E = sp.Rational(27183, 10000)
_SIN_WIDE, _SIN_NARROW = sp.Rational(43, 100), sp.Rational(41, 100)


def _units(width: sp.Expr) -> tuple[sp.Expr, dict[str, sp.Expr]]:
    """m^(-1/2) and the symbols of T26's closed form."""
    s = 1 / sp.sqrt(width)
    return s, {"s": s, "t": TURN}


_s, _wide = _units(_WIDE)
_n, _narrow = _units(_NARROW)
_lw, _ln = _constant(_WIDE), _constant(_NARROW)
_row_w, _row_n = sp.Rational(3, 4) * _lw**2, sp.Rational(3, 4) * _ln**2
_TIGHT = {"l": TURN, "k": _ONE, "c": 1 / sp.sqrt(3)}
TURN_USES = {
    "row_elimination": (
        Use("hessian.sharp", 0, _TIGHT, small=sp.S.Zero, large=sp.S.Zero),
        Use("hessian.sharp", 0, {"l": _lw, "k": _SIN_WIDE + _s},
            small=_row_w - (_SIN_WIDE + _s) ** 2),
    ),
    "row_elimination_flat": (
        Use("hessian.sharp", 0, {"l": _ln, "k": _SIN_NARROW + _n},
            small=_ln**2 - (_SIN_NARROW + _n) * _ln),
    ),
    "turn_alone": (
        Use("hessian.sharp", 0, {"l": TURN, "k": _ONE}, small=sp.S.Zero, large=sp.S.Zero),
    ),
    "cone_angle": (
        Use("hessian.sharp", 0,
            {"s": _s, "w": sp.sqrt(1 - _s**2), "y": _SIN_WIDE, "k": sp.sqrt(1 - _SIN_WIDE**2)},
            large=sp.sin(sp.asin(_SIN_WIDE) + sp.asin(_s))),
        Use("hessian.sharp", 1,
            {"s": _s, "w": sp.sqrt(1 - _s**2), "y": _SIN_WIDE, "k": sp.sqrt(1 - _SIN_WIDE**2)},
            large=_SIN_WIDE + _s),
    ),
    "coupled_rows": (
        Use("hessian.sharp", 0,
            {"A": (_row_w - 1) / _lw, "s": _s,
             "R": (_row_w - (_SIN_WIDE + _s) ** 2) / _lw - _E * _s}, small=sp.S.Zero),
        Use("hessian.sharp", 0,
            {"A": (_row_n - 1) / _ln, "s": _n, "R": _ln - (_SIN_NARROW + _n) - _E * _n},
            small=sp.S.Zero),
    ),
    "coupling": (  # 2 sqrt 2 s (x + y) against 4 s, the coefficient in coupled_rows
        Use("hessian.sharp", 0, {"x": 2 * _s, "y": 2 * _s}, small=(4 * _s) ** 2,
            large=(4 * _s) ** 2),
    ),
    "turn_and_mixed_wide": (
        Use("hessian.sharp", 0, _wide, large=_row_w - 1),
        Use("hessian.sharp", 1, _wide, small=4 * _lw**2,
            large=(_row_w - 1) / _s**2 * (_row_w - (_SIN_WIDE + _s) ** 2 - _E * _s * _lw)),
        Use("hessian.sharp", 2, _wide, small=_E * _s * _lw, large=_row_w - 1 + _SIN_WIDE**2),
    ),
    "turn_and_mixed_narrow": (
        Use("hessian.sharp", 0, _narrow, small=_E * _n * _ln,
            large=_row_n - 1 + _SIN_NARROW**2),
        Use("hessian.sharp", 1, _narrow, small=_SIN_NARROW + _n, large=_ln / 2),
        Use("hessian.sharp", 2, _narrow, small=4 * _n**2 * _ln**2,
            large=(_row_n - 1) * (_ln**2 - (_SIN_NARROW + _n) * _ln - _E * _n * _ln)),
    ),
}  # fmt: skip


# T27, T28: the chain of two layers at K = xi = 1, phi(0) = 0
def _layers(first: sp.Expr, second: sp.Expr) -> ChainLayers:
    unit, norm = [_ONE, _ONE, _ONE], [omega, omega]
    return ChainLayers(SPACE, 2, _ONE, nu, beta, _HALF, [first, second], norm, unit, False)


_PAIR, _THIN = _layers(m_min, m_max), _layers(_ONE, _ONE)
_V = _PAIR.bend(1)[2] + _PAIR.turn(1)
_P, _X, _R = _PAIR.bend(2)
_X, _R = _X + _PAIR.mixed_pair(2), _R + _PAIR.turn(2)
_TOP = _PAIR.chain(_PAIR.turn, _PAIR.mixed_pair)
# eigenvector (x, t): (V + P - T) x + X t = 0
_LENGTH = sp.sqrt(_X**2 + (_TOP - _V - _P) ** 2)
_p, _x, _r = _THIN.bend(2)
BEND_USES = {
    "max_norm_split": (  # per row; at width 1 the row is all there is
        Use("hessian.chain", 0,
            {"p": sp.sqrt(_p), "x": sp.sqrt(_p), "q": sp.sqrt(_r)}, small=_p + 2 * _x + _r,
            large=_p + 2 * _x + _r),
    ),
    "pair_sum": (  # 2 sqrt 2 sqrt(sum W^2) sqrt(sum T^2 t^2): the coefficient 2 of the cross term
        Use("hessian.sharp", 0, {"P": sp.Rational(1, 8), "S": _HALF, "x": _HALF},
            large=(depth_free.CROSS_FACTOR / 2) ** 2 / 2),
    ),
    "jacobian_bound": (
        Use("hessian.sharp", 0,
            {"w": depth_free.W_MAX, "K": K, "a": feature_norm(L - 1, m_max),
             "b": feature_norm(L - 2, m_max), "A": feature_norm(L, m_max)},
            small=depth_free.jacobian_squared(sp.S.Zero),
            large=depth_free.LATER_FACTOR * depth_free.W_MAX * feature_norm(L, m_max) ** 2),
    ),
    "two_by_two": (
        Use("hessian.chain", 0,
            {"V": _V, "P": _P, "X": _X, "R": _R, "T": _TOP, "x": _X / _LENGTH,
             "t": (_TOP - _V - _P) / _LENGTH}, small=_TOP, large=_TOP),
    ),
}  # fmt: skip
# T30, T31: at slope 0 and the bend that Landau allows there
_BETA2 = symbol("beta2")
SMOOTH_USES = {
    "landau": (
        Use("input_hessian.smooth", 0,
            {"s": sp.S.Zero, "b": sp.sqrt(smooth.LANDAU), "k": _BETA2, "K": K,
             "t": sp.sqrt(smooth.LANDAU) / _BETA2}, large=smooth.LANDAU),
    ),
}  # fmt: skip
# over a sample, where v = 0 leaves the features alone
_COUNT, _WHOLE = symbol("n"), symbol("X")
KERNEL_USES = {
    "quadratic_mean": (
        Use("tangent_kernel", 0,
            {"n": _COUNT, "T": _WHOLE / sp.sqrt(_COUNT), "S": sp.sqrt(_COUNT) * _WHOLE, "k": K**L,
             "b": feature_norm(L).subs(xi, 0)},
            large=tangent_kernel.TANGENT_KERNEL.expression.subs(nu, 0)),
    ),
}  # fmt: skip
DEPTH_USES = {**KERNEL_USES, **SMOOTH_USES, **GRADIENT_USES, **MIXED_USES, **TURN_USES, **BEND_USES}
