"""Which activations can change inside a tube, and what that can cost (statement F3, step 2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.relu_two_layer.balls import Ball
from numerics.relu_two_layer.eigenvalues import largest_eigenvalue
from numerics.relu_two_layer.tube import UP, Present, Tube
from numerics.rounding import UNIT


@dataclass(frozen=True, eq=False)
class Candidates:
    """mask: (1, n, m), True where the sign of a_ik may change; strict: active and no candidate.

    reach: (1, m), upper bounds on ||X_(C_k)||^2; size: sum of ||x_i||^2 over C_k.
    """

    mask: Tensor
    strict: Tensor
    reach: Tensor
    size: Tensor


def candidates(now: Present, moved: Tube) -> Candidates:
    """i is a candidate of unit k if |a_ik| <= ||x_i|| sin(D_k), up to the error of a (S1)."""
    swept = now.here.swept
    norms = swept.x_norms.size.unsqueeze(-1)
    mask = swept.a.mid.abs() <= (norms * moved.sine.unsqueeze(-2) + swept.a.rad) * UP
    if swept.undecided is not None:
        mask = mask | swept.undecided
    squares = norms.square().squeeze(-1)
    size = (squares.unsqueeze(-2) @ mask.to(torch.float64)).squeeze(-2) * UP
    reach = torch.minimum(size, torch.full_like(size, now.chi**2 * UP))
    return Candidates(mask, swept.active & ~mask, _row_sums(now, mask, reach), size)


def _row_sums(now: Present, mask: Tensor, reach: Tensor) -> Tensor:
    """min(reach, largest row sum of |X_C X_C^T|), where a unit has several candidates."""
    several = (mask.sum(-2) > 1)[0].nonzero().flatten()
    if not len(several):
        return reach
    chosen = mask[..., several].to(torch.float64)
    sums = now.gram.size @ chosen
    largest = (sums * chosen).amax(-2) * (1.0 + (now.x.shape[-2] + 8.0) * UNIT)
    found = reach.clone()
    found[:, several] = torch.minimum(reach[:, several], largest)
    return found


def move_cost(now: Present, found: Candidates, weight: Tensor) -> float:
    """An upper bound on W(w)^2 for weights (1, m): the cost of Q_k(t) - Q_k(0), |.|^2 <= w_k,

    W(w) = lam_max((1/m) sum_k w_k D_k^s X X^T D_k^s)^(1/2)
           + [max_i (1/m) sum over k with i in C_k of w_k ||X_(C_k)||^2]^(1/2).
    """
    on = found.strict.to(torch.float64)
    m = now.m
    product = (on * weight.unsqueeze(-2)) @ on.mT / m
    known = Ball(product, (m + 8.0) * UNIT * product)
    top = largest_eigenvalue((known * now.gram).enclosure("weighted Gram matrix"))
    moved = float(top.upper.clamp_min(0.0)) ** 0.5 + flip_cost(now, found, weight * found.reach)
    return float(moved**2 * UP)


def flip_cost(now: Present, found: Candidates, weight: Tensor) -> float:
    """[max_i (1/m) sum over k with i in C_k of w_k]^(1/2), rounded up."""
    total = (found.mask.to(torch.float64) @ weight.unsqueeze(-1)).amax()
    mean = float(total) / now.m * (1.0 + (now.m + 8.0) * UNIT)
    return float(mean**0.5 * UP)
