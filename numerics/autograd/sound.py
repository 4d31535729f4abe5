"""What a module must be for its derivatives to mean something: tried at drawn points, said early.

The same output twice, the same in training and evaluation mode, nothing of its own changed by a
call, and autograd's derivative is the derivative (a detached tensor or a straight-through estimate
has another one).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from numerics.autograd.model import Model, refusal

__all__ = ["require_sound", "vectorizes"]

_STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)  # relative, of central differences
_APART = 1e-2  # relative distance of a difference from a derivative that is another function's
_NOISE = 100.0  # roundings of f, in units of its last place, that a difference may feel
_FAULTS = (RuntimeError, TypeError, ValueError, AttributeError, LookupError, NotImplementedError)

Tensors = Mapping[str, Tensor]
#: (parameters, inputs) of one sample -> a tensor without axes.
OneSample = Callable[[Tensors, Tensors], Tensor]


def require_sound(
    model: Model,
    raw: Callable[[Model, Tensors, Tensors], object],
    value: OneSample,
    theta: Tensors,
    inputs: Tensors,
    *,
    derivative: str,
) -> None:
    """Refuse, with the reason, a module whose numbers would mean nothing.

    raw: the output of a model for one sample. value: what is differentiated, made from it.
    derivative: "parameters", "inputs" or "", with respect to what.

    Raises:
        NumericsError: see the module's docstring.
    """
    before = {name: value.clone() for name, value in model.rest.items()}
    first = value(theta, inputs).detach()
    torch.rand(1)  # chance that a module takes from the global generator comes out differently now
    second = value(theta, inputs).detach()
    if not torch.equal(first, second) and not bool(first.isnan()):
        found = f"two outputs at one input: {float(first)!r}, then {float(second)!r}"
        raise refusal(found, "a module that is a function of its parameters and inputs")
    for name, kept in before.items():
        if not torch.equal(kept, model.rest[name]):
            raise refusal(f"a call changes the module's {name}", "a module in module.eval() mode")
    _require_mode_free(model, lambda m: raw(m, theta, inputs))
    if derivative:
        _require_derivative(value, theta, inputs, derivative)


def _require_mode_free(model: Model, raw: Callable[[Model], object]) -> None:
    """A module in training mode computes what it does in evaluation mode."""
    training = [name for name, layer in model.module.named_modules() if layer.training]
    if not training:
        return
    other = replace(model, module=copy.deepcopy(model.module).eval())
    if not _same(raw(model), raw(other)):
        found = f"layer {training[-1]}: training mode computes something else than evaluation mode"
        raise refusal(found, "module.eval()")


def _same(first: object, second: object) -> bool:
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return torch.equal(first, second) or bool(first.isnan().any())
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return all(_same(first[key], second[key]) for key in first)
    if isinstance(first, tuple | list) and isinstance(second, tuple | list):
        return all(_same(a, b) for a, b in zip(first, second, strict=True))
    return True


def _require_derivative(value: OneSample, theta: Tensors, inputs: Tensors, name: str) -> None:
    """Central differences along a random direction, some of them near autograd's number.

    At a kink none may be; so the caller draws several points and needs one.
    """
    at = dict(theta if name == "parameters" else inputs)
    if not at:
        raise refusal("no parameter that requires a gradient", "quantities of the inputs")

    def along(moved: Tensors) -> Tensor:
        return value(moved, inputs) if name == "parameters" else value(theta, moved)

    generator = torch.Generator().manual_seed(1)
    direction = {
        k: torch.randn(v.shape, generator=generator, dtype=torch.float64) for k, v in at.items()
    }
    try:
        slopes = torch.func.grad(along)(at)
    except RuntimeError as error:
        raise refusal(f"autograd says: {str(error)[:160]}", "a differentiable module") from error
    slope = sum(float((slopes[k] * direction[k]).sum()) for k in at)
    size = max(float(v.abs().max()) for v in at.values() if v.numel()) or 1.0
    found, near = _nearest(along, at, direction, size, slope)
    if not near:
        said = f"a derivative of {slope!r} in the {name} by autograd, and {found!r} by differences"
        raise refusal(said, "a module whose derivative autograd knows (no detach, no estimate)")


def _nearest(
    along: Callable[[Tensors], Tensor], at: Tensors, direction: Tensors, size: float, slope: float
) -> tuple[float, bool]:
    """The difference quotient nearest to a slope, and whether rounding explains what is left."""
    best, near = float("nan"), False
    for step in _STEPS:
        h = step * size
        up = float(along({k: v + h * direction[k] for k, v in at.items()}).detach())
        down = float(along({k: v - h * direction[k] for k, v in at.items()}).detach())
        quotient = (up - down) / (2 * h)
        noise = _NOISE * torch.finfo(torch.float64).eps * max(abs(up), abs(down)) / h
        distance = abs(quotient - slope)
        near |= not distance > _APART * max(abs(quotient), abs(slope)) + noise
        if not abs(best - slope) <= distance:
            best = quotient
    return best, near


def vectorizes(function: OneSample, theta: Tensors, inputs: Tensors) -> bool:
    """Whether samples side by side (`torch.func.vmap`) give what they give one by one.

    theta, inputs: a few samples along the leading axis.
    """
    count = len(next(iter([*theta.values(), *inputs.values()])))
    alone = [
        function({n: v[i] for n, v in theta.items()}, {n: v[i] for n, v in inputs.items()})
        for i in range(count)
    ]
    try:
        mapped = torch.func.vmap(function)(dict(theta), dict(inputs))
    except _FAULTS:
        return False
    expected = torch.stack(alone)
    scale = expected.abs().clamp_min(torch.finfo(torch.float64).smallest_normal)
    near = ((mapped - expected).abs() <= 1e-9 * scale) | (mapped == expected)
    return bool((near | (mapped.isnan() & expected.isnan())).all())
