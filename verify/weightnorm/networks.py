"""The subjects `network` and `class`: all that the engine knows of deep WeightNorm networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

import numerics
from bounds.weightnorm import NOTATION
from numerics import Enclosure, WeightNormNetwork
from verify.activation_text import restored
from verify.claim import Claim
from verify.effort import Effort
from verify.errors import VerifyError
from verify.hexadecimal import from_hex
from verify.quantity import Quantity
from verify.subject import Shape, Subject
from verify.weightnorm import controls, in_balls, populations, stored, strategies
from verify.weightnorm.architecture import (
    Architecture,
    class_cells,
    class_shapes,
    grid,
    network_cells,
    network_shapes,
)
from verify.weightnorm.cases import FunctionClassCase, NetworkCase, network_case
from verify.weightnorm.class_space import ClassSpace
from verify.weightnorm.conditions import CONDITIONS
from verify.weightnorm.generalization.networks import DEVIATION, RADEMACHER_L1
from verify.weightnorm.grow import SIZES
from verify.weightnorm.mistakes import MISTAKES
from verify.weightnorm.network_space import NetworkSpace
from verify.weightnorm.points import points
from verify.weightnorm.quantities import QUANTITIES
from verify.weightnorm.readings import PER_CLASS, PER_DATA, PER_INPUT

__all__ = ["CLASSES", "NETWORKS", "RADEMACHER"]

_INPUTS = 2  # of each network that a campaign draws


def _parse(data: dict[str, Any], label: str) -> NetworkCase:
    """The network of a file, every number exact."""
    weights = [from_hex(w, "weights") for w in data["weights"]]
    network = WeightNormNetwork.from_tensors(
        weights,
        from_hex(data["v"], "v"),
        activation=restored(data["activation"]),
        placement=data["placement"],
    )
    x, y = from_hex(data["inputs"], "inputs"), from_hex(data["targets"], "targets")
    return network_case(network, x, y, origin="counterexample", label=label)


def _called(function: Callable[..., Any], over: str) -> Callable[[NetworkCase], Tensor | Enclosure]:
    """A user's function as one of a case: f(network, x), or f(network, x, y) of a data set."""
    if over == "input":
        return lambda case: function(case.network, case.x)
    return lambda case: function(case.network, case.x, case.y)


def _expected(case: NetworkCase, over: str) -> tuple[int, ...]:
    return (case.size, case.x.shape[1]) if over == "input" else (case.size,)


def _drawn(shape: Shape, count: int, seed: int, claim: Claim) -> NetworkCase:
    """`count` random networks with two Gaussian inputs and targets each."""
    a: Architecture = shape.detail
    network = WeightNormNetwork.random(
        a.widths, a.phi, seed=seed, batch=count, placement=a.placement
    )
    draw = torch.Generator().manual_seed(seed + 1)
    x = torch.randn(count, _INPUTS, a.widths[0], generator=draw, dtype=torch.float64)
    y = torch.randn(count, _INPUTS, generator=draw, dtype=torch.float64)
    return NetworkCase(
        network=network, x=x, y=y, origin="random", label=f"{shape.name}, seed {seed}"
    )


def _population(effort: Effort, seed: int, device: str) -> Iterator[NetworkCase]:
    yield from populations.random_cases(effort, seed, device)
    yield from populations.structured_cases(effort, seed, device)
    yield from populations.trained_cases(effort, seed, device)


def _growth(claim: Claim) -> list[str]:
    """The bound's symbols, one m for all widths; exponents are taken at K = 1."""
    short = {"m_min": "m", "m_max": "m"}
    names = dict.fromkeys(short.get(name, name) for name in claim.bound.symbols)
    return [name for name in names if name != "K"]


NETWORKS = Subject(
    kind="network",
    noun="network",
    case_type=NetworkCase,
    notation=NOTATION,
    quantities={**QUANTITIES, DEVIATION.key: DEVIATION},
    readings={"input": PER_INPUT, "data": PER_DATA},
    conditions=CONDITIONS,
    in_balls=in_balls.view,
    shapes=network_shapes,
    cells=network_cells,
    grid=grid,
    space=NetworkSpace,
    corners=controls.network_corners,
    drawn=_drawn,
    population=_population,
    strategy=strategies.networks_for,
    points=points,
    mistakes=MISTAKES,
    growth=_growth,
    sizes=SIZES,
    parse=_parse,
    stored=stored.network,
    called=_called,
    expected=_expected,
)


def _rademacher(case: FunctionClassCase) -> Enclosure:
    return numerics.rademacher_complexity(
        case.widths,
        case.x,
        nu=case.nu,
        activation=case.phi,
        placement=case.placement,
        seed=case.seed,
        restarts=case.restarts,
        steps=case.steps,
    )


RADEMACHER = Quantity(
    key="rademacher_complexity",
    latex=r"\hat{\mathfrak{R}}_n(\mathcal{F})",
    over="class",
    measure=_rademacher,
)


def _parse_class(data: dict[str, Any], label: str) -> FunctionClassCase:
    x = from_hex(data["inputs"], "inputs")
    layers = data["families"][0]["weights"]
    return FunctionClassCase(
        widths=(x.shape[1], *(len(rows) for rows in layers)),
        x=x,
        nu=float.fromhex(data["nu"]),
        activation=restored(data["activation"]),
        placement=data["placement"],
        origin="counterexample",
        label=label,
        **data["search"],
    )


def _drawn_class(shape: Shape, count: int, seed: int, claim: Claim) -> FunctionClassCase:
    """One class on four Gaussian inputs; `count` does not matter to it."""
    a: Architecture = shape.detail
    draw = torch.Generator().manual_seed(seed + 1)
    x = torch.randn(4, a.widths[0], generator=draw, dtype=torch.float64)
    return FunctionClassCase(
        widths=a.widths, x=x, activation=a.phi, placement=a.placement, seed=seed, restarts=4,
        steps=60, origin="random", label=f"class {shape.name}, seed {seed}",
    )  # fmt: skip


def _class_population(effort: Effort, seed: int, device: str) -> Iterator[FunctionClassCase]:
    yield from populations.class_cases(effort, seed)


def _own_class(function: Callable[..., Any], over: str) -> Callable[[Any], Any]:
    raise VerifyError("quantity", "a function of a class", "the key rademacher_complexity")


CLASSES = Subject(
    kind="class",
    noun="class",
    case_type=FunctionClassCase,
    notation=NOTATION,
    quantities={RADEMACHER.key: RADEMACHER, RADEMACHER_L1.key: RADEMACHER_L1},
    readings={"class": PER_CLASS},
    conditions=CONDITIONS,
    shapes=class_shapes,
    cells=class_cells,
    grid=grid,
    space=ClassSpace,
    corners=controls.class_corners,
    drawn=_drawn_class,
    population=_class_population,
    strategy=strategies.classes_for,
    points=points,
    mistakes=MISTAKES,
    growth=_growth,
    parse=_parse_class,
    stored=stored.function_class,
    called=_own_class,
)
