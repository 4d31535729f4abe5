"""Training for G9 with k classes: a linear classifier for its own certificate, as a network.

The mean W of N(W, I) and the shift tau are fitted to an upper bound of kl^(-1), and the result is
written as one hidden layer of the inner placement, wide enough to be linear up to little.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from numerics.validation import check_count
from numerics.weightnorm.network import WeightNormNetwork

__all__ = ["class_directions", "network_of_directions"]

_NODES = 12


def class_directions(
    z: Tensor,
    labels: Tensor,
    classes: int,
    *,
    prior: Tensor | None = None,
    steps: int = 200,
    rate: float = 0.3,
) -> Tensor:
    """W (k, d) on mapped inputs z (n, d) with labels (n,) in 0..k-1; prior: the mean W0 (k, d).

    Minimizes (q + sqrt(2 q r) + 2 r)/Phi(tau/sqrt 2), r = (||W - W0||^2/2 + 10)/n, by Adam with a
    cosine rate, starting at the prior or at the classes' means; deterministic.
    """
    check_count(steps, "steps")
    start = _class_means(z, labels, classes) if prior is None else prior
    center = torch.zeros_like(start) if prior is None else prior
    w = start.clone().requires_grad_()
    tau = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [w], "lr": rate}, {"params": [tau], "lr": 0.05}])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    nodes, weights = (torch.from_numpy(a) for a in np.polynomial.hermite_e.hermegauss(_NODES))
    weights = weights / math.sqrt(2.0 * math.pi)
    keep = torch.arange(classes) != labels.unsqueeze(1)
    for _ in range(steps):
        scores = z @ w.T
        apart = scores.gather(1, labels.unsqueeze(1)) - scores[keep].reshape(len(z), -1)
        inside = torch.special.log_ndtr(apart.unsqueeze(-1) - tau + nodes).sum(1).exp()
        q = (1.0 - inside @ weights).clamp(1e-6, 1.0).mean()
        moved = w - center
        moved = moved - moved.mean(0)
        r = (0.5 * moved.square().sum() + 10.0) / len(z)
        loss = (q + (2.0 * q * r).sqrt() + 2.0 * r) / torch.special.ndtr(tau / math.sqrt(2.0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return w.detach()


def network_of_directions(w: Tensor, copies: int) -> WeightNormNetwork:
    """k networks with one shared hidden layer of k * copies units, inner placement, whose linear
    parts are the rows of w (k, d); ||v_j|| = ||w_j|| sqrt(k), so they are linear up to
    ||w_j||/(3 sqrt(k) copies) on the unit ball."""
    k = len(w)
    sizes = torch.linalg.vector_norm(w, dim=-1)
    hidden = (w / sizes.unsqueeze(-1)).repeat_interleave(check_count(copies, "copies"), dim=0)
    owner = torch.arange(k).repeat_interleave(copies)
    v = torch.zeros(k, k * copies, dtype=torch.float64)
    v[owner, torch.arange(k * copies)] = sizes[owner] * math.sqrt(k * copies) / copies
    return WeightNormNetwork.from_tensors(
        [hidden.expand(k, -1, -1).contiguous()], v, placement="inner"
    )


def _class_means(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    means = torch.stack([z[labels == j].mean(0) for j in range(classes)])
    means = means - means.mean(0)
    return 10.0 * means / torch.linalg.vector_norm(means, dim=-1, keepdim=True)
