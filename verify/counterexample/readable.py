"""A case in words and numbers that a reader can type in again."""

from __future__ import annotations

from torch import Tensor

from verify.case import Case

__all__ = ["describe"]


def describe(case: Case, digits: int = 17) -> str:
    """A single case: what it is, then every tensor by name; 17 digits are exact."""
    tensors = case.tensors()
    pad = max((len(name) for name in tensors), default=0)
    lines = [f"{name:<{pad}} = {_numbers(value, digits)}" for name, value in tensors.items()]
    return "\n".join([case.head(), *lines] if case.head() else lines)


def _numbers(tensor: Tensor, digits: int) -> str:
    if tensor.ndim == 0:
        value = float(tensor)
        whole = value.is_integer() and abs(value) < 1e6
        return repr(int(value)) if whole else f"{value:.{digits}g}"
    return "[" + ", ".join(_numbers(part, digits) for part in tensor) + "]"
