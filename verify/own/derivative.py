"""The quantities of a module that a claim may name, of one sample and of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from numerics import Enclosure, Quality
from numerics.autograd import (
    DENSE,
    Model,
    gradient_norm,
    hessian_eigenvalues,
    krylov_norm,
    krylov_top,
    krylov_vector,
)
from verify.errors import VerifyError

__all__ = ["QUANTITIES", "Derivative", "Loss", "Select", "Side", "scalar"]

Loss = Callable[[Tensor, Tensor], Tensor]
#: Which number of the output: its place in the output of one input, or a function of the output.
Select = int | tuple[int, ...] | Callable[[Any], Tensor] | None
Draws = Mapping[str, Tensor]

_FROM_BELOW = "Lanczos on products with the Hessian, which gives a lower bound"
_CHUNK = 1 << 24  # numbers that samples side by side may hold


@dataclass(frozen=True, eq=False)
class Side:
    """What is measured on: a model, the names of the parameters that samples bring, which number
    of the output, the loss; data: samples are data sets with targets y, not single inputs."""

    model: Model
    sampled: tuple[str, ...]
    output: Select
    loss: Loss | None
    data: bool

    @property
    def chunk(self) -> int:
        """How many samples are measured side by side."""
        return max(1, _CHUNK // max(1, 4 * self.parameters))

    @property
    def parameters(self) -> int:
        """How many numbers theta has."""
        return sum(value.numel() for value in self.model.parameters.values())

    def theta(self, drawn: Draws) -> dict[str, Tensor]:
        """The parameters of a sample: the model's own where it brings none."""
        return {name: drawn.get(name, own) for name, own in self.model.parameters.items()}

    def as_given(self, given: Draws) -> dict[str, Tensor]:
        """A sample's inputs as the module gets them: one input as a batch of one, a data set as it
        is and without its targets."""
        if self.data:
            return {name: value for name, value in given.items() if name != "y"}
        return {name: value.unsqueeze(0) for name, value in given.items()}

    def raw(self, theta: Draws, given: Draws) -> Any:
        """What the module returns."""
        return self.model(theta, self.as_given(given))

    def whole(self, theta: Draws, given: Draws) -> Tensor:
        """All numbers of the output."""
        found = self.raw(theta, given)
        found = self.output(found) if callable(self.output) else found
        if not isinstance(found, Tensor):
            said = f"an output of type {type(found).__name__}"
            raise VerifyError("output", said, "output=, a function that makes one tensor of it")
        return found

    def value(self, theta: Draws, given: Draws) -> Tensor:
        """The one number of the output that is meant."""
        found = self.whole(theta, given)
        if isinstance(self.output, int | tuple):
            place = self.output if isinstance(self.output, tuple) else (self.output,)
            try:
                found = found[(0, *place)]
            except IndexError:
                said = f"{self.output} of an output of shape {tuple(found.shape[1:])}"
                raise VerifyError("output", said, "a place in the output of one input") from None
        if found.numel() != 1:
            said = f"an output of shape {tuple(found.shape)}"
            raise VerifyError("output", said, "output=, the place of one number in it")
        return found.reshape(())

    def loss_value(self, theta: Draws, given: Draws) -> Tensor:
        """The loss of a data set."""
        if self.loss is None or "y" not in given:
            raise VerifyError(
                "inputs", "no y", "targets y beside the inputs, since there is a loss"
            )
        found, y = self.whole(theta, given), given["y"]
        y = y.reshape(found.shape) if y.numel() == found.numel() else y
        value = self.loss(found, y)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise VerifyError("loss", repr(value)[:60], "one number of (output, y)")
        return value.reshape(())


One = Callable[[Side, Draws, Draws, bool], Tensor]


@dataclass(frozen=True, eq=False)
class Derivative:
    """A quantity of one sample.

    over: "input" or "data". derivative: with respect to what, for the trial.
    one: its value. large: whether a side is too large for both ends; then below is a lower bound
    at a vector, and vector finds one.
    """

    latex: str
    over: Literal["input", "data"]
    derivative: str
    one: One
    large: Callable[[Side], bool] = lambda side: False
    vector: Callable[[Side, Draws, Draws], Tensor] | None = None
    below: Callable[[Side, Draws, Draws, Tensor], Tensor] | None = None

    @staticmethod
    def own(function: Callable[..., Any]) -> Derivative:
        """A user's function of (call, sample): call(**inputs) is the module with the sample's
        parameters; sample has every tensor by name."""

        def one(side: Side, drawn: Draws, given: Draws, mapped: bool) -> Tensor:
            theta = side.theta(drawn)

            def call(*inputs: Tensor, **named: Tensor) -> Any:
                chosen = {"x": inputs[0]} if inputs else named
                return side.model(theta, chosen)

            found = torch.as_tensor(function(call, {**theta, **given}))
            if found.numel() != 1:
                shape = tuple(found.shape)
                raise VerifyError("quantity", f"shape {shape} for one sample", "one number")
            return found.reshape(())

        return Derivative("Q", "input", "", one)

    def enclosed(self, side: Side, found: Tensor) -> Any:
        """The values of many samples; a lower estimate where no more is known."""
        if not self.large(side):
            return found
        upper = torch.full_like(found, torch.inf)
        return Enclosure(found, upper, Quality.LOWER_ESTIMATE, _FROM_BELOW)


def scalar(side: Side, known: Derivative, theta: Draws, given: Draws) -> Tensor:
    """What a quantity is a derivative of, as a function of all parameters and inputs."""
    if known.over == "data":
        return side.loss_value(theta, given)
    return known.one(side, theta, given, True) if not known.derivative else side.value(theta, given)


def _of(
    side: Side, drawn: Draws, given: Draws, wrt: str, f: Callable[[Draws, Draws], Tensor]
) -> tuple[Callable[[Draws], Tensor], dict[str, Tensor]]:
    """f as a function of the parameters alone, or of the inputs alone, and the point."""
    theta = side.theta(drawn)
    if wrt == "parameters":
        return (lambda t: f(t, given)), theta
    return (lambda x: f(theta, x)), dict(given)


def _first(wrt: str, loss: bool = False) -> One:
    def one(side: Side, drawn: Draws, given: Draws, mapped: bool) -> Tensor:
        f = side.loss_value if loss else side.value
        return gradient_norm(*_of(side, drawn, given, wrt, f))

    return one


def _second(latex: str, loss: bool = False, top: bool = False) -> Derivative:
    """A quantity of the Hessian in the parameters: its norm, or (top) its largest eigenvalue."""

    def function(side: Side, drawn: Draws, given: Draws) -> tuple[Any, dict[str, Tensor]]:
        f = side.loss_value if loss else side.value
        return _of(side, drawn, given, "parameters", f)

    def one(side: Side, drawn: Draws, given: Draws, mapped: bool) -> Tensor:
        found = hessian_eigenvalues(*function(side, drawn, given), mapped=mapped)
        return found[-1] if top else torch.maximum(found[0].abs(), found[-1].abs())

    def vector(side: Side, drawn: Draws, given: Draws) -> Tensor:
        return krylov_vector(*function(side, drawn, given), top=top)

    def below(side: Side, drawn: Draws, given: Draws, v: Tensor) -> Tensor:
        return (krylov_top if top else krylov_norm)(*function(side, drawn, given), v)

    over: Literal["input", "data"] = "data" if loss else "input"
    return Derivative(latex, over, "parameters", one, _many, vector, below)


def _many(side: Side) -> bool:
    return side.parameters > DENSE


def _output(side: Side, drawn: Draws, given: Draws, mapped: bool) -> Tensor:
    return side.value(side.theta(drawn), given)


def _output_norm(side: Side, drawn: Draws, given: Draws, mapped: bool) -> Tensor:
    return torch.linalg.vector_norm(side.whole(side.theta(drawn), given))


def _loss(side: Side, drawn: Draws, given: Draws, mapped: bool) -> Tensor:
    return side.loss_value(side.theta(drawn), given)


_NORM = r"\left\lVert {} \right\rVert_2"
QUANTITIES: Mapping[str, Derivative] = {
    "output": Derivative("f", "input", "", _output),
    "output_norm": Derivative(_NORM.format("f"), "input", "", _output_norm),
    "gradient_norm": Derivative(
        _NORM.format(r"\nabla_\theta f"), "input", "parameters", _first("parameters")
    ),
    "input_gradient_norm": Derivative(
        _NORM.format(r"\nabla_x f"), "input", "inputs", _first("inputs")
    ),
    "hessian_norm": _second(_NORM.format(r"\nabla_\theta^2 f")),
    "loss": Derivative(r"\mathcal{L}", "data", "", _loss),
    "loss_gradient_norm": Derivative(
        _NORM.format(r"\nabla_\theta \mathcal{L}"), "data", "parameters", _first("parameters", True)
    ),
    "loss_hessian_norm": _second(_NORM.format(r"\nabla_\theta^2 \mathcal{L}"), loss=True),
    "sharpness": _second(r"\lambda_{\max}(\nabla_\theta^2 \mathcal{L})", loss=True, top=True),
}
