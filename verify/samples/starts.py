"""Structured samples, where the domain has them: equal, sparse, signs, rank one, orthogonal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from verify.domain import patterns
from verify.samples.domain import Domain

__all__ = ["structured"]

_SHARE = 4  # one draw in so many is replaced


def structured(
    domain: Domain,
    drawn: Mapping[str, Tensor],
    generator: torch.Generator,
    usable: Callable[[Mapping[str, Tensor]], bool],
) -> dict[str, Tensor]:
    """The draws, one in four replaced by tensors of a pattern, as large as what was drawn.

    Tensors of a set of their own have their structured points already. What is outside the domain,
    or not `usable` (a quantity that is no number there), stays as it was drawn.
    """
    found = {name: value.clone() for name, value in drawn.items()}
    names = [name for name in drawn if name not in domain.regions]
    count = len(next(iter(drawn.values())))
    for index in range(0, count if names else 0, _SHARE):
        one = {name: value[index : index + 1].clone() for name, value in drawn.items()}
        common = int(torch.randint(1 << 16, (), generator=generator))
        for name in names:
            one[name] = _shaped(one[name], common, generator)
            if name in domain.integers:
                one[name] = one[name].round()
        if bool(domain.contains(one).all()) and usable(one):
            for name in names:
                found[name][index] = one[name][0]
    return found


def _shaped(value: Tensor, common: int, generator: torch.Generator) -> Tensor:
    """A pattern of the shape of one draw (1, ...), its own or the one common to all tensors."""
    shown = patterns(tuple(value.shape[1:]))
    own = int(torch.randint(1 << 16, (), generator=generator))
    alike = bool(torch.rand((), generator=generator) < 0.5)
    chosen = shown[(common if alike else own) % len(shown)].unsqueeze(0)
    scale = value.abs().amax().clamp_min(1e-12)
    return chosen * (scale if bool(torch.rand((), generator=generator) < 0.5) else 1.0)
