"""The notation of the generalization statements: a sample, a trained network, a confidence.

A network of depth L with unit rows, an odd activation with K = sup|phi'| and nu1 = ||v||_1/sqrt(m);
margin gamma, so that rho = K^L nu1/gamma is all that G3 sees of it. P is the population, P_n the
sample mean of n iid pairs, ramp(t) = min(1, max(0, 1 - t)), kl+ the binary relative entropy
kl(p || q) where q > p and 0 elsewhere.
"""

from __future__ import annotations

import sympy as sp

from bounds.condition import Assumption
from bounds.notation import Notation, row
from bounds.vocabulary import ACTIVATION, LAYERS, ODD, SLOPE

__all__ = ["FIXED", "IID", "NOTATION", "ODD", "SLOPE", "UNIT_BALL", "symbol"]

_QUANTITIES = {
    "expected_supremum": r"\mathbb{E}\sup_{g}(P-P_n)g",
    "balanced_supremum": r"\mathbb{E}_s\sup_a\langle s,a\rangle",
    "central_binomial": r"\binom{2n}{n}4^{-n}",
    "signed_sum": r"\mathbb{E}_\epsilon\|\sum_i\epsilon_i x_i\|",
    "self_bounding_sum": r"\sum_i(Z-Z_i)",
    "ramp_gap": r"(P-P_n)\,\mathrm{ramp}(yf/\gamma)",
    "margin_gap": r"P(yf\le 0)-P_n\,\mathrm{ramp}(yf/\gamma)",
    "error_gap": r"P(yf\le 0)-P_n(yf\le 0)",
    "square_gap": r"(P-P_n)(y-f)^2",
    "second_moment_gap": r"\mathbb{E}\|x\|^2-X^2/n",
    "expected_signed_sum": r"\mathbb{E}\,Z",
    "class_ramp_gap": r"(P-P_n)\,\mathrm{ramp}((F_y-\max_{j\ne y}F_j)/\gamma)",
    "vote_entropy": r"\mathrm{kl}^+(P_n B(k;N,p)\,\|\,\beta P(yf\le 0))",
    "linear_entropy": r"\mathrm{kl}^+(P_n\Phi(\tau-\mu s)\,\|\,\Phi(\tau-\mu t)P(yf\le 0))",
    "gibbs_entropy": r"\mathrm{kl}^+(P_n(yF\le 0)\,\|\,P(yF\le 0)),\ F\text{ random}",
    "population_loss": r"P\,\ell",
    "held_out_tail": r"P(\mathrm{Bin}(n,P(yf\le 0))\le k)",
}
_ROWS = (
    row("n", "n", "count", "sample size"),
    *LAYERS,
    ACTIVATION[0],
    row("delta", r"\delta", "probability", "allowed probability of failure"),
    row("J", "J", "count", "number of alternatives that the union covers"),
    row("nu1", r"\nu_1", "nonnegative", "||v||_1/sqrt(m) of the output weights (the largest of k)"),
    row("nu", r"\nu", "nonnegative", "||v||_2 of the output weights"),
    row("nuV", r"\nu_V", "nonnegative", "sum of the column norms of V over sqrt(m), k outputs"),
    row("gamma", r"\gamma", "positive", "margin"),
    row("R2", "R_2", "nonnegative", "sqrt(E ||x||^2)"),
    row("xi", r"\xi", "nonnegative", "largest Euclidean norm of an input in the population"),
    row("Y", "Y", "nonnegative", "largest |y|"),
    row("M", "M", "nonnegative", "largest |f|, after clipping if there is any"),
    row("r_loss", "r", "nonnegative", "range of the loss: (Y + M)^2, or 4 Y M for y = +-Y, M <= Y"),
    row("k", "k", "count", "number of classes"),
    row("lam", r"\lambda", "nonnegative", "an upper bound of E lambda_max(X^T X/n), ||x|| <= 1"),
    row("N", "N", "count", "number of votes"),
    row("D", "D", "nonnegative", "divergence KL(posterior || prior), of one vote in G8"),
    row("S", "S", "nonnegative", "spectral complexity of the network, sum and product of norms"),
    row("bits", "b", "nonnegative", "length of the network's description in bits"),
    row("T", "T", "nonnegative", "Euclidean norm of all parameters"),
    row("sigma", r"\sigma", "positive", "standard deviation of the noise on the parameters"),
    row("eta_n", r"\eta_n", "nonnegative", "C(2n, n)/4^n"),
    row("R_2n", r"\mathfrak{R}_{2n}", "nonnegative", "Rademacher complexity at 2n points"),
    row("E_iid", r"\mathbb{E}_\epsilon\sup", "nonnegative", "E sup_a <eps, a>, 2n iid signs"),
    row("X", "X", "nonnegative", "sqrt(sum ||x_i||^2)"),
    row("G_2", r"\|G_o\|_F^2", "nonnegative", "squared entries of the Gram matrix, no diagonal"),
    row("G_3", r"\mathrm{tr}\,G_o^3", "real", "trace of the cube of the Gram matrix, no diagonal"),
    row("U", "U", "nonnegative", "the value of a certificate object"),
    row("Z", "Z", "nonnegative", "E_eps ||sum eps_i x_i||/xi of the sample"),
)
NOTATION = Notation.of(
    "generalization",
    *_ROWS,
    quantities=_QUANTITIES,
    reference={"K": sp.S.One},
    directions={"L": sp.oo, "n": sp.oo},
)
symbol = NOTATION.symbol

IID = Assumption(
    "iid",
    "the pairs (x_i, y_i) are independent draws of one population",
    r"(x_i,y_i)\ \text{iid}",
)
FIXED = Assumption(
    "fixed",
    "all but J alternatives (classes, maps, margins, priors) was fixed before the sample was seen",
    r"\text{at most } J \text{ choices by the sample}",
)
UNIT_BALL = Assumption("unit ball", "every input has norm at most 1", r"\|x\|\le 1")
