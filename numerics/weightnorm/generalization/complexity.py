"""The complexity and confidence terms of the generalization statements, as upper ends in float64.

Notation: kappa = K^L, nu1 = ||v||_1 / sqrt(m_L), rho = kappa nu1 / gamma with the margin gamma,
R2 = sqrt(E ||x||^2), R_k the Rademacher complexity of a sample of size k. Statements G1 to G7.
Every value is above the exact formula at the given floats; the formulas hold in exact arithmetic.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import UNIT
from numerics.validation import check_count, check_positive, check_tensor
from numerics.weightnorm.generalization.directed import (
    LIBRARY,
    PI_ABOVE,
    PI_BELOW,
    log_above,
    mean_above,
    nonnegative,
    probability,
    up,
)
from numerics.weightnorm.spectral import spectral_ends


def symmetrization_constant(n: int) -> float:
    """c_n = min(2, sqrt2/(1 - eta_n)), eta_n = C(2n, n)/4^n (G1).

    For a class with R_k <= C/sqrt(k) at k = n and k = 2n: E sup (P - P_n) <= c_n C/sqrt(n). The
    binomial enters by eta_n <= 1/sqrt(pi (n + 1/4)): eta_n sqrt(n + 1/4) increases to 1/sqrt(pi).
    """
    eta = up(1.0 / math.sqrt(PI_BELOW * (check_count(n, "n") + 0.25)), 4)
    return min(2.0, up(math.sqrt(2.0) / (1.0 - eta), 8) if eta < 0.5 else 2.0)


def confidence(n: int, choices: int, delta: float) -> float:
    """conf(n, K, delta) = sqrt(log(K/delta)/(2n)): McDiarmid with a union over K (G3, G6)."""
    check_count(n, "n"), check_count(choices, "choices")
    log = log_above(up(choices / probability(delta, "delta"), 1))
    return up(math.sqrt(up(log / (2.0 * n), 1)), 1)


def margin_complexity(n: int, rho: float, r2: float = 1.0) -> float:
    """c_n rho R2 / sqrt(n), the complexity term of the margin bound (G3); no width, no depth."""
    rho, r2 = nonnegative(rho, "rho"), nonnegative(r2, "r2")
    return up(symmetrization_constant(n) * rho * r2 / math.sqrt(n), 4)


def square_loss_complexity(n: int, scale: float, y_bound: float, f_bound: float) -> float:
    """2 (Y + M) c_n scale / sqrt(n), scale = kappa nu1 R2: square loss, |y| <= Y, |f| <= M (G4)."""
    y_bound, f_bound = nonnegative(y_bound, "y_bound"), nonnegative(f_bound, "f_bound")
    lipschitz = up(2.0 * (y_bound + f_bound), 2)
    return up(lipschitz * margin_complexity(n, scale), 1)


def square_loss_range(y_bound: float, f_bound: float, *, signs: bool) -> float:
    """The range r of (y - f)^2 for |y| <= Y, |f| <= M (G4); `signs` says that y is +-Y.

    (Y + M)^2, less the smallest value (Y - M)^2 where y = +-Y and M <= Y: then 4 Y M.
    """
    y_bound, f_bound = nonnegative(y_bound, "y_bound"), nonnegative(f_bound, "f_bound")
    if signs and f_bound <= y_bound:
        return up(4.0 * y_bound * f_bound, 2)
    return up((y_bound + f_bound) ** 2, 3)


def second_moment(x: Tensor, radius: float, delta: float) -> float:
    """R2 <= sqrt(X^2/n + radius^2 conf(n, 1, delta)) with probability >= 1 - delta (G5 i).

    x (n, d) iid with ||x|| <= radius, X^2 = sum ||x_i||^2 (Hoeffding's inequality).
    """
    x, radius = _check_sample(x, "x"), check_positive(radius, "radius")
    squared = x.square().sum(-1) * (1.0 + (x.shape[1] + 4.0) * 2.0 * UNIT)
    mean = mean_above(squared)
    return up(math.sqrt(up(mean + up(radius**2, 1) * confidence(len(x), 1, delta), 3)), 1)


def expected_signed_sum(z: float, delta: float) -> float:
    """E Z <= (sqrt(Z + t/2) + sqrt(t/2))^2, t = log(1/delta), with prob. >= 1 - delta (G5 ii).

    Z = E_eps||sum_i eps_i x_i||/radius is self-bounding, so P(Z <= E Z - s) <= exp(-s^2/(2 E Z))
    (Boucheron, Lugosi and Massart 2000). For use with the constant 2: R_n <= kappa nu1 E Z/n.
    """
    half = up(log_above(up(1.0 / probability(delta, "delta"), 1)) / 2.0, 1)
    return up((math.sqrt(nonnegative(z, "z") + half) + math.sqrt(half)) ** 2, 8)


def signed_sum_bound(x: Tensor) -> float:
    """An upper end of E_eps||sum_i eps_i x_i|| <= X (1 - ||G_o||_F^2/(4 X^4) + tr(G_o^3)/(2 X^6)).

    x (n, d); G_o the Gram matrix without its diagonal, X^2 = sum ||x_i||^2 (I1: the third Taylor
    polynomial of the square root lies above it). Never above X.
    """
    x = _check_sample(x, "x")
    n, d = x.shape
    norms = x.square().sum(-1)
    total = float(norms.sum())
    if total == 0.0:
        return 0.0
    scaled = x / math.sqrt(total)  # X = 1 from here on
    gram = scaled @ scaled.T
    gram.fill_diagonal_(0.0)
    second = float(gram.square().sum())
    third = float(((gram @ gram) * gram).sum())
    # entries are off by (d + 4) UNIT |x_i||x_j|: in Frobenius norm by that much, as X = 1
    wrong = (8.0 * d + 8.0 * n + 64.0) * UNIT
    value = min(1.0, 1.0 - second / 4.0 + third / 2.0 + wrong)
    return up(value * math.sqrt(total), n + d + 8)


def odd_factor(depth: int, *, odd: bool) -> float:
    """1 for odd activations (T18), sqrt(2 L log 2) + 1 for others with phi(0) = 0 (T17)."""
    check_count(depth, "depth")
    return 1.0 if odd else up(math.sqrt(2.0 * depth * math.log(2.0)) + 1.0, LIBRARY + 6)


def class_margin_complexity(n: int, rho: float, classes: int, top_eigenvalue: float) -> float:
    """c_n sqrt(pi) rho (1 + sqrt(k lambda))/sqrt(n) for k classes, ||x|| <= 1 (G7 iii).

    rho = kappa nu_V / gamma with nu_V = sum_r ||V_(:,r)||_2/sqrt(m); lambda >=
    E lambda_max(X^T X/n), for which `top_eigenvalue_bound` serves. Chevet's inequality; the
    margin is sqrt2-Lipschitz in the outputs. An upper end in float64; NumericsError for n or
    classes below 1, and for rho or top_eigenvalue negative or no number.
    """
    check_count(classes, "classes")
    spread = up(1.0 + math.sqrt(classes * nonnegative(top_eigenvalue, "top_eigenvalue")), 4)
    return up(math.sqrt(PI_ABOVE) * margin_complexity(n, rho) * spread, 4)


def row_margin_complexity(n: int, rho: float, classes: int) -> float:
    """c_n rho (1/sqrt k + sqrt(1 - 1/k))/sqrt(n) for k classes, ||x|| <= 1 (G7 by rows).

    rho = kappa k nu1/gamma with nu1 the largest ||V_j||_1/sqrt(m) of the k rows. The margin is an
    output less a maximum of k - 1 others; the complexity of a maximum is at most the sum of all,
    each over the inputs where it enters: n_j for the own class, n - n_j for the others (Mohri,
    Rostamizadeh, Talwalkar 2018, Lemma 9.1). An upper end in float64; NumericsError for n or
    classes below 1, and for rho negative or no number.
    """
    k = check_count(classes, "classes")
    share = up(math.sqrt(1.0 / k) + math.sqrt(1.0 - 1.0 / k), 6)
    return up(margin_complexity(n, rho) * share, 2)


def top_eigenvalue_bound(x: Tensor, delta: float, *, error: float = 0.0) -> float:
    """E lambda_max(X^T X/n) <= lambda_max of the sample + conf(n, 1, delta), ||x|| <= 1 (G7 iii).

    One changed input moves lambda_max by at most 1/n (McDiarmid). x: (n, d), each row off by at
    most `error`, so that ||X|| is off by at most sqrt(n) error.
    """
    x = _check_sample(x, "x")
    top = spectral_ends(x.unsqueeze(0))[1].item()
    top = up(top + math.sqrt(len(x)) * nonnegative(error, "error"), 4)
    return up(up(top * top / len(x), 3) + confidence(len(x), 1, delta), 1)


def _check_sample(x: Tensor, argument: str) -> Tensor:
    x = check_tensor(x, argument).to(torch.float64)
    if x.dim() != 2:
        raise NumericsError(argument=argument, found=f"shape {tuple(x.shape)}", accepted="(n, d)")
    return x
