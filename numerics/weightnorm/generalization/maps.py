"""Input maps x -> z in the unit ball, made before the sample is seen, with their provenance.

A certificate speaks of the network after a map, so the map must be fixed, or fitted on other data
(a pilot), or be one of finitely many. Which rows a map was fitted on is part of it: `certify`
refuses a map that was fitted on a row of the sample. Applied values carry a bound on their error.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_count, check_positive, check_tensor
from numerics.weightnorm.generalization.stages import (
    Append,
    BesideProducts,
    Linear,
    Normalize,
    Shift,
    Stage,
    Values,
    products,
)

_FEW, _DIGITS = 8, 1e4  # rows of few entries agree to four digits by chance


@dataclass(frozen=True, eq=False)
class InputMap:
    """A map of inputs, stage after stage; two maps are the same only if they are the same object.

    radius: every mapped input has norm at most that (1 where the last stage normalizes).
    fitted_on: digests of the rows that had a part in it; empty for a map made from no data.
    description: what it is and what it was made from, shown in certificates.
    """

    stages: tuple[Stage, ...]
    radius: float
    description: str
    fitted_on: frozenset[bytes] = frozenset()

    def apply(self, x: Tensor) -> Values:
        """z (n, k) float64 and, per row, a bound on ||computed - exact||."""
        x = check_inputs(x)
        z, error = x, torch.zeros(len(x), dtype=torch.float64, device=x.device)
        for stage in self.stages:
            z, error = stage(z, error)
        if not bool(torch.isfinite(z).all() and torch.isfinite(error).all()):
            raise NumericsError(
                argument="x", found="inputs that overflow in the map", accepted="moderate inputs"
            )
        return z, error

    def __call__(self, x: Tensor) -> Tensor:
        """z (n, k) alone."""
        return self.apply(x)[0]

    def shares(self, x: Tensor) -> int:
        """How many rows of x had a part in this map."""
        if not self.fitted_on:
            return 0
        return sum(digest in self.fitted_on for digest in row_digests(x))


def raw(radius: float) -> InputMap:
    """No map: inputs as they are, of which the user says that every one has norm <= `radius`."""
    size = check_positive(radius, "radius")
    return InputMap((), size, f"inputs as given, norm at most {size:g} by assumption")


def unit_sphere() -> InputMap:
    """x -> x/||x||, made from no data."""
    return InputMap((Normalize(),), 1.0, "x/||x||, from no data")


def centered(pilot: Tensor) -> InputMap:
    """x -> unit(x/||x|| - c), c the mean of the pilot's unit vectors (I2)."""
    center = unit_sphere()(pilot).mean(0)
    return InputMap(
        (Normalize(), Shift(center), Normalize()),
        1.0,
        f"unit vectors less the mean of {len(pilot)} pilot inputs, normalized",
        frozenset(row_digests(pilot)),
    )


def principal(pilot: Tensor, components: int, *, power: float = 0.0) -> InputMap:
    """x -> unit(A(x/||x|| - c)), A = Lambda^(-power/2) V^T from the pilot's covariance (I2, I3).

    components: how many principal axes are kept; power 0 is plain PCA, 1 whitens.
    """
    unit = unit_sphere()(pilot)
    center = unit.mean(0)
    axes, variances = _axes(unit - center, check_count(components, "components"))
    matrix = axes * variances.pow(-0.5 * power).unsqueeze(-1)
    return InputMap(
        (Normalize(), Shift(center), Linear(matrix), Normalize()),
        1.0,
        f"{components} principal components of {len(pilot)} pilot inputs, eigenvalue powers "
        f"{0.0 - power / 2:g}, normalized",
        frozenset(row_digests(pilot)),
    )


def with_constant(base: InputMap, constant: float) -> InputMap:
    """z -> unit((z, b)): lets an odd network without biases see the class sizes (I4)."""
    size = check_positive(constant, "constant")
    return replace(
        base,
        stages=(*base.stages, Append(size), Normalize()),
        radius=1.0,
        description=f"{base.description}; constant {size:g} appended, normalized",
    )


def with_products(base: InputMap, pilot: Tensor, *, linear: float = 0.3) -> InputMap:
    """z -> (sqrt(a) unit(z), sqrt(1-a) unit(q(z) - q0)), q(z) all products z_i z_j, a = `linear`.

    q0 is the mean of q over the pilot. The norm is 1, so that every certificate keeps its terms
    while the network sees quadratic features: complexity does not count dimensions.
    """
    if not 0.0 < linear < 1.0:
        raise NumericsError(argument="linear", found=repr(linear), accepted="between 0 and 1")
    mean = products(base(pilot)).mean(0)
    return InputMap(
        (*base.stages, Normalize(), BesideProducts(mean, linear)),
        1.0,
        f"{base.description}; beside it (weight {1 - linear:g}) all products of two coordinates, "
        f"centered on {len(pilot)} pilot inputs, normalized",
        base.fitted_on | frozenset(row_digests(pilot)),
    )


def check_inputs(x: object) -> Tensor:
    """x as a float64 tensor (n, d), n >= 1, finite."""
    found = check_tensor(x, "x").to(torch.float64)
    if found.dim() != 2:
        raise NumericsError(argument="x", found=f"shape {tuple(found.shape)}", accepted="(n, d)")
    return found


def row_digests(x: Tensor) -> list[bytes]:
    """A digest per row of x, equal for equal rows (-0.0 counts as 0.0).

    Maps see directions, so that a row in another unit or precision (0 to 255, float32) is the same
    row: with more than `_FEW` entries a row is compared by its direction to four digits.
    """
    rows = check_inputs(x).cpu()
    if rows.shape[-1] > _FEW:
        size = rows.abs().amax(-1, keepdim=True)
        rows = (rows / torch.where(size > 0, size, 1.0) * _DIGITS).round()
    found = (rows + 0.0).contiguous().numpy()
    return [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in found]


def _axes(centered_rows: Tensor, components: int) -> tuple[Tensor, Tensor]:
    """The leading principal axes (k, d), signs fixed, and their variances (k,)."""
    _, singular, axes = torch.linalg.svd(centered_rows, full_matrices=False)
    kept = int((singular > 1e-10 * singular[0]).sum()) if float(singular[0]) > 0 else 0
    if components > kept:
        raise NumericsError(
            argument="components", found=str(components), accepted=f"at most {kept}, the pilot's"
        )
    axes = axes[:components]
    signs = torch.sign(axes.gather(1, axes.abs().argmax(1, keepdim=True)))
    return axes * signs, singular[:components].square() / len(centered_rows)
