"""Activations with their first three derivatives' formulas and safe suprema, on torch tensors.

The suprema (`lipschitz`) are upper bounds rounded up in the last shown digit; they serve the
propagation of rounding errors (how far phi' and phi'' can move when the pre-activation moves) and
are attacked on a grid by the tests. The *theory's* constants live in `bounds`, never here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError

Elementwise = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Activation:
    """A scalar function phi applied entrywise, with phi' and phi''.

    `second` is None where phi'' does not exist (relu). `lipschitz` = (sup|phi'|, sup|phi''|,
    sup|phi'''|), upper bounds; infinite where none is known, and then nothing that needs it is
    certified. `rounding` bounds the evaluation errors in float64, with u = 2^-53 and
    eta = 2^-1074: of value by rounding (u (|phi(g)| + |g|) + eta), of first by
    rounding (u sup|phi'| + eta), of second by rounding (u sup|phi''| + eta). So a phi with
    phi(0) = 0 must be computed with a small *relative* error near 0 (expm1, not exp - 1).
    Certificates are as true as these bounds: `tests/numerics` attacks them for the shipped ones.
    `definition` is the theory's object an own activation was made from; opaque here, and None for
    the shipped table.
    Raises `NumericsError` for bounds that are negative or NaN.
    """

    name: str
    value: Elementwise
    first: Elementwise
    second: Elementwise | None
    lipschitz: tuple[float, float, float]
    rounding: float = 16.0
    definition: object = None

    def __post_init__(self) -> None:
        bounds = tuple(self.lipschitz)
        if len(bounds) != 3 or not all(bound >= 0.0 for bound in bounds):
            raise NumericsError(
                argument="lipschitz",
                found=f"{self.lipschitz} for {self.name}",
                accepted="three numbers >= 0 (or infinite): sup|phi'|, sup|phi''|, sup|phi'''|",
            )
        if not self.rounding >= 0.0:
            raise NumericsError(
                argument="rounding",
                found=f"{self.rounding} for {self.name}",
                accepted="a number >= 0 (or infinite)",
            )

    def require_second(self, purpose: str) -> Elementwise:
        """phi'', or an error that names the activation and the purpose.

        Parameters
        ----------
        purpose : str
            What needs it, for the error.

        Returns
        -------
        callable
            Elementwise, Tensor -> Tensor.

        Raises
        ------
        NumericsError
            There is none (relu).

        Examples
        --------
        >>> import torch, numerics
        >>> second = numerics.ACTIVATIONS["sin"].require_second("an example")
        >>> float(second(torch.zeros(1)))
        -0.0
        """
        if self.second is None:
            raise NumericsError(
                argument="activation",
                found=f"{self.name}, which has no second derivative, where {purpose} needs one",
                accepted="a twice differentiable activation, for example tanh or softplus",
            )
        return self.second


def _sech2(g: Tensor) -> Tensor:
    return 1.0 - torch.tanh(g).square()


def _tanh2(g: Tensor) -> Tensor:
    t = torch.tanh(g)
    return -2.0 * t * (1.0 - t.square())


def _sigmoid1(g: Tensor) -> Tensor:
    return torch.sigmoid(g) * torch.sigmoid(-g)


def _sigmoid2(g: Tensor) -> Tensor:
    return _sigmoid1(g) * (torch.sigmoid(-g) - torch.sigmoid(g))


def _softplus(g: Tensor) -> Tensor:
    # not torch.nn.functional.softplus: that one switches to the identity above a threshold
    return torch.clamp(g, min=0.0) + torch.log1p(torch.exp(-g.abs()))


def _arctan1(g: Tensor) -> Tensor:
    return 1.0 / (1.0 + g.square())


def _arctan2(g: Tensor) -> Tensor:
    return -2.0 * (g * _arctan1(g).square())


def _erf1(g: Tensor) -> Tensor:
    return (2.0 / math.sqrt(math.pi)) * torch.exp(-g.square())


def _erf2(g: Tensor) -> Tensor:
    return -2.0 * (g * _erf1(g))


def _silu(g: Tensor) -> Tensor:
    return g * torch.sigmoid(g)


def _silu1(g: Tensor) -> Tensor:
    return torch.sigmoid(g) + g * _sigmoid1(g)


def _silu2(g: Tensor) -> Tensor:
    return 2.0 * _sigmoid1(g) + g * _sigmoid2(g)


def _density(g: Tensor) -> Tensor:
    return torch.exp(-0.5 * g.square()) / math.sqrt(2.0 * math.pi)


def _gelu(g: Tensor) -> Tensor:
    return 0.5 * g * torch.special.erfc(-g / math.sqrt(2.0))


def _gelu1(g: Tensor) -> Tensor:
    return 0.5 * torch.special.erfc(-g / math.sqrt(2.0)) + g * _density(g)


def _gelu2(g: Tensor) -> Tensor:
    density = _density(g)
    return 2.0 * density - g * (g * density)  # not (2 - g^2) density: inf * 0 for huge g


def _minus_sin(g: Tensor) -> Tensor:
    return -torch.sin(g)


def _minus_cos(g: Tensor) -> Tensor:
    return -torch.cos(g)


def _step(g: Tensor) -> Tensor:
    return (g > 0).to(g.dtype)


def _table() -> dict[str, Activation]:
    rows = (
        Activation("tanh", torch.tanh, _sech2, _tanh2, (1.0, 0.7699, 2.0)),
        Activation("sigmoid", torch.sigmoid, _sigmoid1, _sigmoid2, (0.25, 0.09623, 0.125)),
        Activation("softplus", _softplus, torch.sigmoid, _sigmoid1, (1.0, 0.25, 0.09623)),
        Activation("arctan", torch.atan, _arctan1, _arctan2, (1.0, 0.6496, 2.0)),
        Activation("erf", torch.erf, _erf1, _erf2, (1.1284, 0.9679, 2.2568)),
        Activation("sin", torch.sin, torch.cos, _minus_sin, (1.0, 1.0, 1.0)),
        Activation("cos", torch.cos, _minus_sin, _minus_cos, (1.0, 1.0, 1.0)),
        Activation("silu", _silu, _silu1, _silu2, (1.0999, 0.5, 0.3083)),
        Activation("gelu", _gelu, _gelu1, _gelu2, (1.129, 0.7979, 0.8)),
        Activation("identity", torch.clone, torch.ones_like, torch.zeros_like, (1.0, 0.0, 0.0)),
        Activation("relu", torch.relu, _step, None, (1.0, math.inf, math.inf)),
    )
    return {row.name: row for row in rows}


ACTIVATIONS: dict[str, Activation] = _table()


def activation(name: str | Activation) -> Activation:
    """The activation of that name (an `Activation` passes through); unknown names raise.

    Parameters
    ----------
    name : str or Activation
        A name in `ACTIVATIONS`, or what passes through.

    Returns
    -------
    Activation

    Raises
    ------
    NumericsError
        An unknown name.

    Examples
    --------
    >>> import numerics
    >>> numerics.activation("tanh").lipschitz[0]
    1.0
    """
    if isinstance(name, Activation):
        return name
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise NumericsError(
            argument="activation", found=repr(name), accepted=", ".join(ACTIVATIONS)
        )
    return ACTIVATIONS[name]


def signature(phi: Activation) -> str:
    """What tells stored activations apart: the name, and phi, phi' at five points to 6 digits.

    A name alone does not: an own activation may be called tanh.
    """
    points = torch.tensor([-2.5, -0.75, 0.0, 0.3, 1.6], dtype=torch.float64)
    values = torch.cat([phi.value(points), phi.first(points)]).tolist()
    return f"{phi.name}({', '.join(f'{round(value, 6) + 0.0:g}' for value in values)})"
