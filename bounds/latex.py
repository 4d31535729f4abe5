"""Bounds as mathematics: LaTeX that a browser's MathML and a paper both take."""

from __future__ import annotations

import sympy as sp
from sympy.printing.latex import LatexPrinter

from bounds.bound import Bound
from bounds.display import Named
from bounds.eigenvalues import ComparisonEigenvalue, PredecessorEigenvalue
from bounds.layers import FeatureNorm
from bounds.notation import TABLE, symbol

__all__ = ["QUANTITIES", "expression_latex", "statement", "where"]

QUANTITIES = {
    "gradient_norm": r"\|\nabla_\theta f\|_2",
    "input_gradient_norm": r"\|\nabla_x f\|_2",
    "output_magnitude": r"|f|",
    "hessian_norm": r"\|\nabla^2_\theta f\|_2",
    "loss": r"\mathcal{L}",
    "loss_gradient_norm": r"\|\nabla_\theta \mathcal{L}\|_2",
    "rademacher_complexity": r"\hat{\mathfrak{R}}",
    "normalized_spectral_norms": r"\|\hat W^l\|_2",
    "feature_norms": r"\|\alpha^l\|_2",
    "back_propagated_norms": r"\|\partial f/\partial\alpha^l\|_2",
    "normalized_row_first": r"\max_i \|\dot{\hat W}_i\|\,\|W_i\|/\|\Delta_i\|",
    "normalized_row_second": r"\max_i \|\ddot{\hat W}_i\|\,\|W_i\|^2/\|\Delta_i\|^2",
    "layer_sensitivities": r"\|\partial\alpha^l/\partial W^l\|_2",
    "layer_gradient_norms": r"\|\partial f/\partial W^l\|_F",
    "preactivation_first_norms": r"\|\dot g^l\|_2",
    "preactivation_first_maxima": r"\|\dot g^l\|_\infty",
    "feature_first_norms": r"\|\dot\alpha^l\|_2",
    "feature_second_norms": r"\|\ddot\alpha^l\|_2",
    "second_directional_derivative": r"|\ddot f|",
    "signed_feature_norms": r"\|\sum_k\epsilon_k\alpha^l(x_k)\|_2",
    "contracted_row_complexity": r"\mathbb{E}\sup_{\|w\|=1}"
    r"|\sum_k\epsilon_k\varphi(s_l\langle w,h_k\rangle)|",
    "loss_hessian_norm": r"\|\nabla^2_\theta \mathcal{L}\|_2",
    "row_norm_shrinkage": r"\max_i \frac{\|W_i\|^2 + \eta^2\|\partial\mathcal{L}/\partial W_i\|^2}"
    r"{\|W_i - \eta\,\partial\mathcal{L}/\partial W_i\|^2}",
    "curvature_deficit": r"\frac{\kappa^2}{2}\frac{\|\nabla\mathcal{L}\|^2}{\mathcal{L}} - "
    r"2\,\frac{\mathcal{L}(\theta') - \mathcal{L} - "
    r"\langle\theta'-\theta_t, \nabla\mathcal{L}\rangle}"
    r"{\|\theta'-\theta_t\|^2}",
    "cone_loss_gap": r"\mathcal{L}(\theta_t) - \inf_{Q}\mathcal{L}",
    "loss_ratio": r"\mathcal{L}(\theta_{t+1}) / \mathcal{L}(\theta_t)",
    "signed_input_average": r"\mathbb{E}\|\sum_k\epsilon_k x_k\|_2",
}
_NAMES = {row.symbol: row.latex for row in TABLE.values()}
_NAMES |= {row.base.label: row.latex for row in TABLE.values() if row.base is not None}

_MATRIX = (
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


_PREDECESSOR = (
    r"M_{kk} = \frac{\nu\beta}{\sqrt{m}}(K\gamma)^{L-k} h_{k-1}^2 + q_k^2 T_k",
    r"M_{jk} = (K\gamma)^{k-1-j} q_j\left(\frac{\nu}{\sqrt{m}}(K\gamma)^{L-k}"
    r"\left(\beta\gamma h_{k-1} + \frac{K}{\sqrt{m}}\right) + K\gamma\, q_k T_k\right)"
    r"\ (j < k \le L)",
    r"M_{k,L+1} = \frac{(K\gamma)^{L-k} q_k}{\sqrt{m}}",
    r"M_{L+1,L+1} = 0",
    r"q_l = K h_{l-1}",
    r"T_k = \frac{\nu\beta\gamma^2}{\sqrt{m}}\sum_{l=k+1}^{L} (K\gamma)^{L+l-2-2k}",
)


class _Printer(LatexPrinter):
    """The table's LaTeX names, plain subscripts for layers."""

    def __init__(self) -> None:
        super().__init__({"symbol_names": _NAMES, "root_notation": True, "mul_symbol": None})

    def _print_Indexed(self, expr: sp.Indexed, exp: str | None = None) -> str:
        text = f"{self._print(expr.base.label)}_{{{','.join(map(self._print, expr.indices))}}}"
        return text if exp is None else f"{text}^{{{exp}}}"

    def _print_IndexedBase(self, expr: sp.IndexedBase) -> str:
        return str(self._print(expr.label))


_ROOT = sp.Symbol(r"\frac{2}{\sqrt{3}}")


def _is_two_over_root3(expression: sp.Basic) -> bool:
    return expression.is_Mul and {sp.Rational(2, 3), sp.sqrt(3)} <= set(expression.args)


def _show_root(expression: sp.Basic) -> sp.Expr:
    hidden = (sp.Rational(2, 3), sp.sqrt(3))
    return sp.Mul(_ROOT, *(f for f in expression.args if f not in hidden))


def expression_latex(expression: sp.Basic) -> str:
    """LaTeX of an expression in the table's names; 2/sqrt(3) stays recognizable."""
    return str(_Printer().doprint(expression.replace(_is_two_over_root3, _show_root)))


def where(expression: sp.Basic) -> tuple[str, ...]:
    """The definitions of the short names (a_l, M) that the expression shows."""
    lines: list[str] = []
    if expression.has(ComparisonEigenvalue):
        lines += _MATRIX
        for term in expression.atoms(ComparisonEigenvalue):
            _, K, _, phi0, xi, _, p, m, _ = term.args
            lines.append(_feature_line(FeatureNorm(symbol("l"), K, xi, phi0, p, m)))
    for term in expression.atoms(PredecessorEigenvalue):
        _, K, _, phi0, _, gamma, m = term.args
        feature = FeatureNorm(symbol("l"), K * gamma, sp.S.One, phi0, sp.S.Zero, m)
        lines += [*_PREDECESSOR, _feature_line(feature, "h")]
    named = {n.args for n in expression.atoms(Named)}
    lines += sorted(f"{name} = {expression_latex(body)}" for name, body in named)
    features = {f.args[1:] for f in expression.atoms(FeatureNorm)}
    lines += sorted(_feature_line(FeatureNorm(symbol("l"), *rest)) for rest in features)
    return tuple(dict.fromkeys(lines))


def _feature_line(feature: sp.Expr, letter: str = "a") -> str:
    if not isinstance(feature, FeatureNorm):
        return f"{letter}_l = {expression_latex(feature)}"
    return f"{expression_latex(feature)} = {expression_latex(feature.definition())}"


def quantity_latex(quantity: str) -> str:
    """LaTeX of a quantity; a tilde marks the un-normalized network."""
    plain = quantity.removeprefix("unnormalized.")
    text = QUANTITIES.get(plain, rf"\mathrm{{{plain}}}")
    return (
        text
        if plain == quantity
        else text.replace("f", r"\tilde f", 1).replace(r"\mathcal{L}", r"\tilde{\mathcal{L}}")
    )


def statement(bound: Bound) -> str:
    """quantity <= right side, followed by the definitions of the short names."""
    text = rf"{quantity_latex(bound.quantity)} \le {expression_latex(bound.expression)}"
    definitions = where(bound.expression)
    if definitions:
        text += r",\quad \text{where } " + r",\quad ".join(definitions)
    return text
