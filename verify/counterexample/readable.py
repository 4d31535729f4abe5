"""A case in words and numbers that a reader can type in again."""

from __future__ import annotations

from torch import Tensor

from verify.case import Case, FunctionClassCase, NetworkCase


def describe(case: Case) -> str:
    """A single case: the network with its weights, the class, or the sample's numbers."""
    if isinstance(case, NetworkCase):
        network = case.network
        lines = [
            f"{network.activation.name} network, widths {network.widths}, {network.placement}",
            *(f"W{l} = {_numbers(w[0])}" for l, w in enumerate(network.weights, start=1)),
            f"v  = {_numbers(network.v[0])}",
            f"x  = {_numbers(case.x[0])}",
        ]
        return "\n".join([*lines, f"y  = {_numbers(case.y[0])}"] if case.y.any() else lines)
    if isinstance(case, FunctionClassCase):
        head = f"class of {case.activation} networks, widths {case.widths}, {case.placement}"
        return f"{head}, nu = {case.nu:g}\nx = {_numbers(case.x)}"
    return "\n".join(f"{name} = {_numbers(value[0])}" for name, value in case.values.items())


def _numbers(tensor: Tensor) -> str:
    if tensor.ndim == 0:
        value = float(tensor)
        return repr(int(value)) if value.is_integer() and abs(value) < 1e6 else f"{value:.17g}"
    return "[" + ", ".join(_numbers(part) for part in tensor) + "]"
