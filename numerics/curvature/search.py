"""The search for the top of the spectrum: better and better z, each certified from below."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.curvature.data import FormData
from numerics.curvature.lanczos import lowest_eigenvector, reduced_product
from numerics.curvature.rayleigh import certified_lower, diagonal_floor, root, scalar_form, sweep
from numerics.curvature.reduced import reduced_matrix

_DENSE = 48  # up to this size the matrix is formed and all its eigenvectors computed
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
    """From a fixed pseudo-random z weighted by each row's own effect on the output."""
    floor = diagonal_floor(data)
    weights = torch.cat([row.gain * row.slope for row in data.layers], dim=-1)
    generator = torch.Generator().manual_seed(0)
    signs = torch.randn(weights.shape[-1], generator=generator, dtype=torch.float64)
    z = weights * signs.to(weights.device)
    size = torch.linalg.vector_norm(z, dim=-1, keepdim=True)
    z = torch.where(size > 0, z / torch.where(size > 0, size, 1.0), z.shape[-1] ** -0.5)
    return _estimate(data, z, 2.0 * floor + size.squeeze(-1) + data.perturbation, floor, steps=6)


def _estimate(data: FormData, z: Tensor, start: Tensor, floor: Tensor, steps: int) -> Estimate:
    found = root(scalar_form(sweep(data, z)), start, floor, steps)
    return Estimate(torch.where(torch.isfinite(found), found, floor), z, floor)


def improve(data: FormData, before: Estimate, mu: Tensor, tolerance: float) -> Estimate:
    """The estimate from the lowest eigenvector of S(mu); never worse than `before`."""
    mu = torch.maximum(mu, before.floor * 1.05)
    if data.size <= _DENSE:
        matrix = reduced_matrix(data, mu, eliminate=False, guard=False).matrix
        z = _lowest_dense(matrix)
    else:
        z = lowest_eigenvector(
            lambda vector: reduced_product(data, mu, vector),
            before.z,
            steps=_STEPS,
            tolerance=tolerance,
        ).vector
    found = _estimate(data, z, mu, before.floor, steps=4)
    better = found.value > before.value
    return Estimate(
        torch.where(better, found.value, before.value),
        torch.where(better.unsqueeze(-1), found.z, before.z),
        before.floor,
    )


def _lowest_dense(matrix: Tensor) -> Tensor:
    # a matrix that overflowed cannot be decomposed; any z gives a valid lower end
    finite = torch.isfinite(matrix).all(-1).all(-1)
    safe = torch.where(finite[:, None, None], matrix, torch.eye(matrix.shape[-1]).to(matrix))
    return torch.linalg.eigh(safe)[1][..., 0]


def climb(data: FormData, tolerance: float) -> Estimate:
    """Improve until the next gain, about the square of the last one, is below the tolerance."""
    found = first_estimate(data)
    mu = 3.0 * found.value
    for _ in range(12):
        better = improve(data, found, mu, min(1e-3, 0.1 * tolerance**0.5))
        gain = (better.value - found.value) / better.value.clamp_min(1e-300)
        found, mu = better, better.value
        if bool((gain.square() < 0.1 * tolerance).all()):
            break
    return found
