"""What depends on the layer: feature norms, sums over layers, and writing them out at a depth.

They are sympy objects that stay short in print (a_l, lambda_max(M)) with a symbolic depth, and
unfold into plain arithmetic when the depth is a number (`unroll`).
"""

from __future__ import annotations

import functools
from typing import Any

import sympy as sp

from bounds.display import Named
from bounds.eigenvalues import MatrixEigenvalue, TopEigenvalue
from bounds.errors import BoundsError
from bounds.notation import layer_symbol, symbol

__all__ = [
    "FeatureNorm",
    "TopEigenvalue",
    "at",
    "closed_sum",
    "equal_layers",
    "tidy",
    "unroll",
    "written_out",
]


def at(base: sp.Basic, index: sp.Expr | int) -> sp.Expr:
    """base[index] for a per-layer symbol, base itself for a symbol shared by all layers."""
    return base[index] if isinstance(base, sp.IndexedBase) else base


class FeatureNorm(sp.Function):
    """a_l = K^l xi + phi0 sum_(i<=l) K^(l-i) m_i^p, the bound on ||alpha^l||_2.

    Arguments (l, K, xi, phi0, p, width); width is m_layer, m, or m_max. Zero for l < 0, where it
    only ever stands with a factor zero.
    """

    nargs = 6

    @classmethod
    def eval(
        cls, l: sp.Expr, K: sp.Expr, xi: sp.Expr, phi0: sp.Expr, p: sp.Expr, width: sp.Basic
    ) -> sp.Expr | None:
        if l.is_Integer and l < 0:
            return sp.S.Zero
        if phi0.is_zero or l.is_zero:
            return K**l * xi
        return None

    def definition(self) -> sp.Expr:
        """The sum that a_l stands for, with a symbolic l."""
        l, K, xi, phi0, p, width = self.args
        i = sp.Symbol("i", integer=True, positive=True)
        if isinstance(width, sp.IndexedBase):
            return K**l * xi + phi0 * sp.Sum(K ** (l - i) * width[i] ** p, (i, 1, l))
        return K**l * xi + phi0 * width**p * sp.Sum(K ** (i - 1), (i, 1, l))

    def doit(self, **hints: Any) -> sp.Expr:
        """The definition, with its sum evaluated where sympy can."""
        return self.definition().doit(**hints)

    def unroll(self) -> sp.Expr:
        """a_l by its recursion a_l = K a_(l-1) + m_l^p phi0; l must be a number."""
        l, K, xi, phi0, p, width = self.args
        total = xi
        for i in range(1, int(l) + 1):
            total = K * total + at(width, i) ** p * phi0
        return total

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        letter = r"\bar{a}" if self.args[5] == symbol("m_max") else "a"
        letter = "h" if self.args[1].has(symbol("gamma")) else letter
        text = rf"{letter}_{{{printer._print(self.args[0])}}}"
        return text if exp is None else rf"{text}^{{{exp}}}"


def written_out(expression: sp.Expr) -> sp.Expr:
    """The expression with names and feature norms replaced by the sums they stand for."""
    while expression.has(Named):
        expression = expression.replace(Named, lambda _, body: body)
    return expression.replace(lambda e: isinstance(e, FeatureNorm), lambda e: e.definition())


def _pull_out(term: sp.Sum) -> sp.Expr:
    index, low, high = term.limits[0]
    inner, rest = term.function.as_independent(index, as_Add=False)
    if rest == 1:
        return inner * (high - low + 1)
    return inner * closed_sum(term.func(rest, term.limits[0]))


@functools.lru_cache(maxsize=256)
def closed_sum(term: sp.Sum) -> sp.Expr:
    """The sum in closed form; as it stands where that depends on a symbolic ratio being 1."""
    index, body = term.limits[0][0], term.function
    powers = (power for power in body.atoms(sp.Pow) if power.exp.has(index))
    if body.has(sp.Sum, FeatureNorm, sp.Indexed) or any(not p.base.is_number for p in powers):
        return term
    done = term.doit()
    return term if done.has(sp.Piecewise, sp.Sum) else sp.factor(done)


def _merge(expression: sp.Basic, memo: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    """powsimp on every product that repeats a base; each subexpression is visited once."""
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    if expression not in memo:
        result = expression.func(*(_merge(arg, memo) for arg in expression.args))
        if result.is_Mul:
            bases = [arg.as_base_exp()[0] for arg in result.args]
            if len(set(bases)) < len(bases):
                result = sp.powsimp(result)
        memo[expression] = result
    return memo[expression]


def tidy(expression: sp.Expr) -> sp.Expr:
    """Powers of one base merged and constant factors in front of their sums."""
    pulled = _merge(expression, {}).replace(
        lambda e: isinstance(e, sp.Sum) and not e.function.has(sp.Sum), _pull_out
    )
    return _merge(pulled, {})


def _unroll(expression: sp.Basic, memo: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    if not expression.args or isinstance(expression, sp.Indexed | sp.IndexedBase):
        return expression
    if expression in memo:
        return memo[expression]
    if isinstance(expression, sp.Sum):
        body, (index, low, high) = expression.function, expression.limits[0]
        terms = range(int(low), int(high) + 1)
        result = sp.Add(*[_unroll(body.xreplace({index: sp.Integer(k)}), memo) for k in terms])
    elif isinstance(expression, Named):
        result = _unroll(expression.args[1], memo)
    elif isinstance(expression, FeatureNorm | MatrixEigenvalue):
        result = expression.unroll()
    else:
        result = expression.func(*[_unroll(arg, memo) for arg in expression.args])
    memo[expression] = result
    return result


def unroll(expression: sp.Expr, depth: int) -> sp.Expr:
    """The expression at L = depth with every sum and layer quantity written out."""
    if isinstance(depth, bool) or int(depth) != depth or depth < 1:
        raise BoundsError(argument="L", found=depth, accepted="a whole number, at least 1")
    return _unroll(expression.xreplace({symbol("L"): sp.Integer(int(depth))}), {})


def equal_layers(expression: sp.Expr, name: str, value: sp.Expr) -> sp.Expr:
    """The expression with the per-layer symbol `name` set to one value in all layers."""
    base = layer_symbol(name)
    flat = expression.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == base, lambda e: value
    )
    return flat.xreplace({base: value})
