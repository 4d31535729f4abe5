"""The closed-form families in which the bounds are met, as spaces of a few parameters.

"two columns": A = (1, a), y = 1, L = 2, a start of mass e^-M on the minimizer (`two_columns`).
"pair+", "pair-": A = (1, a) or (1, -a), y = 1, any depth; a, the start's mass, eta over decades.
"many": A = (1, a, .., a) with 60 columns, y = 1, a uniform start, L > 2 (`many_columns`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.diagonal_linear import Instance, Start, many_columns, two_columns
from verify.attack.flat import FlatSpace
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.draws import of_instance
from verify.subject import Point, Shape

__all__ = ["FAMILIES", "HardSpace", "family_case", "family_shape"]


_MANY = 60


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))


def _two_columns(p: list[float], depth: int) -> Instance:
    ratio, share = _sigmoid(p[0]), _sigmoid(p[2])
    return two_columns(ratio, rarity=math.exp(p[1]), share=share, mass=math.exp(p[3]))


def _many(p: list[float], depth: int) -> Instance:
    """1 - a, then eps = beta^(1-2/L) in units of it."""
    mass = (_sigmoid(p[0]) * math.exp(p[1])) ** (depth / (depth - 2))
    found = many_columns(_sigmoid(-p[0]), columns=_MANY, mass=mass, depth=depth)
    return replace(found, eta=math.exp(p[2]))


def _pair(turn: float) -> Callable[[list[float], int], Instance]:
    def make(p: list[float], depth: int) -> Instance:
        second = _sigmoid(p[3])
        x_0 = math.exp(p[1]) * torch.tensor([1.0 - second, second], dtype=torch.float64)
        matrix = torch.tensor([[1.0, turn * math.exp(p[0])]], dtype=torch.float64)
        start = Start.of_logs(x_0.log() / depth)
        return Instance(matrix, torch.ones(1, dtype=torch.float64), start, math.exp(p[2]), depth)

    return make


#: name -> (instance of its parameters, middle and spread of each at random).
FAMILIES: dict[str, tuple[Callable[[list[float], int], Instance], Tensor, Tensor]] = {
    "two columns": (
        _two_columns, torch.tensor([2.0, 4.0, -4.0, -0.5]), torch.tensor([2.0, 3, 3, 0.6])
    ),
    "many": (_many, torch.tensor([-3.0, -0.5, 0.0, 0.0]), torch.tensor([2.0, 1.0, 1.0, 1.0])),
    "pair+": (_pair(1.0), torch.tensor([-1.0, 0.0, 0.5, 0.0]), torch.tensor([1.5, 2, 1.5, 2])),
    "pair-": (_pair(-1.0), torch.tensor([-1.0, 0.5, 0.5, 0.0]), torch.tensor([1.5, 2, 1.5, 2])),
}  # fmt: skip


def family_shape(name: str, depth: int) -> Shape:
    """One family at one depth."""
    axes = {"L": depth, "n": 1, "N": _MANY if name == "many" else 2}
    return Shape(f"{name}, L = {depth}", name, axes, (name, depth))


def family_case(shape: Shape, parameters: list[float], origin: str = "structured") -> NetCase:
    """A member of a family; ValueError where its parameters make none."""
    name, depth = shape.detail
    try:
        instance = FAMILIES[name][0](parameters, depth)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    return of_instance(instance, f"{shape.name} at {[round(p, 3) for p in parameters]}")


def _parameters(name: str, count: int, generator: torch.Generator) -> Tensor:
    middle, spread = FAMILIES[name][1].double(), FAMILIES[name][2].double()
    draws = torch.randn(count, len(middle), generator=generator, dtype=torch.float64)
    return middle + spread * draws


@dataclass(frozen=True, eq=False)
class HardSpace(FlatSpace):
    """The members of one family: coordinates are its parameters, p (B, 4)."""

    def draw(self, count: int, generator: torch.Generator) -> Point:
        return {"p": _parameters(self.shape.detail[0], count, generator)}

    def case(self, point: Point, index: int) -> NetCase:
        return family_case(self.shape, point["p"][index].tolist())


def drawn_of_family(shape: Shape, seed: int) -> NetCase:
    """A random member; the first seed from here on that is one."""
    for trial in range(100):
        generator = torch.Generator().manual_seed(1_000 * seed + trial)
        try:
            return family_case(shape, _parameters(shape.detail[0], 1, generator)[0].tolist())
        except ValueError:
            continue
    raise ValueError(f"no member of {shape.name} found")
