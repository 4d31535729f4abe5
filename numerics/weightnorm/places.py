"""The layers of a user's `Sequential` in order, and refusals that name them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from numerics.errors import NumericsError

__all__ = [
    "ELSEWHERE",
    "Place",
    "WidthScale",
    "places_of",
    "refusal",
    "require_unchanged",
    "require_untied",
]

ELSEWHERE = "; verify.Claim.about_module takes any module"


class WidthScale(nn.Module):
    """Multiplies by m^(-1/2): the width factor of the theory, spelled as a layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """x / sqrt(width).

        Parameters
        ----------
        x : Tensor
            Of any shape.

        Returns
        -------
        Tensor
            Of the same shape.

        Examples
        --------
        >>> import torch, numerics
        >>> float(numerics.WidthScale(4)(torch.ones(1)))
        0.5
        """
        return x / math.sqrt(self.width)


@dataclass(frozen=True, eq=False)
class Place:
    """A layer and its path in the `Sequential` ("3", or "1.0" in a nested one), for messages."""

    index: str
    layer: nn.Module

    def refuse(self, found: str, accepted: str) -> NumericsError:
        name = type(self.layer).__name__
        return refusal(f"layer {self.index} ({name}): {found}", accepted)


def places_of(module: nn.Module) -> list[Place]:
    """The layers of a `Sequential` in order, without those that change nothing.

    Raises `NumericsError` for another container, hooks on one, dropout in training mode.
    """
    if type(module) is not nn.Sequential:
        raise refusal(type(module).__name__, "exactly a torch.nn.Sequential" + ELSEWHERE)
    segments: list[list[Place]] = [[]]
    for place in _flat(module, ""):
        if _is_idle(place):
            continue
        segments += [[]] if isinstance(place.layer, nn.Linear) else []
        segments[-1].append(place)
    return [place for k, segment in enumerate(segments) for place in _kept(segment, k, segments)]


def _kept(segment: list[Place], index: int, segments: list[list[Place]]) -> list[Place]:
    """A linear layer and what follows it; an Identity only where no other activation stands
    between it and the next one."""
    formal = [place for place in segment if type(place.layer) is nn.Identity]
    for place in formal:
        require_unchanged(place)
    linear = isinstance(segment[0].layer, nn.Linear) if segment else False
    alone = all(type(p.layer) in (nn.Identity, WidthScale) for p in segment[1:])
    between = linear and index + 1 < len(segments)
    passed = formal[1:] if between and alone else formal
    return [place for place in segment if place not in passed]


def _flat(module: nn.Sequential, path: str) -> Iterator[Place]:
    """The layers of a `Sequential` in order, those of nested ones in their place."""
    require_unchanged(Place(path or "-1", module), "the module" if not path else "")
    for index, layer in enumerate(module):
        place = f"{path}.{index}" if path else str(index)
        if type(layer) is nn.Sequential:
            yield from _flat(layer, place)
        else:
            yield Place(place, layer)


def _is_idle(place: Place) -> bool:
    """Whether a layer changes nothing: dropout in evaluation mode, flattening what is flat."""
    layer = place.layer
    if type(layer) is nn.Dropout:
        if layer.training and layer.p > 0:
            raise place.refuse(f"dropout with p={layer.p} in training mode", "module.eval()")
    elif type(layer) is nn.Flatten:
        if (layer.start_dim, layer.end_dim) != (1, -1):
            raise place.refuse(f"flattens axes {layer.start_dim} to {layer.end_dim}", "Flatten()")
    else:
        return False
    require_unchanged(place)
    return True


def require_unchanged(place: Place, name: str = "", *, hooks: Iterable[object] = ()) -> None:
    """No forward of its own, and no hooks but the given ones."""
    layer = place.layer
    if "forward" in vars(layer):
        raise place.refuse("its forward has been replaced", "torch's own forward")
    found = [*layer._forward_hooks.values(), *layer._forward_pre_hooks.values()]
    known = [id(hook) for hook in hooks]
    if any(id(hook) not in known for hook in found):
        raise place.refuse(
            f"{name or 'it'} has a forward hook, which can change what is computed",
            "no hooks besides weight_norm's own",
        )


def require_untied(places: list[Place]) -> None:
    """Every parameter belongs to one layer: theta lists each weight once."""
    owner: dict[int, str] = {}
    for place in places:
        for parameter in place.layer.parameters():
            first = owner.setdefault(id(parameter), place.index)
            if first != place.index:
                raise place.refuse(
                    f"it shares a weight with layer {first}", "weights of its own in every layer"
                )


def refusal(found: str, accepted: str) -> NumericsError:
    """The error about a module."""
    return NumericsError(argument="module", found=found, accepted=accepted)
