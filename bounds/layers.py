"""What depends on the layer: sums and sequences over layers, and writing them out at a depth."""

from __future__ import annotations

import functools

import sympy as sp

from bounds.display import Larger, Named
from bounds.errors import BoundsError
from bounds.notation import DEPTH
from bounds.unfolding import AffineSequence, LayerMaximum, MatrixEigenvalue, TopEigenvalue

__all__ = [
    "TopEigenvalue",
    "closed_sum",
    "equal_layers",
    "tidy",
    "unroll",
    "written_out",
]


def written_out(expression: sp.Expr) -> sp.Expr:
    """The expression with names and sequences replaced by the sums they stand for."""
    while expression.has(Named):
        expression = expression.replace(Named, lambda _, body: body)
    return expression.replace(lambda e: isinstance(e, AffineSequence), lambda e: e.definition())


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
    if body.has(sp.Sum, AffineSequence, sp.Indexed) or any(not p.base.is_number for p in powers):
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


def innermost_last(term: sp.Sum | sp.Product | LayerMaximum) -> tuple[sp.Expr, sp.Tuple]:
    """(body, limits) of the outermost index; further indices stay in the body."""
    *inner, outer = term.limits
    if len(outer) != 3:
        raise BoundsError("expression", term, "a first and a last value for every index")
    return (term.func(term.function, *inner) if inner else term.function), outer


def _is_finite(term: sp.Sum | sp.Product | LayerMaximum) -> bool:
    outer = term.limits[-1]
    return len(outer) == 3 and all(end.is_Integer for end in outer[1:])


def _folded(term: sp.Expr, parts: list[sp.Basic]) -> sp.Basic:
    if isinstance(term, LayerMaximum):
        return functools.reduce(Larger, parts)
    return (sp.Add if isinstance(term, sp.Sum) else sp.Mul)(*parts)


def _unroll(expression: sp.Basic, memo: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    if not expression.args or isinstance(expression, sp.Indexed | sp.IndexedBase):
        return expression
    if expression in memo:
        return memo[expression]
    if isinstance(expression, sp.Sum | sp.Product | LayerMaximum) and _is_finite(expression):
        body, (index, low, high) = innermost_last(expression)
        terms = range(int(low), int(high) + 1)
        parts = [_unroll(body.xreplace({index: sp.Integer(k)}), memo) for k in terms]
        result = _folded(expression, parts)
    elif isinstance(expression, Named):
        result = _unroll(expression.args[1], memo)
    elif isinstance(expression, AffineSequence | MatrixEigenvalue):
        result = expression.unroll()
    else:
        result = expression.func(*[_unroll(arg, memo) for arg in expression.args])
    memo[expression] = result
    return result


def unroll(expression: sp.Expr, depth: int) -> sp.Expr:
    """The expression at L = depth with every sum and layer quantity written out."""
    if isinstance(depth, bool) or int(depth) != depth or depth < 1:
        raise BoundsError(argument="L", found=depth, accepted="a whole number, at least 1")
    return _unroll(expression.xreplace({DEPTH: sp.Integer(int(depth))}), {})


def equal_layers(expression: sp.Expr, base: sp.IndexedBase, value: sp.Expr) -> sp.Expr:
    """The expression with a per-layer symbol set to one value in all layers."""
    flat = expression.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == base, lambda e: value
    )
    return flat.xreplace({base: value})
