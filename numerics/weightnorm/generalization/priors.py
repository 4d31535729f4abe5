"""Priors of the PAC-Bayes certificates, made before the sample is seen, with their provenance."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.storage import fingerprint
from numerics.validation import check_tensor
from numerics.weightnorm.generalization.maps import row_digests
from numerics.weightnorm.network import WeightNormNetwork


@dataclass(frozen=True, eq=False)
class Prior:
    """Where the prior is centered: a vector of mapped inputs (G9) or a network (G8, depth 1).

    fitted_on: digests of the rows that had a part in it; `certify` refuses one of the sample.
    """

    description: str
    mean: Tensor | None = None
    network: WeightNormNetwork | None = None
    fitted_on: frozenset[bytes] = frozenset()

    def fingerprint(self) -> str:
        """SHA-256 of what the prior is centered on."""
        tensors = [] if self.mean is None else [self.mean]
        if self.network is not None:
            tensors += [*self.network.weights, self.network.v]
        return fingerprint(*tensors)

    def shares(self, x: Tensor) -> int:
        """How many rows of x had a part in this prior."""
        if not self.fitted_on:
            return 0
        return sum(digest in self.fitted_on for digest in row_digests(x))


def prior_mean(mean: Tensor, pilot: Tensor) -> Prior:
    """N(mean, I) for G9, the mean (d,) fitted on the inputs `pilot` (n, d_raw) and their labels."""
    found = check_tensor(mean, "mean").to(torch.float64).flatten()
    return Prior(
        f"a direction fitted on {len(pilot)} pilot inputs",
        mean=found,
        fitted_on=frozenset(row_digests(pilot)),
    )


def prior_network(network: WeightNormNetwork, pilot: Tensor) -> Prior:
    """The votes of a network of depth 1 fitted on `pilot` as the center of G8's prior."""
    return Prior(
        f"a network fitted on {len(pilot)} pilot inputs",
        network=network,
        fitted_on=frozenset(row_digests(pilot)),
    )
