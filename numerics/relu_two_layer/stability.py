"""Two states of one network, 0 and t, on the same inputs (statements S1 to S4), in balls.

psi_k = angle(u_k(t), u_k(0)). The *glued* Jacobian has one n x d block per unit,
m^(-1/2) D_k X Q_k with Q_k = |rho_k| P_k + u_k u_k^T, and the same Gram matrix as J: statements
about J(t) - J(0) are about this one (the Jacobian itself moves when a row turns, even at rho = 1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.errors import NumericsError
from numerics.relu_two_layer.balls import Ball, ball, between, exact
from numerics.relu_two_layer.eigenvalues import largest_eigenvalue, least_eigenvalue
from numerics.relu_two_layer.forward import Sweep, sweep
from numerics.relu_two_layer.inputs import resolve_inputs
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.state import chi_ball, pattern_balls
from numerics.rounding import UNIT
from numerics.validation import check_positive

_METHOD = "midpoint-radius arithmetic, every rounding included"


@dataclass(frozen=True, eq=False)
class Move:
    """Both states and what moved: psi (B, m) and sine = sin(psi) as balls; flips (B, n, m)."""

    start: Sweep
    end: Sweep
    apart: Ball  # ||u_k(t) - u_k(0)||, (B, m)
    psi: Ball
    sine: Ball
    flips: Tensor
    batched: bool

    def enclosure(self, value: Ball) -> Enclosure:
        """The ball as an enclosure, without the batch axis of an unbatched network."""
        return (value if self.batched else value.squeeze(0)).enclosure(_METHOD)


def move(start: ReluNetwork, end: ReluNetwork, x: Tensor) -> Move:
    """The move from `start` to `end` at inputs x (n, d) or (B, n, d)."""
    if start.v.shape != end.v.shape:
        raise NumericsError(
            argument="end", found=f"v of shape {tuple(end.v.shape)}", accepted="that of `start`"
        )
    x = resolve_inputs(start, x)
    first, last = sweep(start, x), sweep(end, x)
    apart = (last.unit - first.unit).norm()
    across = (last.unit + first.unit).norm()
    angle = 2.0 * torch.atan2(apart.mid, across.mid)
    psi = ball(angle, 2.0 * (apart.rad + across.rad), 8.0)
    # sin psi = apart * across / 2, without the cancellation of sin near pi
    sine = apart * across * 0.5
    return Move(first, last, apart, psi, sine, first.active != last.active, start.batch is not None)


def turning_angles(found: Move) -> Enclosure:
    """psi_k in radians, (B, m)."""
    return found.enclosure(found.psi)


def flip_excess(found: Move) -> Enclosure:
    """max over flipped (i, k) of |a_ik(0)| - ||x_i|| sin(psi_k), at most 0 if psi_k < pi/2 (S1).

    (B,); minus ||x||, the least possible, where nothing flips. A row with psi_k >= pi/2 is left
    out: there S1 says nothing.
    """
    first = found.start
    reach = first.x_norms.unsqueeze(-1) * found.sine.unsqueeze(-2)
    excess = first.a.abs() - reach
    counted = found.flips & (found.psi.lower < math.pi / 2.0).unsqueeze(-2)
    floor = -first.x_norms.size.amax(-1)[:, None, None]
    low = torch.where(counted, excess.lower, floor)
    high = torch.where(counted, excess.upper, floor)
    return found.enclosure(between(low.flatten(-2).amax(-1), high.flatten(-2).amax(-1)))


def gain_jacobian_change(found: Move) -> Enclosure:
    """||J_g(t) - J_g(0)||_F, (B,) (left side of S2)."""
    change = found.end.features - found.start.features
    total = change.square().sum(-1).sum(-1).sqrt()
    return found.enclosure(total / exact(math.sqrt(found.start.m), like=total))


def gain_jacobian_bound(found: Move) -> Enclosure:
    """chi m^(-1/2) (sum_k ||u_k(t) - u_k(0)||^2)^(1/2), (B,) (right side of S2)."""
    total = found.apart.norm() * chi_ball(found.start.x)
    return found.enclosure(total / exact(math.sqrt(found.start.m), like=total))


def glued_jacobian(swept: Sweep) -> Ball:
    """m^(-1/2) D_k X Q_k as (B, n, m, d): memory n m d, for checks only."""
    rho = swept.rho.abs().unsqueeze(-2).unsqueeze(-1)
    along = swept.a.unsqueeze(-1) * swept.unit.unsqueeze(-3)
    x = exact(swept.x).unsqueeze(-2)
    blocks = (rho * (x - along) + along) * pattern_balls(swept).unsqueeze(-1)
    return blocks / exact(math.sqrt(swept.m), like=rho)


def jacobian_change(found: Move) -> Enclosure:
    """||J(t) - J(0)||_2 of the glued Jacobians, (B,) (left side of S3)."""
    difference = glued_jacobian(found.end) - glued_jacobian(found.start)
    flat = Ball(difference.mid.flatten(-2), difference.rad.flatten(-2))
    return found.enclosure(_norm(flat @ flat.mT))


def jacobian_bound(found: Move) -> Enclosure:
    """The right side of S3, (B,): what moved rows and gains cost, plus what flips cost."""
    turned = _moved_part(found)
    flipped = _flipped_part(found)
    return found.enclosure(turned + flipped)


def moved_part(found: Move) -> Enclosure:
    """The first term of S3's right side alone: a negative control, refuted when a unit flips."""
    return found.enclosure(_moved_part(found))


def flipped_part(found: Move) -> Enclosure:
    """The second term of S3's right side: what flipped activations cost, (B,)."""
    return found.enclosure(_flipped_part(found))


def _moved_part(found: Move) -> Ball:
    """lam_max((1/m) sum_k w_k D_k(t) X X^T D_k(t))^(1/2)."""
    first, last = found.start, found.end
    rho = first.rho.abs()
    weight = ((last.rho.abs() - rho).abs() + (rho - 1.0).abs() * found.sine).square()
    pattern = pattern_balls(last)
    gram = exact(first.x) @ exact(first.x.mT)
    total = (pattern * weight.unsqueeze(-2)) @ pattern.mT * gram
    return _norm(total / exact(float(first.m), like=total))


def _flipped_part(found: Move) -> Ball:
    """[max_i (1/m) sum over k with i in F_k of ||Q_k(0) X_(F_k)^T||^2]^(1/2)."""
    first = found.start
    totals = first.a.mid.new_zeros(first.a.mid.shape[:-1])
    low, high = totals, totals.clone()
    for b, k in found.flips.any(-2).nonzero().tolist():
        rows = found.flips[b, :, k]
        ends = _norm_squared(_unit_gram(first, b, k, rows))
        low[b, rows] += ends.lower
        high[b, rows] += ends.upper
    widest = between(low.amax(-1), high.amax(-1) * (1.0 + (first.m + 8.0) * UNIT))
    return (widest / exact(float(first.m), like=widest)).sqrt()


def _unit_gram(swept: Sweep, b: int, k: int, rows: Tensor) -> Ball:
    """N_k = rho_k^2 X X^T + (1 - rho_k^2) a_k a_k^T on the given rows, (1, q, q)."""
    x, a = exact(swept.x[b, rows]), swept.a[b, rows, k]
    squared = swept.rho[b, k].square()
    outer = a.unsqueeze(-1) * a.unsqueeze(-2)
    return ((x @ x.mT) * squared - outer * (squared - 1.0)).unsqueeze(0)


def _norm_squared(gram: Ball) -> Ball:
    found = largest_eigenvalue(gram.enclosure("Gram matrix"))
    return between(found.lower.squeeze(0), found.upper.squeeze(0))


def _norm(gram: Ball) -> Ball:
    found = largest_eigenvalue(gram.enclosure("Gram matrix"))
    return between(found.lower, found.upper).sqrt()


def least_stretch(rho: float, start: Tensor, end: Tensor) -> Enclosure:
    """min over z of ||Q(t) z|| / ||Q(0) z||, Q = |rho| P + u u^T, for unit rows (d,) (left of S4).

    Dense: the least eigenvalue of Q(0)^(-1) Q(t)^2 Q(0)^(-1). Rows are normalized here.
    """
    check_positive(abs(rho), "rho")
    u, w = (exact(t.to(torch.float64)) for t in (start, end))
    eye = torch.eye(len(start), dtype=torch.float64, device=start.device)
    first, last = (_projector(t) for t in (u, w))
    size = exact(abs(rho), like=first)
    inverse = (exact(eye) - first) / size + first
    squared = (exact(eye) - last) * size * size + last
    found = least_eigenvalue((inverse @ squared @ inverse).enclosure("dense product"))
    return between(found.lower, found.upper).sqrt().enclosure(_METHOD)


def _projector(row: Ball) -> Ball:
    unit = row / row.norm().unsqueeze(-1)
    return unit.unsqueeze(-1) * unit.unsqueeze(-2)


def least_stretches(found: Move) -> Enclosure:
    """The same for every row at once, each with its own |rho| at the start, (B, m)."""
    unit = found.start.unit.mid
    eye = exact(torch.eye(unit.shape[-1], dtype=torch.float64, device=unit.device))
    first, last = (_outer(part.unit) for part in (found.start, found.end))
    size = found.start.rho.abs().unsqueeze(-1).unsqueeze(-1)
    inverse = (eye - first) / size + first
    squared = (eye - last) * size * size + last
    ends = least_eigenvalue((inverse @ squared @ inverse).enclosure("dense product"))
    return found.enclosure(between(ends.lower.clamp_min(0.0), ends.upper).sqrt())


def _outer(unit: Ball) -> Ball:
    return unit.unsqueeze(-1) * unit.unsqueeze(-2)


def least_stretch_formula(rho: float, psi: float) -> float:
    """sqrt(1 + b^2) - b, b = |rho - 1/rho| sin(psi)/2 (right side of S4, an equality)."""
    b = abs(abs(rho) - 1.0 / abs(rho)) * math.sin(psi) / 2.0
    return 1.0 / (math.sqrt(1.0 + b * b) + b)
