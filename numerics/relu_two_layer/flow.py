"""Gradient flow of two-layer ReLU networks: float64 evidence from scipy, for small networks."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from numerics.integration import integrate
from numerics.relu_two_layer.gradient import residual_and_gradient
from numerics.relu_two_layer.network import ReluNetwork
from numerics.validation import check_positive


def gradient_flow(
    network: ReluNetwork, x: Tensor, y: Tensor, time: float, *, rtol: float = 1e-11
) -> ReluNetwork:
    """The unbatched network after d(v, g)/dt = -grad ||f - y||^2/2 from time 0 to `time` > 0.

    x (n, d), y (n,). The gradient jumps where a preactivation changes its sign; DOP853 meets such
    moments with small steps, and its error stays of the order of rtol. Nothing is certified; it is
    computed on the CPU, and the network comes back on its own device.
    Raises `NumericsError` where scipy gives up.
    """
    check_positive(time, "time")
    device, network = network.device, network.to("cpu")
    m, d, c, x, y = network.m, network.d, network.c, x.cpu(), y.cpu()

    def opened(state: Tensor) -> ReluNetwork:
        return ReluNetwork(state[: m * d].reshape(1, m, d), state[m * d :].reshape(1, m), c, None)

    def field(_: float, state: np.ndarray) -> np.ndarray:
        by_v, by_g = residual_and_gradient(opened(torch.from_numpy(state)), x, y)[1:]
        found: np.ndarray = -torch.cat((by_v.flatten(), by_g.flatten())).numpy()
        return found

    begin = torch.cat((network.v.flatten(), network.g.flatten()))
    times = torch.tensor([0.0, time], dtype=torch.float64)
    return opened(integrate(field, begin, times, rtol=rtol, atol=1e-13)[1][-1]).to(device)
