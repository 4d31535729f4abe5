"""Where the search begins: corners, structured draws, trained networks, plain random draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from numerics import Activation, WeightNormNetwork
from numerics.weightnorm.training import train
from numerics.weightnorm.witnesses import Shape as WitnessShape
from numerics.weightnorm.witnesses import (
    Witness,
    gradient_witness,
    jacobian_witness,
    mixed_witness,
)
from verify.errors import VerifyError
from verify.weightnorm.architecture import Architecture
from verify.weightnorm.corners import corner_families
from verify.weightnorm.specs import (
    INPUT_PATTERNS,
    OUTPUT_PATTERNS,
    ROW_PATTERNS,
    SPLIT,
    LayerSpec,
    NetworkSpec,
    build_batch,
)

Drawn = tuple[WeightNormNetwork, Tensor]  # a batch of networks and inputs (B, n, d)

KINDS = ("corner", "structured", "split", "trained", "random")
#: On request only: the networks at which the depth-free bounds are attained (T22 to T27). A search
#: that starts there shows nothing about searching.
WITNESS = "witness"
_TRAINING_STEPS = 20
_SPLIT_EVERY = 4  # one structured start in so many lies between two regimes


def _decades(rng: np.random.Generator, low: float = -4.0, high: float = 2.0) -> float:
    return float(rng.uniform(low, high))


def structured_spec(shape: Architecture, rng: np.random.Generator) -> NetworkSpec:
    """Row patterns, output and input patterns and scales over six decades, drawn apart."""
    one_pattern = bool(rng.integers(2))
    common = str(rng.choice(list(ROW_PATTERNS)))
    layers = tuple(
        LayerSpec(
            width=width,
            rows=common if one_pattern else str(rng.choice(list(ROW_PATTERNS))),
            log10_norm=_decades(rng),
            decades=float(rng.choice([0.0, 0.0, 2.0])),
        )
        for width in shape.widths[1:]
    )
    return NetworkSpec(
        layers=layers,
        input_dim=shape.widths[0],
        activation=shape.phi,
        placement=shape.placement,
        x=str(rng.choice(list(INPUT_PATTERNS))),
        log10_x=_decades(rng),
        v=str(rng.choice(list(OUTPUT_PATTERNS))),
        log10_v=_decades(rng),
        seed=int(rng.integers(2**31)),
    )


def split_spec(shape: Architecture, rng: np.random.Generator) -> NetworkSpec:
    """Between two regimes: one unit of the last layer looks across its features and carries v, the
    others look along theirs, and the layers below pass everything on."""
    below = tuple(LayerSpec(width, "parallel", log10_norm=2.0) for width in shape.widths[1:-1])
    return NetworkSpec(
        layers=(*below, LayerSpec(shape.widths[-1], SPLIT, _decades(rng, -1.0, 1.0))),
        input_dim=shape.widths[0],
        activation=shape.phi,
        placement=shape.placement,
        log10_x=_decades(rng, -3.0, 0.0),
        v="axis",
        log10_v=_decades(rng, -1.0, 1.0),
        seed=int(rng.integers(2**31)),
    )


def split_anywhere_spec(shape: Architecture, rng: np.random.Generator) -> NetworkSpec:
    """Layers split, along their features or Gaussian, at moderate norms, on an input that is not
    small: where a bound adds up layers, each at its own worst, and its scale of features counts."""
    rows = (SPLIT, "parallel", "gaussian")
    layers = tuple(
        LayerSpec(width, str(rng.choice(rows)), _decades(rng, -1.0, 1.0))
        for width in shape.widths[1:]
    )
    return NetworkSpec(
        layers=layers,
        input_dim=shape.widths[0],
        activation=shape.phi,
        placement=shape.placement,
        log10_x=_decades(rng, 0.0, 3.0),
        v=str(rng.choice(("axis", "features", "gaussian"))),
        log10_v=_decades(rng, -1.0, 1.0),
        seed=int(rng.integers(2**31)),
    )


def _structured(shape: Architecture, count: int, rng: np.random.Generator) -> Drawn:
    specs = [structured_spec(shape, rng) for _ in range(count)]
    specs[_SPLIT_EVERY - 1 :: _SPLIT_EVERY] = [
        split_spec(shape, rng) for _ in specs[_SPLIT_EVERY - 1 :: _SPLIT_EVERY]
    ]
    network, x = build_batch(specs)
    return network, _more_inputs(x, shape.inputs, rng)


def _split(shape: Architecture, count: int, rng: np.random.Generator) -> Drawn:
    network, x = build_batch([split_anywhere_spec(shape, rng) for _ in range(count)])
    return network, _more_inputs(x, shape.inputs, rng)


def _corners(shape: Architecture, count: int, rng: np.random.Generator) -> Drawn:
    families = corner_families(
        shape.widths[1:], shape.phi, shape.placement, seed=0, input_dim=shape.widths[0]
    )
    network, x = build_batch(list(islice(families, count)))
    return network, _more_inputs(x, shape.inputs, rng)


def _more_inputs(x: Tensor, inputs: int, rng: np.random.Generator) -> Tensor:
    """The one input of a spec again with random signs, (B, n, d): aligned inputs."""
    signs = torch.from_numpy(rng.choice([-1.0, 1.0], size=(x.shape[0], inputs - 1, 1)))
    return torch.cat([x, signs * x], dim=1)


def _random(shape: Architecture, count: int, rng: np.random.Generator) -> Drawn:
    seed = int(rng.integers(2**31))
    network = WeightNormNetwork.random(
        shape.widths, shape.phi, seed=seed, batch=count, placement=shape.placement
    )

    def scale(*size: int) -> Tensor:
        return torch.from_numpy(10.0 ** rng.uniform(-4.0, 2.0, size=size))

    x = torch.from_numpy(rng.standard_normal((count, shape.inputs, shape.widths[0])))
    scaled = WeightNormNetwork.from_tensors(
        [w * scale(count, 1, 1) for w in network.weights],
        network.v * scale(count, 1),
        activation=shape.phi,
        placement=shape.placement,
    )
    return scaled, x * scale(count, 1, 1)


def _trained(shape: Architecture, count: int, rng: np.random.Generator) -> Drawn:
    """Random networks after a few steps of gradient descent towards random signs."""
    seed = int(rng.integers(2**31))
    network = WeightNormNetwork.random(
        shape.widths, shape.phi, seed=seed, batch=count, placement=shape.placement
    )
    x = torch.from_numpy(rng.standard_normal((count, shape.inputs, shape.widths[0])))
    x = x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    y = torch.from_numpy(rng.choice([-1.0, 1.0], size=(count, shape.inputs)))
    run = train(network, x, y, learning_rate=0.2, steps=_TRAINING_STEPS, seed=seed, trackers=(),
                progress=False)  # fmt: skip
    return run.checkpoints[-1].network, x


def _witnesses(shape: Architecture, count: int, rng: np.random.Generator) -> Drawn:
    """Equal widths and two input dimensions at least; each candidate at scales of its own."""
    if len(set(shape.widths[1:])) > 1 or shape.widths[0] < 2:
        raise VerifyError("starts", f"no witness at widths {shape.widths}", "equal hidden widths")
    makers = [m for depth, m in _WITNESS_MAKERS if shape.depth >= depth]
    found = [_scaled(makers[k % len(makers)], shape, rng) for k in range(count)]
    network = WeightNormNetwork.from_tensors(
        [torch.cat(layer) for layer in zip(*(w.network.weights for w in found), strict=True)],
        torch.cat([w.network.v for w in found]),
        activation=shape.phi,
        placement=shape.placement,
    )
    x = torch.stack([w.x for w in found]).unsqueeze(1)
    return network, _more_inputs(x, shape.inputs, rng)


def _scaled(
    maker: Callable[[WitnessShape, Activation], Witness],
    shape: Architecture,
    rng: np.random.Generator,
) -> Witness:
    sizes = WitnessShape(
        shape.depth, shape.widths[1], omega=10.0 ** _decades(rng, -1, 1),
        nu=10.0 ** _decades(rng, 0, 3), inputs=shape.widths[0], placement=shape.placement,
    )  # fmt: skip
    return maker(sizes, shape.phi)


_WITNESS_MAKERS = ((1, gradient_witness), (2, jacobian_witness), (4, mixed_witness))

_MAKERS: dict[str, Callable[[Architecture, int, np.random.Generator], Drawn]] = {
    "corner": _corners,
    "structured": _structured,
    "split": _split,
    "trained": _trained,
    "random": _random,
    WITNESS: _witnesses,
}

#: Shares of a batch of starts, over their sum; whatever corners do not fill goes to the next kinds.
_SHARES = {
    "corner": 0.25, "structured": 0.3, "split": 0.3, "trained": 0.1, "random": 0.2, WITNESS: 0.3,
}  # fmt: skip


def check_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """The kinds of starts asked for; all but witnesses if none is named.

    Raises:
        VerifyError: one that does not exist.
    """
    if not kinds:
        return KINDS
    if not set(kinds) <= set(_MAKERS):
        raise VerifyError("starts", repr(tuple(kinds)), "some of " + ", ".join(_MAKERS))
    return tuple(kinds)


def draw_networks(
    shape: Architecture, count: int, rng: np.random.Generator, kinds: Sequence[str] = KINDS
) -> list[Drawn]:
    """Batches of starts, `count` networks in all, of the kinds asked for."""
    drawn: list[Drawn] = []
    left, weight = count, sum(_SHARES[kind] for kind in kinds)
    for kind in kinds:
        wanted = left if kind == kinds[-1] else min(left, math.ceil(count * _SHARES[kind] / weight))
        if wanted:
            drawn.append(_MAKERS[kind](shape, wanted, rng))
            left -= drawn[-1][0].networks
    return drawn
