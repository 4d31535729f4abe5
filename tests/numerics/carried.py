"""A pretended GPU that carries data: tensors that say `cuda` and compute on the CPU behind.

Where FakeTensorMode has no answer (a branch on data, a count, autograd), the numbers are here.
Every operation looks at where its tensors say they are, as a GPU would: tensors of different
devices mix only where the one of the CPU has no axes, and a CPU index may select from the GPU.
What has no operation on a GPU (numpy) is refused too. A CPU build knows no `cuda`, so torch itself
is told `meta`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

GPU = torch.device("cuda", 0)
_CPU, _META = torch.device("cpu"), torch.device("meta")
_ATEN = torch.ops.aten
_MOVES = {_ATEN._to_copy.default, _ATEN.copy_.default}
_SELECTS = {_ATEN.index.Tensor, _ATEN.index_put_.default, _ATEN.index_put.default}
_JOINS = {_ATEN.cat.default, _ATEN.stack.default}


class Carried(torch.Tensor):
    """`held`, a CPU tensor, under the name of a tensor on the GPU."""

    held: torch.Tensor
    device, is_cuda, is_cpu, is_meta = GPU, True, False, False

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> Carried:
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, device=_META, requires_grad=held.requires_grad,
        )  # fmt: skip
        made.held = held
        return made

    def __repr__(self) -> str:
        return f"Carried({self.held!r})"

    def numpy(self, *args: object, **named: object) -> object:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")

    __array__ = numpy

    def tolist(self) -> list:
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _answered(func, args, kwargs or {})


def _answered(func, args, kwargs):
    """func of what is carried; carried again where a GPU would have it."""
    tensors = list(_tensors((args, kwargs)))
    if func not in _MOVES:
        _never_mixed(func, args, tensors)
    there = any(isinstance(t, Carried) for t in tensors)
    if kwargs.get("device") is not None:
        there = torch.device(kwargs["device"]).type != "cpu"
        kwargs = {**kwargs, "device": _CPU}
    elif func is _ATEN.copy_.default:
        there = isinstance(args[0], Carried)
    plain, named = _changed((args, kwargs), lambda t: t.held if isinstance(t, Carried) else t)
    if any(t.is_meta for t in tensors):
        raise RuntimeError(f"{func}: a tensor was made that carries nothing")
    found = func(*plain, **named)
    known = {id(t.held): t for t in tensors if isinstance(t, Carried)}  # in place: the same object

    def carried(tensor: torch.Tensor) -> torch.Tensor:
        return known[id(tensor)] if id(tensor) in known else Carried(tensor)

    return _changed(found, carried) if there else found


def _tensors(found) -> Iterator[torch.Tensor]:
    if isinstance(found, torch.Tensor):
        yield found
    elif isinstance(found, dict | tuple | list):
        for part in found.values() if isinstance(found, dict) else found:
            yield from _tensors(part)


def _changed(found, change: Callable[[torch.Tensor], torch.Tensor]):
    """The same tuples, lists and dicts with each tensor changed."""
    if isinstance(found, torch.Tensor):
        return change(found)
    if isinstance(found, dict):
        return {name: _changed(part, change) for name, part in found.items()}
    if isinstance(found, tuple | list):
        return type(found)([_changed(part, change) for part in found])
    return found


def _never_mixed(func, args, tensors) -> None:
    cpu = [t for t in tensors if not isinstance(t, Carried)]
    if len(cpu) in (0, len(tensors)):
        return
    if func in _SELECTS and isinstance(args[0], Carried):
        cpu = [t for t in args[2:3] if not isinstance(t, Carried)]
    if any(t.dim() or func in _JOINS for t in cpu):
        raise RuntimeError(f"{func}: tensors are not on the same device, but on cuda:0 and cpu")


class _Asking(TorchFunctionMode):
    """`cuda`, where it is asked for, becomes `meta`."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        args, named = _renamed(args), _renamed(kwargs or {})
        if func is torch.Tensor.cuda:
            return args[0].to(_META)
        if func is torch.Tensor.new_tensor and isinstance(args[0], Carried):
            named = {"dtype": args[0].dtype, "device": _META, **named}
            func, args = torch.tensor, args[1:]
        if func in (torch.tensor, torch.as_tensor) and named.get("device") == _META:
            return func(*args, **{**named, "device": _CPU}).to(_META)
        return func(*args, **named)


def _renamed(found):
    if isinstance(found, tuple | list):
        return type(found)(_renamed(part) for part in found)
    if isinstance(found, dict):
        return {name: _renamed(part) for name, part in found.items()}
    if isinstance(found, torch.device):
        return _META if found.type == "cuda" else found
    return _META if isinstance(found, str) and found.startswith("cuda") else found


class _Making(TorchDispatchMode):
    """Sees what is made on the GPU where no tensor of it is an argument."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _answered(func, args, kwargs or {})


@contextmanager
def carrying() -> Iterator[None]:
    """Within it, `cuda` is there, and its tensors carry data."""
    with _Making(), _Asking(), mock.patch("torch.cuda.is_available", return_value=True):
        yield


def places(found: object) -> set[str]:
    """The kinds of device of all tensors within a result, at any depth."""
    if isinstance(found, torch.Tensor):
        return {found.device.type}
    if isinstance(found, dict):
        return places(list(found.values()))
    if isinstance(found, tuple | list):
        return {place for part in found for place in places(part)}
    if is_dataclass(found):
        return places([getattr(found, field.name) for field in fields(found)])
    return set()
