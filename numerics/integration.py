"""Initial value problems by scipy, with the manners of this room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from numerics.errors import NumericsError

Field = Callable[[float, np.ndarray], np.ndarray]
Event = Callable[[float, np.ndarray], float]


def integrate(
    field: Field,
    state: Tensor,
    times: Tensor,
    *,
    rtol: float = 1e-11,
    atol: float = 1e-14,
    method: str = "DOP853",
    until: Event | None = None,
) -> tuple[Tensor, Tensor]:
    """States (K', S) at the times reached (K',), from the state (S,) at times[0].

    times (K,) increasing. The run ends early where `until` changes sign, at that moment. float64,
    on the CPU wherever the state is; the error is of the order of rtol per unit of the field's own
    time scale, nothing is certified.
    Raises `NumericsError` where scipy gives up.
    """
    if times.ndim != 1 or len(times) < 2 or not bool((times.diff() > 0).all()):
        raise NumericsError(
            argument="times",
            found=f"shape {tuple(times.shape)}, or not increasing",
            accepted="at least two increasing times",
        )
    state, times = state.to("cpu", torch.float64), times.to("cpu", torch.float64)
    if until is not None:
        until.terminal = True  # type: ignore[attr-defined]  # scipy reads it off the function
    found = solve_ivp(
        field,
        (float(times[0]), float(times[-1])),
        state.numpy(),
        method=method,
        t_eval=times.numpy(),
        rtol=rtol,
        atol=atol,
        events=until,
    )
    if found.status < 0:
        raise NumericsError(argument="times", found=found.message, accepted="a shorter run")
    reached, states = torch.as_tensor(found.t), torch.as_tensor(found.y.T.copy())
    if found.status == 1:
        reached = torch.cat((reached, torch.as_tensor(found.t_events[0][-1:])))
        states = torch.cat((states, torch.as_tensor(found.y_events[0][-1:])))
    return reached, states
