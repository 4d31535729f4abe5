"""Gradient flow of two-layer ReLU networks: float64 evidence from scipy, for small networks."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.integration import integrate
from numerics.relu_two_layer.gradient import residual_and_gradient
from numerics.relu_two_layer.network import ReluNetwork
from numerics.validation import check_count, check_positive


def gradient_flow(
    network: ReluNetwork,
    x: Tensor,
    y: Tensor,
    time: float,
    *,
    rtol: float = 1e-11,
    evaluations: int = 1_000_000,
) -> ReluNetwork:
    """The unbatched network after d(v, g)/dt = -grad ||f - y||^2/2 from time 0 to `time` > 0.

    x (n, d), y (n,). The gradient jumps where a preactivation changes its sign; DOP853 meets such
    moments with small steps, and its error stays of the order of rtol. Nothing is certified; it is
    computed on the CPU, and the network comes back on its own device. A flow that slides along
    such a boundary is followed for ever: evaluations is the number of gradients that it may take.
    Raises `NumericsError` where scipy gives up, and after that many.
    """
    check_positive(time, "time"), check_count(evaluations, "evaluations")
    left = evaluations
    device, network = network.device, network.to("cpu")
    m, d, c, x, y = network.m, network.d, network.c, x.cpu(), y.cpu()

    def opened(state: Tensor) -> ReluNetwork:
        return ReluNetwork(state[: m * d].reshape(1, m, d), state[m * d :].reshape(1, m), c, None)

    def field(now: float, state: np.ndarray) -> np.ndarray:
        nonlocal left
        left -= 1
        if left < 0:
            found = f"{time:g}, and {evaluations} gradients reach {now:g}: signs change for ever"
            raise NumericsError(argument="time", found=found, accepted="a shorter time")
        by_v, by_g = residual_and_gradient(opened(torch.from_numpy(state)), x, y)[1:]
        slope: np.ndarray = -torch.cat((by_v.flatten(), by_g.flatten())).numpy()
        return slope

    begin = torch.cat((network.v.flatten(), network.g.flatten()))
    times = torch.tensor([0.0, time], dtype=torch.float64)
    return opened(integrate(field, begin, times, rtol=rtol, atol=1e-13)[1][-1]).to(device)
