"""The Gram matrix of the Jacobian from the Jacobian itself: the slow truth beside `kernels`."""

from __future__ import annotations

import math

from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.relu_two_layer.balls import Ball, exact
from numerics.relu_two_layer.forward import sweep
from numerics.relu_two_layer.inputs import resolve_inputs
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.state import pattern_balls


def jacobian_gram(network: ReluNetwork, x: Tensor) -> Enclosure:
    """J J^T from all derivatives, (B, n, n) or (n, n); memory n m d, for checks only.

    df_i/dv_k = c_k rho_k 1_ik (x_i - a_ik u_k)/sqrt(m), df_i/dg_k = c_k relu(a_ik)/sqrt(m).
    """
    x = resolve_inputs(network, x)
    swept = sweep(network, x)
    signs = exact(swept.c) / exact(math.sqrt(swept.m), like=swept.rho)
    across = exact(swept.x).unsqueeze(-2) - swept.a.unsqueeze(-1) * swept.unit.unsqueeze(-3)
    scale = pattern_balls(swept) * (signs * swept.rho).unsqueeze(-2)
    by_v = across * scale.unsqueeze(-1)
    flat = Ball(by_v.mid.flatten(-2), by_v.rad.flatten(-2))
    by_g = swept.features * signs.unsqueeze(-2)
    found = flat @ flat.mT + by_g @ by_g.mT
    return (found if network.batch is not None else found.squeeze(0)).enclosure("whole Jacobian")
