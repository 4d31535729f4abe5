"""Networks at the sharp corners of the bounds: where each inequality of the proofs is nearly met.

Four families, for every depth, width and activation asked for:

- propagating: all rows parallel to the incoming features, small input, so nothing is lost from
  layer to layer (output, input gradient, loss, and the v-part of the gradient);
- sensitive: the rows of one layer perpendicular to its features and of tiny norm, so the
  derivative in those rows is as large as it can be (gradient; Hessian between W and v);
- curved: the rows of the last layer at cosine 1/sqrt(3) to its features and of tiny norm, where
  the second derivative of w/||w|| is as large as it can be (Hessian inside W);
- bent: a huge input that the rows of the last layer nearly miss, so that their pre-activation is
  where the activation bends most while it moves as fast as it can (the curvature term).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from numerics import Activation
from numerics.weightnorm.network import Placement
from verify.weightnorm.specs import PLACEMENTS, LayerSpec, NetworkSpec


def corner_specs(
    depths: Sequence[int] = (1, 2, 3),
    widths: Sequence[int] = (2, 1, 4),
    activations: Sequence[str | Activation] = ("tanh", "identity", "sin"),
    seed: int = 0,
) -> Iterator[NetworkSpec]:
    """The corners in a fixed order, simplest first."""
    for depth in depths:
        for width in widths:
            for name in activations:
                for placement in PLACEMENTS:
                    yield from corner_families((width,) * depth, name, placement, seed)


def corner_families(
    hidden: Sequence[int],
    name: str | Activation,
    placement: Placement,
    seed: int,
    input_dim: int = 3,
) -> Iterator[NetworkSpec]:
    """The corners of one architecture with these hidden widths."""

    def spec(
        rows: str, log10_norm: float, log10_v: float, log10_x: float = -2.0, v: str = "ones"
    ) -> NetworkSpec:
        below = tuple(LayerSpec(width, "parallel", log10_norm=2.0) for width in hidden[:-1])
        return NetworkSpec(
            layers=(*below, LayerSpec(hidden[-1], rows, log10_norm)),
            input_dim=input_dim,
            activation=name,
            placement=placement,
            log10_x=log10_x,
            v=v,
            log10_v=log10_v,
            seed=seed,
        )

    yield spec("parallel", 2.0, 0.0)
    yield spec("perpendicular", -3.0, 0.0)
    yield spec("perpendicular", -3.0, -6.0)
    yield spec("oblique", -3.0, 2.0)
    yield spec("grazing", -3.0, 2.0, 3.0, "axis")
