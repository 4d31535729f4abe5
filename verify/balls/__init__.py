"""Ball arithmetic: small networks and their quantities, enclosed at any precision."""

from verify.balls.network import BallNetwork, ball_network, first_order, hessian
from verify.balls.numbers import constant
from verify.balls.spectrum import symmetric_norm

__all__ = [
    "BallNetwork",
    "ball_network",
    "constant",
    "first_order",
    "hessian",
    "symmetric_norm",
]
