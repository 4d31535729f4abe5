"""The conditions the WeightNorm bounds share, each once."""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption
from bounds.weightnorm.symbols import symbol

__all__ = [
    "BALL",
    "CONE",
    "EXTREMES",
    "FULL_STEP",
    "INSIDE_BALL",
    "ODD_ABOUT_ZERO",
    "PLACEMENT",
    "POSITIVE_ALPHA",
    "SEGMENT",
    "SMOOTH_SEGMENT",
    "THIRD",
    "UNIT_ROWS",
    "WITHIN_RADIUS",
]

UNIT_ROWS = Assumption(
    "unit rows",
    "every row of every hidden layer is normalized to Euclidean norm 1",
    r"\|\hat W^l_i\|_2 = 1",
)
PLACEMENT = Assumption(
    "placement",
    "the width exponent p lies in [0, 1/2]",
    r"0 \le p \le \tfrac{1}{2}",
    sp.Le(symbol("p"), sp.S.Half),
)
THIRD = Assumption(
    "third",
    "|phi'''| <= beta2 everywhere",
    r"\sup|\varphi'''| \le \beta_2 < \infty",
)
ODD_ABOUT_ZERO = Assumption(
    "odd about phi(0)",
    "phi - phi(0) is odd",
    r"\varphi(-t) - \varphi(0) = \varphi(0) - \varphi(t)",
)
EXTREMES = Assumption(
    "extremes",
    "m_min <= m_max bracket the hidden widths",
    r"m_{\min} \le m_l \le m_{\max}",
    sp.Le(symbol("m_min"), symbol("m_max")),
)
BALL = Assumption(
    "ball",
    "nu <= 1 + rho_1",
    r"\nu \le 1 + \rho_1",
    sp.Le(symbol("nu"), 1 + symbol("rho_1")),
)

CONE = Assumption(
    "cone",
    "|cos(theta' - theta_t, grad L(theta_t))| >= kappa and ||theta' - theta_t|| <= rho_2",
    r"|\cos(\theta'-\theta_t, \nabla\mathcal{L})| \ge \kappa,\ \|\theta'-\theta_t\| \le \rho_2",
)
SEGMENT = Assumption(
    "segment",
    "G, H (and c) bound gradients, Hessians (and the loss) on the whole segment",
    r"\|\nabla f_i\| \le G,\ \|\nabla^2 f_i\| \le H \text{ on } [\theta_t, \theta']",
)
FULL_STEP = Assumption(
    "gradient step",
    "theta_(t+1) = theta_t - eta grad L(theta_t), L the loss that is judged",
    r"\theta_{t+1} = \theta_t - \eta\nabla\mathcal{L}(\theta_t)",
)
SMOOTH_SEGMENT = Assumption(
    "smooth segment",
    "||Hess L|| <= beta_loss on the segment from theta_t to theta_(t+1)",
    r"\|\nabla^2\mathcal{L}\| \le \beta_{\mathcal{L}} \text{ on } [\theta_t, \theta_{t+1}]",
)
POSITIVE_ALPHA = Assumption(
    "positive alpha",
    "alpha_t > 0",
    r"\alpha_t > 0",
)
WITHIN_RADIUS = Assumption(
    "short radius",
    "alpha_t rho_2 <= ||grad L||",
    r"\alpha_t\rho_2 \le \|\nabla\mathcal{L}\|",
    sp.Le(symbol("alpha_t") * symbol("rho_2"), symbol("grad_loss")),
)
SHORT_STEP = Assumption(
    "short step",
    "eta beta_loss < 2, so that the descent of T16 is one",
    r"\eta\beta_{\mathcal{L}} < 2",
    sp.Lt(symbol("step_t"), 2),
)
INSIDE_BALL = Assumption(
    "inside the ball",
    "rho_2 < omega: no row can reach 0",
    r"\rho_2 < \omega",
    sp.Lt(symbol("rho_2"), symbol("omega")),
)
