"""Where samples may lie: sets with exact membership, draws, structured points and a projection.

verify.Claim.of(name, quantity, right_side, domain={"p": verify.domain.simplex(4)})
"""

from plumbnn.arguments import at_the_door
from verify.domain.intervals import box, integers, scalar
from verify.domain.matrices import orthogonal, positive_semidefinite, stochastic, symmetric
from verify.domain.product import Product, Sized, product
from verify.domain.region import Region, patterns
from verify.domain.vectors import ball, signs, simplex, sphere
from verify.errors import VerifyError

__all__ = [
    "Product",
    "Region",
    "Sized",
    "ball",
    "box",
    "integers",
    "orthogonal",
    "patterns",
    "positive_semidefinite",
    "product",
    "scalar",
    "signs",
    "simplex",
    "sphere",
    "stochastic",
    "symmetric",
]

for _name in __all__:
    globals()[_name] = at_the_door(globals()[_name], __name__, VerifyError)
