"""True quantities of any `nn.Module` by automatic differentiation in float64.

Nothing here is certified: how far rounding moves a value is for the caller to measure.
"""

from numerics.autograd.derivatives import (
    DENSE,
    gradient_norm,
    hessian_eigenvalues,
    krylov_norm,
    krylov_top,
    krylov_vector,
)
from numerics.autograd.model import Model
from numerics.autograd.sound import require_sound, vectorizes

__all__ = [
    "DENSE",
    "Model",
    "gradient_norm",
    "hessian_eigenvalues",
    "krylov_norm",
    "krylov_top",
    "krylov_vector",
    "require_sound",
    "vectorizes",
]
