"""Any `nn.Module` as a function of its parameters and inputs: a float64 copy nobody else holds."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from numerics.errors import NumericsError

__all__ = ["Model", "refusal"]

_Norms = nn.modules.batchnorm._BatchNorm | nn.modules.instancenorm._InstanceNorm


@dataclass(frozen=True, eq=False)
class Model:
    """A module's own copy in float64, called with parameters and inputs from outside.

    Attributes:
        module: the copy; the module it was made from is never touched.
        parameters: by name, detached; those that require a gradient, so theta of derivatives.
        rest: frozen parameters and buffers by name.
        converted: how many tensors were not float64 in the module; their values are kept exactly.
    """

    module: nn.Module
    parameters: Mapping[str, Tensor]
    rest: Mapping[str, Tensor]
    converted: int

    @staticmethod
    def of(module: nn.Module) -> Model:
        """The copy of a module.

        Raises:
            NumericsError: no module, complex numbers, parameters without values, a layer that draws
                by chance or uses the statistics of its batch in training mode (named).
        """
        if not isinstance(module, nn.Module):
            raise refusal(type(module).__name__, "a torch.nn.Module")
        for name, layer in module.named_modules():
            _require_fixed(name, layer)
        own = _copied(module)
        converted = _in_float64(own)
        theta = {n: p.detach() for n, p in own.named_parameters() if p.requires_grad}
        frozen = {n: p.detach() for n, p in own.named_parameters() if not p.requires_grad}
        return Model(own, theta, frozen | dict(own.named_buffers()), converted)

    @property
    def kind(self) -> str:
        """The class of the module, for readers."""
        return type(self.module).__name__

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the class and every parameter and buffer."""
        found = hashlib.sha256(type(self.module).__qualname__.encode())
        for name, value in sorted((dict(self.parameters) | dict(self.rest)).items()):
            found.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
            found.update(value.detach().cpu().contiguous().numpy().tobytes())
        return found.hexdigest()

    def __call__(self, parameters: Mapping[str, Tensor], inputs: Mapping[str, Tensor]) -> Any:
        """The module's output, with these parameters in place of its own; one input alone goes in
        by position, several by keyword."""
        given = dict(self.rest) | dict(self.parameters) | dict(parameters)
        args = tuple(inputs.values()) if len(inputs) == 1 else ()
        kwargs = {} if len(inputs) == 1 else dict(inputs)
        with _plain_kernels():
            return torch.func.functional_call(self.module, given, args, kwargs)


@contextmanager
def _plain_kernels() -> Iterator[None]:
    """Attention by its formula: fused kernels have no second derivative."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _require_fixed(name: str, layer: nn.Module) -> None:
    """No chance and no statistics of a batch, as far as torch's own layers go."""
    for parameter in layer.parameters(recurse=False):
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise refusal(_at(name, layer, "parameters without values"), "one run of the module")
    if not layer.training:
        return
    found = ""
    if isinstance(layer, nn.modules.dropout._DropoutNd) and layer.p > 0:
        found = f"dropout with p={layer.p} in training mode"
    elif isinstance(layer, nn.MultiheadAttention | nn.RNNBase) and layer.dropout > 0:
        found = f"dropout={layer.dropout} in training mode"
    elif isinstance(layer, nn.RReLU):
        found = "random slopes in training mode"
    elif isinstance(layer, _Norms) and layer.track_running_stats:
        found = "statistics of the batch in training mode"
    elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
        found = "statistics of the batch"
    if found:
        raise refusal(_at(name, layer, found), "module.eval()")


def _at(name: str, layer: nn.Module, found: str) -> str:
    return f"layer {name or '(the module itself)'} ({type(layer).__name__}): {found}"


def _copied(module: nn.Module) -> nn.Module:
    """A deep copy; tensors that are results (the old weight norm keeps one) without their graph."""
    memo: dict[int, Any] = {}
    for layer in module.modules():
        for value in vars(layer).values():
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    try:
        return copy.deepcopy(module, memo)
    except (TypeError, RuntimeError, AttributeError, ValueError) as error:
        raise refusal(
            f"a module without a copy ({error})", "one that copy.deepcopy takes"
        ) from error


def _in_float64(own: nn.Module) -> int:
    """Change a copy to float64; how many tensors were something else."""
    tensors = [*own.named_parameters(), *own.named_buffers()]
    for name, value in tensors:
        if value.is_complex() or value.is_quantized:
            raise refusal(f"{name} in {str(value.dtype)[6:]}", "real floating-point numbers")
    other = sum(v.is_floating_point() and v.dtype != torch.float64 for _, v in tensors)
    own.double()
    for layer in own.modules():
        for key, value in vars(layer).items():
            if isinstance(value, Tensor) and value.is_floating_point():
                setattr(layer, key, value.double())
    return other


def refusal(found: str, accepted: str) -> NumericsError:
    """The error about a module."""
    return NumericsError(argument="module", found=found, accepted=accepted)
