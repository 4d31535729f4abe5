"""A GPU that is pretended: torch's FakeTensorMode, with answers for what it cannot know.

It carries shapes, dtypes and devices without data, and raises where devices mix. Where code looks
at data, a rule answers: all(...) is true, any(...) what the test says, and the range check says in
range or out of it, so that both branches are walked. For good, so only ever in a forked child.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import torch
from torch._subclasses.fake_tensor import FakeTensor, unset_fake_temporarily

from numerics.weightnorm import guarded
from numerics.weightnorm.curvature import norm

WHOLE_ANY, WHOLE_ALL = torch.Tensor.any, torch.Tensor.all
#: What torch's CPU build says where it is asked for a GPU after all.
NO_GPU = ("not linked with support", "signal", "Cannot access accelerator", "NVIDIA driver",
          "not compiled with CUDA", "No CUDA GPUs")  # fmt: skip


def begin_pretending(in_range: bool, any_is: bool) -> None:
    """Answers for what FakeTensorMode cannot know, and indexing that needs no GPU; for good, so
    only ever called in a child."""

    def answering(answer: bool, kept):
        def method(self, *args, **named):
            found = kept(self, *args, **named)
            found.answer = answer
            return found

        return method

    changes = {
        "all": answering(True, WHOLE_ALL), "any": answering(any_is, WHOLE_ANY),
        "__bool__": lambda self: getattr(self, "answer", True), "__float__": lambda self: 1.0,
        "__int__": lambda self: 0, "nonzero": _one_index, "__getitem__": _indexed,
        "__setitem__": _set_index, "to": _moved,
    }  # fmt: skip
    for name, change in changes.items():
        setattr(FakeTensor, name, change)
    guarded.spread = lambda *t: (1.0, 1.0 if in_range else 1e300)
    torch.cuda.is_available = lambda: True
    norm._ROUNDS = 3


def _one_index(self: torch.Tensor, *, as_tuple: bool = False):
    """One index, on the tensor's device."""
    found = torch.zeros(1, self.dim(), dtype=torch.int64, device=self.device)
    return found.unbind(-1) if as_tuple else found


def _meta(value: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")


def _like_on_meta(value: torch.Tensor, index: object) -> torch.Tensor:
    """value[index] on torch's meta device: shape, stride and offset."""
    parts = index if isinstance(index, tuple) else (index,)
    moved = []
    with unset_fake_temporarily():
        for part in parts:
            if isinstance(part, torch.Tensor):  # a CPU index selects from a GPU, not the reverse
                assert part.device in (value.device, torch.device("cpu")), "index elsewhere"
                part = torch.zeros(part.shape, dtype=torch.int64, device="meta")
            moved.append(part)
        return _meta(value)[tuple(moved)]


def _is_view(index: object) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(part, torch.Tensor) for part in parts)


def _indexed(self: torch.Tensor, index: object) -> torch.Tensor:
    found = _like_on_meta(self, index)
    if _is_view(index):
        return self.as_strided(found.shape, found.stride(), found.storage_offset())
    return torch.empty(found.shape, dtype=self.dtype, device=self.device)


def _set_index(self: torch.Tensor, index: object, value: object) -> None:
    found = _like_on_meta(self, index)
    if isinstance(value, torch.Tensor):
        assert value.device == self.device, "value elsewhere"
        torch.broadcast_to(torch.empty(value.shape), found.shape)


def _moved(self: torch.Tensor, *args, **named) -> torch.Tensor:
    """`Tensor.to` without asking for a GPU."""
    device, dtype = named.get("device"), named.get("dtype")
    for arg in args:
        if isinstance(arg, torch.Tensor):
            device, dtype = arg.device, arg.dtype
        elif isinstance(arg, torch.dtype):
            dtype = arg
        elif arg is not None:
            device = torch.device(arg)
    return torch.empty_strided(
        self.shape, self.stride(), dtype=dtype or self.dtype, device=device or self.device
    )


def tensors_of(found: object) -> list[torch.Tensor]:
    if isinstance(found, torch.Tensor):
        return [found]
    if isinstance(found, dict):
        return [t for value in found.values() for t in tensors_of(value)]
    if isinstance(found, tuple | list):
        return [t for value in found for t in tensors_of(value)]
    names = ("lower", "upper", "certified", "refuted", "rounding", "weights", "v")
    return [t for name in names for t in tensors_of(getattr(found, name, []))]


def in_child(work: Callable[[], None]) -> str:
    """What went wrong in a child of this process; empty if nothing did."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        signal.setitimer(signal.ITIMER_PROF, 60)  # seconds of the processor: others may be busy
        signal.alarm(600)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # torch's own last words
        text = ""
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # a child must not go on as a test process
            text = f"{type(error).__name__}: {error}"[:2000]
        finally:
            os.write(sink, text.encode())
            os._exit(0)
    os.close(sink)
    with os.fdopen(source) as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    return f"ended by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said


def needs_a_gpu(said: str) -> bool:
    return any(words in said for words in NO_GPU)
