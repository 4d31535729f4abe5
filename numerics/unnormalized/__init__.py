"""The network without normalization of [B23], and its true quantities."""

from numerics.unnormalized.network import UnnormalizedNetwork
from numerics.unnormalized.quantities import (
    gradient_norm,
    hessian_norm,
    loss,
    output_magnitude,
    spectral_gain,
)

__all__ = [
    "UnnormalizedNetwork",
    "gradient_norm",
    "hessian_norm",
    "loss",
    "output_magnitude",
    "spectral_gain",
]
