"""A certificate of linear convergence from one state of training, or the reason why not.

Statements F1 (gradient flow, gains alone) and F3 (gradient flow, or gradient descent with a given
step and every smaller one). What is certified is the exact flow or the exact descent from the
float64 parameters and data given, rounding of this computation included; a float64 trainer follows
exact descent up to its own rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from torch import Tensor, float64

from numerics.errors import NumericsError
from numerics.relu_two_layer.candidates import Candidates, candidates, flip_cost, move_cost
from numerics.relu_two_layer.degeneracy import why_degenerate
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.gain_regime import GainRegime, of_present
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.refusals import Refusal
from numerics.relu_two_layer.schur import kept_kernel
from numerics.relu_two_layer.tube import DOWN, UP, Present, Tube, present, tube
from numerics.validation import check_positive

SHARES = (0.9, 0.8, 0.6, 0.4, 0.25)  # rates tried, as shares of lam(Lambda) now
KEPT = (1.0, 0.9)  # shares of longest rows tried in F1


class Statement(Enum):
    """Which statement gave the certificate; the value is the sentence shown to readers."""

    GAIN_REGIME = "F1: the Gram matrix of the gains stays positive; no sign is counted."
    GLUED = "F3, glued: directions and gains of a unit as one block."
    SEPARATE = "F3, separate: directions by Schur complements, gains without counting signs."
    GAINS_ONLY = "F3, gains only: the Gram matrix of the gains within the tube."


@dataclass(frozen=True, eq=False)
class Certificate:
    """For all later times: lam(Lambda) >= least and ||r(t)|| <= exp(-rate t) ||r(0)|| (flow), or
    ||r(s)|| <= prod_j (1 - eta_j rate) ||r(0)|| for step sizes 0 < eta_j <= learning_rate.

    rate, least: rounded down. residual: an upper bound on ||r(0)||. turn, gain_change: (m,) upper
    bounds on the angle (radians) between u_k(t) and u_k(0), and on |g_k(t) - g_k(0)|.
    may_flip: (n, m), True where a sign may change; None if signs were not needed.
    same_form: no gain can reach zero, so the paper's form moves exactly as the outside form does
    (rows with negative gains turned round).
    """

    statement: Statement
    learning_rate: float | None
    rate: float
    least: float
    residual: float
    turn: Tensor
    gain_change: Tensor
    may_flip: Tensor | None
    same_form: bool

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class NotCertified:
    """No certificate: the reason, what was found, and how far the best attempt was.

    share: the largest certified rate over the rate asked for, over all attempts; below 1.
    """

    reason: Refusal
    found: str
    share: float

    def __bool__(self) -> bool:
        return False


def certify_convergence(
    network: ReluNetwork,
    x: Tensor,
    y: Tensor,
    *,
    learning_rate: float | None = None,
    statements: Sequence[Statement] = tuple(Statement),
    shares: Sequence[float] = SHARES,
) -> Certificate | NotCertified:
    """Try to prove, from this state, that training converges linearly from now on.

    network: one network; x (n, d) of any nonzero rows, y (n,). The loss is ||f - y||^2/2.
    learning_rate: gradient descent with this step size, or with any step sizes up to it, changing
        or not; None is gradient flow.
    statements: which to try; the certificate with the largest rate is returned.
    shares: the rates tried by F3, as shares of the least eigenvalue of Lambda now.
    Cost: per share and form about three products of n x m matrices and one of n x n by candidates.
    """
    if network.batch is not None:
        raise NumericsError(
            argument="network", found=f"a batch of {network.batch}", accepted="one: select(index)"
        )
    if learning_rate is not None:
        check_positive(learning_rate, "learning_rate")
    now = present(network, x, y)
    problem = _precheck(now, x, learning_rate)
    if problem is not None:
        return problem
    results = [_try(now, each, learning_rate, shares) for each in statements]
    proved = [found for found in results if isinstance(found, Certificate)]
    if proved:
        return max(proved, key=lambda found: found.rate)
    share = max(
        (float(found) for found in results if not isinstance(found, Certificate)), default=0
    )
    found = (
        f"lam(Lambda) >= {float(now.least.lower):.3g} and ||r|| <= {now.residual * now.unit:.3g} "
        f"now; the best attempt certifies {share:.3g} of the rate it needs"
    )
    return NotCertified(Refusal.VACUOUS, found, share)


def _precheck(now: Present, x: Tensor, learning_rate: float | None) -> NotCertified | None:
    least = float(now.least.lower)
    sizes = (least, float(now.least.upper), now.residual, now.chi, now.jacobian_squared)
    if not all(math.isfinite(size) for size in sizes):
        return NotCertified(Refusal.OUT_OF_RANGE, "sizes of the state are not finite", 0.0)
    if not least > 0.0:
        known = why_degenerate(x.to("cpu", float64))
        reason, why = (Refusal.VACUOUS, "") if known is None else (known[0], f": {known[1]}")
        return NotCertified(reason, f"lam(Lambda) >= {least:.3g} only, now{why}", 0.0)
    if learning_rate is not None and learning_rate * now.jacobian_squared > 1.0:
        found = f"learning_rate ||J||^2 = {learning_rate * now.jacobian_squared:.3g}, above 1"
        return NotCertified(Refusal.VACUOUS, found, 0.0)
    return None


def _try(
    now: Present, statement: Statement, learning_rate: float | None, shares: Sequence[float]
) -> Certificate | float:
    """A certificate, or the largest share of the rate needed that was certified."""
    if statement is Statement.GAIN_REGIME:
        return 0.0 if learning_rate is not None else _by_gain_regime(now)
    best = 0.0
    for share in shares:
        found = _by_tube(now, statement, learning_rate, share * float(now.least.lower))
        if isinstance(found, Certificate):
            return found
        best = max(best, found)
    return best


def _by_gain_regime(now: Present) -> Certificate | float:
    """F1 with all rows and with the longest rows; the larger rate."""
    tried = [of_present(now, keep) for keep in KEPT]
    found = max(tried, key=lambda each: each.rate)
    least = float(found.least.lower)
    if not found.rate > 0.0:
        return (
            max(0.0, min(least / (found.price * found.residual), 1.0 - 1e-9)) if least > 0 else 0.0
        )
    turn, gain = _gain_regime_moves(now, found)
    return _certificate(now, Statement.GAIN_REGIME, None, found.rate, found.rate, turn, gain, None)


def _gain_regime_moves(now: Present, found: GainRegime) -> tuple[Tensor, Tensor]:
    """The path of v is at most p = (sqrt(mu) - sqrt(mu')) / c with c the price; gains as in F3."""
    # (sqrt(mu) - sqrt(mu'))/c = ||r|| / (sqrt(mu) + sqrt(mu')), without the cancellation
    mu = float(found.least.lower) * DOWN
    path = now.residual / (mu**0.5 + found.rate**0.5) * UP
    turn = path / now.row_norms.lower * UP
    reach = now.residual / (math.sqrt(now.m) * found.rate) * UP
    return turn, reach * (now.feature_norms + now.chi * turn) * UP


def _by_tube(
    now: Present, statement: Statement, learning_rate: float | None, rate: float
) -> Certificate | float:
    """F3 at one rate: a certificate, or the share of the rate that was certified."""
    moved = tube(now, rate, discrete=learning_rate is not None)
    if moved is None:
        return 0.0
    found = candidates(now, moved)
    cost = _cost(now, moved, found, statement)
    ceiling = max(0.0, float(now.least.upper) ** 0.5 - cost) ** 2
    if ceiling < rate:  # the kernel within the tube is at most what it is now
        return ceiling / rate
    least = _least(now, found, statement, cost)
    kept = least
    if learning_rate is not None:
        kept = _descent_rate(now, moved, found, statement, learning_rate, cost, least)
    if not kept >= rate:
        return max(0.0, min(kept / rate, 1.0 - 1e-9))
    gain = moved.gain * now.row_norms.upper * UP
    # the tube is that of `rate`; within it the residual falls at `kept`, which is no less
    return _certificate(now, statement, learning_rate, kept, least, moved.turn, gain, found.mask[0])


def _cost(now: Present, moved: Tube, found: Candidates, statement: Statement) -> float:
    """e: how much sqrt(lam) the move of rows and gains can cost, rounded up."""
    if statement is Statement.GLUED:
        off = (1.0 - now.here.swept.rho.abs().mid).abs() + now.here.swept.rho.rad
        weight = (moved.ratio_change + off * moved.sine).square() * UP
        return float(math.sqrt(move_cost(now, found, weight)) * UP)
    turned = float(moved.turn.clamp_max(2.0).square().mean()) * UP**2
    squared = now.chi**2 * turned * (1.0 + (now.m + 8.0) * 2.0**-53)
    if statement is Statement.SEPARATE:
        weight = (moved.ratio_change + now.rho * moved.sine).square() * UP
        squared += move_cost(now, found, weight)
    return math.sqrt(squared) * UP


def _least(now: Present, found: Candidates, statement: Statement, cost: float) -> float:
    """lam' = (sqrt(lam(K)) - e)_+^2, rounded down."""
    if statement is Statement.GAINS_ONLY:
        matrix = now.gain.enclosure("Gram matrix of the gains")
    else:
        matrix = kept_kernel(now, found, glued=statement is Statement.GLUED)
    kept = max(0.0, float(least_eigenvalue(matrix).lower))
    return max(0.0, math.sqrt(kept) * DOWN - cost) ** 2 * DOWN


def _descent_rate(
    now: Present,
    moved: Tube,
    found: Candidates,
    statement: Statement,
    learning_rate: float,
    cost: float,
    least: float,
) -> float:
    """Gamma of gradient descent (F3, step 4), rounded down; -inf if the step is too long."""
    glued = statement is Statement.GLUED
    weight = moved.ratio.square() * found.reach
    if glued:
        weight = weight + (4.0 * moved.turn.square()).clamp_max(1.0) * found.size
    flips = flip_cost(now, found, weight * UP)
    if statement is Statement.GAINS_ONLY:
        cost = cost + _direction_cost(now, moved, found)
    ceiling = (math.sqrt(now.jacobian_squared) + cost + flips) ** 2 * UP
    om = learning_rate * ceiling * UP
    if not om <= 1.0:
        return -math.inf
    scale = now.chi * now.residual / math.sqrt(now.m) * UP
    low = now.row_norms.lower
    turn = learning_rate * moved.ratio * scale / low * UP
    tau = flips**2
    if not glued:
        mean = float(turn.square().mean()) * (1.0 + (now.m + 8.0) * 2.0**-53)
        tau += now.chi**2 * mean * UP
    drag = float((moved.ratio / low).amax())
    if glued:
        drag += (1.0 + 0.5 * float(turn.amax())) / float(low.amin())
    kappa = 0.5 * om * scale * drag * UP
    return ((2.0 - om) * least * DOWN - (1.0 + om) * tau * UP / 2.0) / 2.0 - kappa * UP


def _direction_cost(now: Present, moved: Tube, found: Candidates) -> float:
    """What the move of the direction part adds to ||J|| where only gains are kept."""
    weight = (moved.ratio_change + now.rho * moved.sine).square() * UP
    return math.sqrt(move_cost(now, found, weight)) * UP


def _certificate(
    now: Present,
    statement: Statement,
    learning_rate: float | None,
    rate: float,
    least: float,
    turn: Tensor,
    gain: Tensor,
    may_flip: Tensor | None,
) -> Certificate:
    return Certificate(
        statement=statement,
        learning_rate=learning_rate,
        rate=rate,
        least=least,
        residual=now.residual * now.unit,
        turn=turn[0],
        gain_change=gain[0] * now.unit,
        may_flip=may_flip,
        same_form=bool((now.here.swept.g.abs() > gain).all()),
    )
