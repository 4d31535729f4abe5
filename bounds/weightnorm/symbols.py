"""The notation of the WeightNorm family: name, LaTeX, domain and meaning of every symbol.

The network is, for l = 1..L, with rows What_i of unit norm,

    g^l = s_l What^l alpha^(l-1),   alpha^l = c_l phi(g^l),   f = <v, alpha^L>,
    s_l = m_l^(-p),   c_l = m_l^(p - 1/2),   p in [0, 1/2].

The exponent p places the width factor: p = 1/2 inside the activation (the paper), p = 0 outside.
In every case c_l s_l sqrt(m_l) = 1, so the gain of a layer is K.
"""

from __future__ import annotations

import sympy as sp

from bounds.notation import Notation, row
from bounds.vocabulary import ACTIVATION, DATA, LAYERS, TARGETS

__all__ = ["NOTATION", "layer_symbol", "symbol"]

_QUANTITIES = {
    "gradient_norm": r"\|\nabla_\theta f\|_2",
    "input_gradient_norm": r"\|\nabla_x f\|_2",
    "output_magnitude": r"|f|",
    "input_hessian_norm": r"\|\nabla^2_x f\|_2",
    "hessian_norm": r"\|\nabla^2_\theta f\|_2",
    "tangent_kernel_norm": r"\|\Theta\|_2",
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
    "layer_shares": r"Q_l + A_l + B_l",
    "feature_jacobian_norms": r"\|\partial\alpha^l/\partial W\|_2",
    "rademacher_complexity_l1": r"\hat{\mathfrak{R}}(\|v\|_1\le\nu_1\sqrt m)",
    "linear_deviation": r"|f-\langle u,x\rangle|",
    "signed_input_average": r"\mathbb{E}\|\sum_k\epsilon_k x_k\|_2",
}
_ROWS = (
    *DATA,
    *LAYERS,
    *ACTIVATION,
    *TARGETS,
    row("beta2", r"\beta_2", "nonnegative", "sup of |phi'''|"),
    row("p", "p", "exponent", "placement of the width factor: s_l = m_l^-p, c_l = m_l^(p-1/2)"),
    row("m", "m", "width", "width of a layer (one value for all, or one per layer)", True),
    row("m_min", r"m_{\min}", "width", "smallest hidden width"),
    row("m_max", r"m_{\max}", "width", "largest hidden width"),
    row("omega", r"\omega", "positive", "minimum row norm of the weights (Def 3.1)", True),
    row("xi", r"\xi", "nonnegative", "largest Euclidean norm of an input in use"),
    row("nu", r"\nu", "nonnegative", "Euclidean norm of the output weights v"),
    row("nu1", r"\nu_1", "nonnegative", "||v||_1/sqrt(m_L) of the output weights, at most nu"),
    row("rho_1", r"\rho_1", "nonnegative", "radius of the ball of v: nu <= 1 + rho_1"),
    row("X", "X", "nonnegative", "sqrt(sum_i ||x_i||^2)"),
    row("t", "t_l", "nonnegative", "Frobenius norm of a direction in layer l, ||Delta^l||_F"),
    row("u", "u", "nonnegative", "norm of a direction in the output weights"),
    row("alpha_prev", r"\|\alpha^{l-1}\|", "nonnegative", "measured ||alpha^(l-1)||"),
    row("alpha_dot_prev", r"\|\dot\alpha^{l-1}\|", "nonnegative", "measured, one layer below"),
    row("alpha_ddot_prev", r"\|\ddot\alpha^{l-1}\|", "nonnegative", "measured, one layer below"),
    row("alpha_dot_last", r"\|\dot\alpha^{L}\|", "nonnegative", "measured, last layer"),
    row("alpha_ddot_last", r"\|\ddot\alpha^{L}\|", "nonnegative", "measured, last layer"),
    row("g_dot_two", r"\|\dot g^{l}\|_2", "nonnegative", "measured ||g-dot^l||_2"),
    row("g_dot_max", r"\|\dot g^{l}\|_\infty", "nonnegative", "measured max_i |g-dot^l_i|"),
    row("back_next", r"\|\partial f/\partial\alpha^{l+1}\|", "nonnegative", "measured, above"),
    row("back_here", r"\|\partial f/\partial\alpha^{l}\|", "nonnegative", "measured, this layer"),
    row("sens", r"\|\partial\alpha^l/\partial W^l\|_2", "nonnegative", "measured sensitivity"),
    row("signed_rows", r"\max_i|\sum_k\epsilon_k\varphi(g^l_{i,k})|", "nonnegative", "measured"),
    row("h_average", r"\mathbb{E}\|\sum_k\epsilon_k h_k\|", "nonnegative", "measured, all signs"),
    row("scale", "s_l", "positive", "pre-activation scale s_l = m_l^-p"),
    row("f_max", r"\max_i|f_i|", "nonnegative", "measured largest output"),
    row("grad_max", r"\max_i\|\nabla_\theta f_i\|", "nonnegative", "measured largest gradient"),
    row("hess_max", r"\max_i\|\nabla^2_\theta f_i\|", "nonnegative", "measured largest Hessian"),
    row("eta", r"\eta", "positive", "learning rate of a gradient step"),
    row("step_t", r"\omega_t", "positive", "eta times beta_loss, in (0, 2)"),
    row("rho_2", r"\rho_2", "positive", "radius of the ball around theta_t"),
    row("kappa_cone", r"\kappa", "cosine", "least |cos| of a step with the loss gradient"),
    row("alpha_t", r"\alpha_t", "positive", "restricted strong convexity at theta_t"),
    row("beta_loss", r"\beta_{\mathcal{L}}", "positive", "smoothness of the loss on the segment"),
    row("grad_loss", r"\|\nabla\mathcal{L}\|", "nonnegative", "norm of the loss gradient"),
    row("grad_seg", "G", "nonnegative", "sup of ||grad f_i|| over the segment"),
    row("hess_seg", "H", "nonnegative", "sup of ||Hess f_i|| over the segment"),
    row("loss_seg", "c", "nonnegative", "sup of the loss over the segment"),
)

NOTATION = Notation.of(
    "weightnorm",
    *_ROWS,
    quantities=_QUANTITIES,
    reference={"K": sp.S.One, "p": sp.S.Half},
    alike={"m_min": "m", "m_max": "m"},
    directions={"L": sp.oo, "m": sp.oo, "omega": 0, "n": sp.oo},
    relations=(sp.Le(TARGETS[1].symbol ** 2, TARGETS[2].symbol),),
)
symbol, layer_symbol = NOTATION.symbol, NOTATION.layer_symbol
