"""The one table of symbols: name, assumptions, LaTeX and meaning of everything in a formula.

The network is, for l = 1..L, with rows What_i of unit norm,

    g^l = s_l What^l alpha^(l-1),   alpha^l = c_l phi(g^l),   f = <v, alpha^L>,
    s_l = m_l^(-p),   c_l = m_l^(p - 1/2),   p in [0, 1/2].

The exponent p places the width factor: p = 1/2 inside the activation (the paper), p = 0 outside.
In every case c_l s_l sqrt(m_l) = 1, so the gain of a layer is K.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from bounds.errors import BoundsError

__all__ = ["DOMAINS", "TABLE", "Entry", "entry", "layer_symbol", "name_of", "symbol"]

DOMAINS = {
    "positive": "a positive finite number",
    "nonnegative": "a non-negative finite number",
    "width": "a finite number, at least 1",
    "count": "a whole number, at least 1",
    "layer": "a whole number from 0 to L",
    "exponent": "a number in [0, 1/2]",
    "cosine": "a number in [0, 1]",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the notation table.

    `symbol` is the sympy symbol; `base` is the indexed symbol for a quantity that also has a
    value per layer; `domain` is a key of DOMAINS, and is what evaluation enforces.
    """

    name: str
    symbol: sp.Symbol
    latex: str
    meaning: str
    domain: str
    base: sp.IndexedBase | None = None


def _entry(name: str, latex: str, domain: str, meaning: str, per_layer: bool = False) -> Entry:
    flags = {
        "positive": {"positive": True},
        "width": {"positive": True},
        "nonnegative": {"nonnegative": True},
        "count": {"integer": True, "positive": True},
        "layer": {"integer": True, "nonnegative": True},
        "exponent": {"nonnegative": True},
        "cosine": {"nonnegative": True},
    }[domain]
    base = sp.IndexedBase(f"{name}_layer", positive=True) if per_layer else None
    return Entry(name, sp.Symbol(name, **flags), latex, meaning, domain, base)


_ROWS = (
    _entry("d", "d", "count", "input size m_0"),
    _entry("L", "L", "count", "number of hidden layers (depth)"),
    _entry("l", r"l", "layer", "layer index, 0 to L"),
    _entry("n", "n", "count", "number of inputs (sample size)"),
    _entry("p", "p", "exponent", "placement of the width factor: s_l = m_l^-p, c_l = m_l^(p-1/2)"),
    _entry("m", "m", "width", "width of a layer (one value for all, or one per layer)", True),
    _entry("m_min", r"m_{\min}", "width", "smallest hidden width"),
    _entry("m_max", r"m_{\max}", "width", "largest hidden width"),
    _entry("omega", r"\omega", "positive", "minimum row norm of the weights (Def 3.1)", True),
    _entry("K", "K", "positive", "sup of |phi'|, the Lipschitz constant of the activation"),
    _entry("beta", r"\beta", "nonnegative", "sup of |phi''|"),
    _entry("phi0", r"\phi_0", "nonnegative", "|phi(0)|"),
    _entry("xi", r"\xi", "nonnegative", "largest Euclidean norm of an input in use"),
    _entry("nu", r"\nu", "nonnegative", "Euclidean norm of the output weights v"),
    _entry("rho_1", r"\rho_1", "nonnegative", "radius of the ball of v: nu <= 1 + rho_1"),
    _entry("ell", r"\mathcal{L}", "nonnegative", "empirical square loss (1/n) sum (y_i - f_i)^2"),
    _entry("y_1", r"\overline{|y|}", "nonnegative", "mean of |y_i|"),
    _entry("y_2", r"\overline{y^2}", "nonnegative", "mean of y_i^2"),
    _entry("X", "X", "nonnegative", "sqrt(sum_i ||x_i||^2)"),
    _entry("gamma", r"\gamma", "positive", "spectral gain of the un-normalized network"),
    _entry("t", "t_l", "nonnegative", "Frobenius norm of a direction in layer l, ||Delta^l||_F"),
    _entry("u", "u", "nonnegative", "norm of a direction in the output weights"),
    _entry("alpha_prev", r"\|\alpha^{l-1}\|", "nonnegative", "measured ||alpha^(l-1)||"),
    _entry("alpha_dot_prev", r"\|\dot\alpha^{l-1}\|", "nonnegative", "measured, one layer below"),
    _entry("alpha_ddot_prev", r"\|\ddot\alpha^{l-1}\|", "nonnegative", "measured, one layer below"),
    _entry("alpha_dot_last", r"\|\dot\alpha^{L}\|", "nonnegative", "measured, last layer"),
    _entry("alpha_ddot_last", r"\|\ddot\alpha^{L}\|", "nonnegative", "measured, last layer"),
    _entry("g_dot_two", r"\|\dot g^{l}\|_2", "nonnegative", "measured ||g-dot^l||_2"),
    _entry("g_dot_max", r"\|\dot g^{l}\|_\infty", "nonnegative", "measured max_i |g-dot^l_i|"),
    _entry("back_next", r"\|\partial f/\partial\alpha^{l+1}\|", "nonnegative", "measured, above"),
    _entry(
        "back_here", r"\|\partial f/\partial\alpha^{l}\|", "nonnegative", "measured, this layer"
    ),
    _entry("sens", r"\|\partial\alpha^l/\partial W^l\|_2", "nonnegative", "measured sensitivity"),
    _entry("signed_rows", r"\max_i|\sum_k\epsilon_k\varphi(g^l_{i,k})|", "nonnegative", "measured"),
    _entry(
        "h_average", r"\mathbb{E}\|\sum_k\epsilon_k h_k\|", "nonnegative", "measured, all signs"
    ),
    _entry("scale", "s_l", "positive", "pre-activation scale s_l = m_l^-p"),
    _entry("f_max", r"\max_i|f_i|", "nonnegative", "measured largest output"),
    _entry("grad_max", r"\max_i\|\nabla_\theta f_i\|", "nonnegative", "measured largest gradient"),
    _entry("hess_max", r"\max_i\|\nabla^2_\theta f_i\|", "nonnegative", "measured largest Hessian"),
    _entry("eta", r"\eta", "positive", "learning rate of a gradient step"),
    _entry("step_t", r"\omega_t", "positive", "eta times beta_loss, in (0, 2)"),
    _entry("rho_2", r"\rho_2", "positive", "radius of the ball around theta_t"),
    _entry("kappa_cone", r"\kappa", "cosine", "least |cos| of a step with the loss gradient"),
    _entry("alpha_t", r"\alpha_t", "positive", "restricted strong convexity at theta_t"),
    _entry(
        "beta_loss", r"\beta_{\mathcal{L}}", "positive", "smoothness of the loss on the segment"
    ),
    _entry("grad_loss", r"\|\nabla\mathcal{L}\|", "nonnegative", "norm of the loss gradient"),
    _entry("grad_seg", "G", "nonnegative", "sup of ||grad f_i|| over the segment"),
    _entry("hess_seg", "H", "nonnegative", "sup of ||Hess f_i|| over the segment"),
    _entry("loss_seg", "c", "nonnegative", "sup of the loss over the segment"),
)
TABLE: dict[str, Entry] = {row.name: row for row in _ROWS}
_BY_SYMBOL: dict[sp.Basic, str] = {row.symbol: row.name for row in _ROWS}
_BY_SYMBOL |= {row.base.label: row.name for row in _ROWS if row.base is not None}


def entry(name: str) -> Entry:
    """The row of the notation table; raises BoundsError for a name it does not hold."""
    if name not in TABLE:
        raise BoundsError(
            argument=str(name),
            found="a symbol that is not in the notation table",
            accepted="one of " + ", ".join(TABLE),
        )
    return TABLE[name]


def symbol(name: str) -> sp.Symbol:
    """The sympy symbol of a name in the notation table."""
    return entry(name).symbol


def layer_symbol(name: str) -> sp.IndexedBase:
    """The indexed symbol (one value per layer) of a name; BoundsError if it has none."""
    base = entry(name).base
    if base is None:
        raise BoundsError(
            argument=name,
            found="a symbol with one value",
            accepted="m or omega, which have a value per layer",
        )
    return base


def name_of(symbol: sp.Basic) -> str | None:
    """The table's name of a sympy symbol or index label, None if it is not in the table."""
    return _BY_SYMBOL.get(symbol)
