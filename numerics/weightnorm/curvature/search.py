"""The search for the top of the spectrum: better and better z, each certified from below."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import apply, apply_transposed
from numerics.weightnorm.curvature.form import FormData
from numerics.weightnorm.curvature.lanczos import lowest_eigenvector, reduced_product
from numerics.weightnorm.curvature.rayleigh import (
    certified_lower,
    diagonal_floor,
    root,
    scalar_form,
    sweep,
)
from numerics.weightnorm.curvature.reduced import reduced_matrix

START = 1.1  # S is first looked at a little above the first estimate
_DENSE = 48  # up to this size the matrix is formed and all its eigenvectors computed
_SOLVED = 400  # up to this size it is formed, and some rounds are inverse iteration with it
_INVERSE = (1, 2)  # these rounds: each about cubes the error, from a vector near the right one
_ROUGH = 0.03  # residual of a Lanczos vector that is near enough for it
_POWER = 3  # power steps of the first estimate
_STEPS = 48  # Lanczos steps before a restart with the root found so far


@dataclass(frozen=True, eq=False)
class Estimate:
    """The best root found (Q,) with its unit vector z (Q, p); `floor` (Q,) is a bound from rows."""

    value: Tensor
    z: Tensor
    floor: Tensor

    def where(self, index: Tensor) -> Estimate:
        """The estimates of these problems."""
        return Estimate(self.value[index], self.z[index], self.floor[index])

    def put(self, index: Tensor, better: Estimate) -> Estimate:
        """With the problems `index` replaced."""
        if len(index) == len(self.value):
            return better
        value, z = self.value.clone(), self.z.clone()
        value[index], z[index] = better.value, better.z
        return Estimate(value, z, self.floor)

    def lower(self, data: FormData) -> Tensor:
        """The certified lower end, (Q,)."""
        mu = torch.maximum(self.value, data.crude * 1e-12)
        found = certified_lower(data, self.z, mu)
        return torch.maximum(found, (self.floor - data.perturbation).clamp_min(0.0))


def first_estimate(data: FormData) -> Estimate:
    """From a few power steps for the largest ||alphadot^L||, started pseudo-randomly.

    On random networks the Hessian's top is mostly 2 <u, alphadot^L>, so this comes close.
    """
    floor = diagonal_floor(data)
    generator = torch.Generator().manual_seed(0)
    width = data.layers[-1].width
    pull = torch.randn(width, generator=generator, dtype=torch.float64).to(floor.device)
    pull = pull.expand(data.problems, -1)
    for _ in range(_POWER):
        z = _unit(_output_pull(data, pull))
        pull = _unit(_output_push(data, z))
    start = 2.0 * floor + torch.linalg.vector_norm(_output_push(data, z), dim=-1)
    return _estimate(data, z, start + data.perturbation, floor, steps=6)


def _unit(vector: Tensor) -> Tensor:
    size = torch.linalg.vector_norm(vector, dim=-1, keepdim=True)
    even = vector.shape[-1] ** -0.5  # where nothing moves the output, any vector will do
    return torch.where(size > 0, vector / torch.where(size > 0, size, 1.0), even)


def _output_push(data: FormData, z: Tensor) -> Tensor:
    """alphadot^L for z, (Q, m_L)."""
    y, start = None, 0
    for row in data.layers:
        gdot = row.gain * z[:, start : start + row.width]
        start += row.width
        if y is not None and row.unit is not None:
            gdot = gdot + row.inner * apply(row.unit, y)
        y = row.slope * gdot
    return torch.zeros_like(z) if y is None else y


def _output_pull(data: FormData, pull: Tensor) -> Tensor:
    """The transposed map, (Q, p)."""
    parts = []
    for row in reversed(data.layers):
        pull = row.slope * pull
        parts.append(row.gain * pull)
        if row.unit is not None:
            pull = row.inner * apply_transposed(row.unit, pull)
    return torch.cat(parts[::-1], dim=-1)


def _estimate(data: FormData, z: Tensor, start: Tensor, floor: Tensor, steps: int) -> Estimate:
    found = root(scalar_form(sweep(data, z)), start, floor, steps)
    return Estimate(torch.where(torch.isfinite(found), found, floor), z, floor)


def improve(data: FormData, before: Estimate, mu: Tensor, tolerance: float, turn: int) -> Estimate:
    """The estimate from the lowest eigenvector of S(mu); never worse than `before`.

    On smaller matrices the rounds `_INVERSE` are inverse iteration at the last root instead. It may
    go to another eigenvector: then the certificate above fails, and later rounds go on from there.

    S has poles up to `floor`. Near them its lowest eigenvector says little unless lambda_max is
    near them too, so mu keeps a distance that shrinks from `turn` to turn.
    """
    distance = 1.0 + pole_distance(turn)
    mu = torch.maximum(mu, before.floor * distance)
    solved = data.size <= _SOLVED
    if solved and turn in _INVERSE:
        mu = torch.maximum(before.value, before.floor * distance)
        matrix = reduced_matrix(data, mu, eliminate=False, guard=False).matrix
        z = _inverse_iteration(matrix, before.z)
    elif data.size <= _DENSE:
        matrix = reduced_matrix(data, mu, eliminate=False, guard=False).matrix
        z = _lowest_dense(matrix)
    else:
        z = lowest_eigenvector(
            lambda vector: reduced_product(data, mu, vector),
            _shaken(before.z) if solved and turn else before.z,
            steps=_STEPS,
            tolerance=_ROUGH if solved and not turn else tolerance,
        ).vector
    found = _estimate(data, z, mu, before.floor, steps=4)
    better = found.value > before.value
    return Estimate(
        torch.where(better, found.value, before.value),
        torch.where(better.unsqueeze(-1), found.z, before.z),
        before.floor,
    )


def _settled(data: FormData, found: Estimate, tolerance: float, turn: int) -> bool:
    """Whether no further round is needed: inverse iteration alone may have met the wrong vector."""
    if data.size > _SOLVED or turn not in _INVERSE:
        return True
    return _topmost(data, found.value * (1.0 + tolerance))


def pole_distance(turn: int) -> float:
    """The relative distance that mu keeps from the poles in the given turn of a search."""
    return max(0.05 * 0.1**turn, 1e-14)


def _inverse_iteration(matrix: Tensor, start: Tensor) -> Tensor:
    """S^-2 z, unit, from one factorization: near a root of z^T S(mu) z, S is nearly singular, and
    what is left of z is its null vector. Where that overflows, z itself."""
    factor, pivots, _ = torch.linalg.lu_factor_ex(matrix)
    z = start.unsqueeze(-1)
    for _ in range(2):
        z = torch.linalg.lu_solve(factor, pivots, z)
        z = z / z.abs().amax(-2, keepdim=True)
    good = torch.isfinite(z).all(-2)
    return torch.where(good, _unit(z.squeeze(-1)), start)


def _shaken(z: Tensor) -> Tensor:
    """z with something of every vector in it: from an eigenvector Lanczos finds no other one."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(z.shape[-1], generator=generator, dtype=torch.float64).to(z.device)
    return _unit(z + 0.1 * _unit(noise))


def _topmost(data: FormData, mu: Tensor) -> bool:
    """Whether S(mu) seems positive definite for all problems: no eigenvalue is above mu (Q,)."""
    mu = torch.maximum(mu, data.perturbation)
    reduced = reduced_matrix(data, mu, eliminate=True, guard=False)
    info = torch.linalg.cholesky_ex(reduced.matrix)[1]
    return bool((reduced.valid & (info == 0) | data.vanishes).all())


def _lowest_dense(matrix: Tensor) -> Tensor:
    # a matrix that overflowed cannot be decomposed; any z gives a valid lower end
    finite = torch.isfinite(matrix).all(-1).all(-1)
    safe = torch.where(finite[:, None, None], matrix, torch.eye(matrix.shape[-1]).to(matrix))
    return torch.linalg.eigh(safe)[1][..., 0]


def climb(data: FormData, tolerance: float) -> Estimate:
    """Improve until the next gain, about the square of the last one, is below the tolerance."""
    found = first_estimate(data)
    mu = START * found.value
    for turn in range(12):
        better = improve(data, found, mu, min(1e-3, 0.1 * tolerance**0.5), turn)
        gain = (better.value - found.value) / better.value.clamp_min(1e-300)
        found, mu = better, better.value
        near = found.value < found.floor * (1.0 + 2.0 * pole_distance(turn))
        done = (gain.square() < tolerance) & (~near | (pole_distance(turn) < tolerance))
        if bool(done.all()) and _settled(data, found, tolerance, turn):
            break
    return found
