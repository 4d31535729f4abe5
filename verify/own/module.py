"""Claims about any `nn.Module`: quantities by name, a sampler of its parameters and inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from numerics.autograd import Model, require_sound, vectorizes
from numerics.errors import NumericsError
from verify.case import Case
from verify.claim import Claim
from verify.domain import Product, Region
from verify.domain.naming import by_name
from verify.errors import VerifyError
from verify.own.build import build
from verify.own.derivative import QUANTITIES, Derivative, Loss, Select, Side, scalar
from verify.samplers import drawn_by
from verify.subject import Subject

__all__ = ["build_about_module"]

Sampler = Callable[[torch.Generator, int], Any]
Draws = Mapping[str, Tensor]

_TRIED = 3  # drawn points at which a module is tried
_MOST, _LEAST = 128, 8  # cases drawn for corners
_EXAMPLE = 4  # cases of one Hypothesis example
_LARGEST = torch.finfo(torch.float64).max
_NUMBERS = 1 << 21  # parameters and inputs of all corners together


@dataclass(frozen=True, eq=False)
class _Drawn(Product):
    """Samples of parameters and inputs, by sets where there are some, by samplers elsewhere."""

    samplers: tuple[Sampler, ...] = ()

    def __call__(self, generator: torch.Generator, count: int) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for sampler in self.samplers:
            found |= sampler(generator, count)
        return found | super().__call__(generator, count)


def build_about_module(
    name: str,
    module: nn.Module,
    quantity: str | Callable[..., Any],
    right_side: Any,
    *,
    inputs: Any,
    parameters: Any,
    output: Select,
    loss: Loss | None,
    measures: Mapping[str, Callable[..., Any]],
    sense: str,
    where: Sequence[Any],
    source: str,
    latex: str | None,
    tolerance: float,
    rounding: float,
) -> Claim:
    """See `verify.Claim.about_module`."""
    model = Model.of(module)
    known = _known(quantity, loss)
    drawn = _sampler(model, inputs, parameters)
    tried = _tried(drawn)
    sampled = tuple(n for n in tried if n in model.parameters)
    side = Side(model, sampled, output, loss, known.over == "data")
    _require_sound(side, known, tried)
    mapped = vectorizes(_simplest(side, known), *_split(side, tried))
    made = build(
        name,
        _values(side, known, mapped),
        right_side,
        sense=sense,
        measures={
            key: _reading(side, f, tried) for key, f in by_name("measures", measures).items()
        },
        sampler=drawn,
        where=where,
        domain=None,
        dimensions=(),
        assumptions=(),
        over="sample",
        subject=None,
        latex=latex or known.latex,
        source=source or f"user, about a {model.kind}",
        tolerance=tolerance,
        rounding=rounding,
    )
    return replace(made, subject=_about(made.subject, model, tried))


def _simplest(side: Side, known: Derivative) -> Callable[[Draws, Draws], Tensor]:
    """What is asked of a module to see whether samples go side by side: a first derivative, for
    the second ones of which there may be too many."""
    if known.large(side):
        chosen = QUANTITIES["loss_gradient_norm" if known.over == "data" else "gradient_norm"]
        return lambda theta, given: chosen.one(side, theta, given, True)
    return lambda theta, given: known.one(side, theta, given, True)


def _known(quantity: str | Callable[..., Any], loss: Loss | None) -> Derivative:
    if callable(quantity):
        return Derivative.own(quantity)
    if quantity not in QUANTITIES:
        known = ", ".join(QUANTITIES)
        raise VerifyError("quantity", repr(quantity), f"a function of (call, sample), or: {known}")
    found = QUANTITIES[quantity]
    if (found.over == "data") != (loss is not None):
        said = f"{quantity} {'without' if loss is None else 'with'} a loss"
        raise VerifyError("loss", said, "a loss for quantities of the loss, and for no other")
    return found


def _sampler(model: Model, inputs: Any, parameters: Any) -> _Drawn:
    """Parameters and inputs of a sample, drawn together."""
    regions: dict[str, Region] = {}
    samplers: list[Sampler] = []
    for argument, given in (("parameters", parameters), ("inputs", inputs)):
        if given is None and argument == "parameters":
            continue
        if isinstance(given, Mapping) and all(isinstance(r, Region) for r in given.values()):
            regions |= given
        elif callable(given):
            samplers.append(_named(argument, given))
        elif argument == "parameters" and isinstance(given, int | float) and 0 < given <= _LARGEST:
            samplers.append(_around(model, float(given)))
        else:
            accepted = "a sampler (generator, count) -> tensors, or sets of verify.domain by name"
            raise VerifyError(argument, repr(given), accepted)
    return _Drawn(regions, tuple(samplers))


def _named(argument: str, sampler: Sampler) -> Sampler:
    """A sampler whose one tensor is called x."""

    def draw(generator: torch.Generator, count: int) -> dict[str, Tensor]:
        found = drawn_by(argument, sampler, generator, count)
        return {"x": found} if isinstance(found, Tensor) else found

    return draw


def _around(model: Model, deviation: float) -> Sampler:
    """The module's own parameters and Gaussian noise."""

    def draw(generator: torch.Generator, count: int) -> dict[str, Tensor]:
        return {
            name: value
            + deviation * torch.randn(count, *value.shape, generator=generator, dtype=torch.float64)
            for name, value in model.parameters.items()
        }

    return draw


def _tried(drawn: _Drawn) -> dict[str, Tensor]:
    found = drawn(torch.Generator().manual_seed(0), _TRIED)
    if not isinstance(found, Mapping) or not found:
        raise VerifyError("inputs", repr(type(found)), "a dictionary: name -> tensor")
    for name, value in found.items():
        good = isinstance(value, Tensor) and value.ndim and len(value) == _TRIED
        if not good or value.dtype != torch.float64:
            kind = f"{type(value).__name__} {getattr(value, 'dtype', '')}"
            raise VerifyError(f"inputs: {name}", kind, "a float64 tensor, samples along axis 0")
    return dict(found)


def _split(side: Side, values: Draws) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What was drawn, as parameters and inputs."""
    theta = {n: v for n, v in values.items() if n in side.sampled}
    return theta, {n: v for n, v in values.items() if n not in side.sampled}


def _require_sound(side: Side, known: Derivative, tried: Draws) -> None:
    """Try the module at each drawn point; one at which all is well is enough, since at a kink no
    difference quotient is the derivative.

    Raises:
        VerifyError: shapes that do not fit, or what the module is not.
    """
    theta, inputs = _split(side, tried)
    for index in range(_TRIED):
        one = {n: v[index] for n, v in theta.items()}
        given = {n: v[index] for n, v in inputs.items()}
        try:
            for name, value in one.items():
                own = tuple(side.model.parameters[name].shape)
                if tuple(value.shape) != own:
                    raise VerifyError(f"parameters: {name}", f"{tuple(value.shape)}", f"{own}")
            whole = {**side.model.parameters, **one}
            require_sound(
                side.model,
                lambda model, t, x: model(t, side.as_given(x)),
                lambda t, x: scalar(side, known, t, x),
                whole,
                given,
                derivative=known.derivative,
            )
            return
        except NumericsError as error:
            last = VerifyError(error.argument, error.found, error.accepted)
            if index == _TRIED - 1:
                raise last from error
        except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
            if isinstance(error, VerifyError):
                raise
            found = f"{type(error).__name__}: {str(error)[:200]}"
            raise VerifyError("module", found, "one that takes the drawn inputs") from error


def _values(side: Side, known: Derivative, mapped: bool) -> Callable[..., Any]:
    """The quantity as a function of the samples' tensors."""
    vectors = _Vectors(side, known, mapped)

    def values(**drawn: Tensor) -> Any:
        # exact, and the place where a run with other roundings moves what a kink may stand on
        theta, given = _split(side, {n: v * 1.0 for n, v in drawn.items()})
        if not known.large(side) or known.below is None:
            found = _over(side, mapped, lambda t, x: known.one(side, t, x, mapped), theta, given)
        else:
            below, v = known.below, {"v": vectors.of(drawn)}
            found = _over(side, mapped, lambda t, x, w: below(side, t, x, w["v"]), theta, given, v)
        return known.enclosed(side, found)

    return values


def _over(side: Side, mapped: bool, function: Callable[..., Tensor], *parts: Draws) -> Tensor:
    """A function of one sample's parts over all samples, side by side or one after the other."""
    if mapped:
        return torch.func.vmap(function, chunk_size=side.chunk)(*map(dict, parts))
    count = next(len(v) for part in parts for v in part.values())
    rows = ([{n: v[i] for n, v in part.items()} for part in parts] for i in range(count))
    return torch.stack([function(*row) for row in rows])


class _Vectors:
    """Where a bound from below is taken: found once for each batch of samples, so that runs with
    other roundings move the bound and not the place; any place gives a bound."""

    def __init__(self, side: Side, known: Derivative, mapped: bool) -> None:
        self._side, self._known, self._mapped = side, known, mapped
        self._last: tuple[dict[str, Tensor], Tensor] | None = None

    def of(self, drawn: Draws) -> Tensor:
        """Vectors (B, p) for these samples, told apart as objects."""
        if self._last is None or any(drawn[n] is not v for n, v in self._last[0].items()):
            plain = {name: value.detach() for name, value in drawn.items()}
            find = self._known.vector
            if find is None:
                raise VerifyError("quantity", "no search for its vector", "one that has it")
            theta, given = _split(self._side, plain)
            found = _over(
                self._side, self._mapped, lambda t, x: find(self._side, t, x), theta, given
            )
            self._last = dict(drawn), found.detach()
        return self._last[1]


def _reading(side: Side, function: Callable[..., Any], tried: Draws) -> Callable[..., Any]:
    """A user's function of one sample, with the module's own parameters among its tensors."""
    own = {**side.model.rest, **side.model.parameters}

    def of_one(theta: Draws, given: Draws) -> Tensor:
        found = torch.as_tensor(function({**own, **theta, **given}))
        return found if found.is_floating_point() else found.double()

    try:
        mapped = vectorizes(of_one, *_split(side, tried))
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError):
        mapped = False  # the trial of the claim says what is wrong

    def values(**drawn: Tensor) -> Tensor:
        return _over(side, mapped, of_one, *_split(side, drawn))

    return values


def _about(subject: Subject, model: Model, tried: Draws) -> Subject:
    """The subject of samples, called a model, with as many draws as a model of this size allows."""
    numbers = sum(v.numel() for v in (*model.parameters.values(), *model.rest.values()))
    numbers += sum(v[0].numel() for v in tried.values())
    count = max(_LEAST, min(_MOST, _NUMBERS // max(1, numbers)))

    def corners(claim: Claim, seed: int) -> Iterator[Case]:
        for shape in subject.shapes(claim):
            yield _drawn_case(subject, claim, shape, count, seed)

    def strategy(claim: Claim) -> st.SearchStrategy[Case]:
        shape = subject.shapes(claim)[0]
        seeds = st.integers(0, 2**16)
        return seeds.map(lambda seed: _drawn_case(subject, claim, shape, _EXAMPLE, seed))

    said = f"a {model.kind}, SHA-256 {model.fingerprint}"
    if model.converted:
        said += f", {model.converted} tensors taken to float64 as they are"
    return replace(
        subject,
        noun="model",
        corners=corners,
        strategy=strategy,
        statement=(*subject.statement, said),
    )


def _drawn_case(subject: Subject, claim: Claim, shape: Any, count: int, seed: int) -> Case:
    if subject.drawn is None:
        raise VerifyError("subject", subject.kind, "one with random cases")
    return subject.drawn(shape, count, seed, claim)
