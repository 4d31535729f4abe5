"""A sample seen through an input map and a network, checked against what was fixed before."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import UNIT, length
from numerics.validation import check_tensor
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.choices import Choices, NetworkClass
from numerics.weightnorm.generalization.directed import mean_above
from numerics.weightnorm.generalization.maps import InputMap, check_inputs
from numerics.weightnorm.generalization.norms import nu1_above, one_network, outputs_of
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.network import WeightNormNetwork


@dataclass(frozen=True, eq=False)
class Sample:
    """Mapped inputs z (n, k) with error (n,), targets y (n,), and f(z_i) with its error, (n,)."""

    network: WeightNormNetwork
    family: NetworkClass
    input_map: InputMap
    raw: Tensor
    z: Tensor
    z_error: Tensor
    y: Tensor
    f: Tensor
    f_error: Tensor
    nu1: float

    @property
    def n(self) -> int:
        return len(self.y)

    def margins_below(self) -> Tensor:
        """Lower ends of y f(x), (n,); a tie (f = 0) is an error, so 0 stays 0 or below."""
        return self.y * self.f - self.f_error

    def minority(self) -> float:
        """The error rate on the sample of always answering the more frequent label."""
        return float(min((self.y > 0).sum(), (self.y < 0).sum())) / self.n


def see(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    choices: Choices,
    input_map: InputMap | None,
) -> Sample:
    """Apply the map and the network; refuse what the choices do not cover."""
    network, x = one_network(network), check_inputs(x)
    y = check_targets(y, len(x))
    family, chosen = covering_class(choices, network), covered_map(choices, input_map, x)
    z, z_error = chosen.apply(x)
    check_radius(z, z_error, chosen.radius)
    nu1 = nu1_above(network)
    if float(network.v.abs().max()) == 0.0:
        raise NumericsError(
            argument="network",
            found="v = 0, so f = 0 everywhere, which counts as an error everywhere",
            accepted="a network with a nonzero output layer",
        )
    f, f_error = outputs_of(network, z, z_error)
    z, z_error = z.to(network.device), z_error.to(network.device)
    y = y.to(network.device)
    return Sample(network, family, chosen, x, z, z_error, y, f, f_error, nu1)


def certificate_of(
    sample: Sample,
    statement: str,
    *,
    bound: float,
    empirical: float,
    complexity: float,
    confidence: float,
    delta: float,
    union: tuple[int, tuple[str, ...]],
    rho: float | None = None,
    margin: float | None = None,
    details: dict[str, float] | None = None,
) -> Certificate:
    """A certificate of the 0-1 error with what the sample knows of itself filled in."""
    return Certificate(
        statement=statement,
        loss="P(y f <= 0)",
        value=min(1.0, bound),
        bound=bound,
        empirical=empirical,
        complexity=complexity,
        confidence=confidence,
        delta=delta,
        n=sample.n,
        choices=union[0],
        covers=union[1],
        nu1=sample.nu1,
        rho=rho,
        margin=margin,
        trivial=sample.minority(),
        input_map=sample.input_map.description,
        network=sample.family.describe(),
        details=details or {},
    )


def check_targets(y: object, n: int) -> Tensor:
    """Targets (n,) float64, finite."""
    found = check_tensor(y, "y").to(torch.float64)
    if tuple(found.shape) != (n,):
        raise NumericsError(
            argument="y", found=f"shape {tuple(found.shape)}", accepted=f"({n},), one per input"
        )
    return found


def check_signs(y: Tensor) -> None:
    """Labels must be +1 or -1."""
    wrong = y.abs() != 1.0
    if bool(wrong.any()):
        first = int(wrong.to(torch.int8).argmax())
        raise NumericsError(
            argument="y", found=f"the label {float(y[first]):g} at index {first}", accepted="+1, -1"
        )


def covering_class(choices: Choices, network: WeightNormNetwork) -> NetworkClass:
    """The class among the choices that holds the network, or a refusal."""
    if not isinstance(choices, Choices):
        raise NumericsError(
            argument="choices",
            found=type(choices).__name__,
            accepted="choices(n, ...), made before the sample was seen",
        )
    for family in choices.classes:
        if family.holds(network):
            return family
    raise NumericsError(
        argument="network",
        found=NetworkClass.of(network).describe(),
        accepted="a network of a class fixed before the sample was seen: "
        + "; ".join(family.describe() for family in choices.classes),
    )


def covered_map(choices: Choices, input_map: InputMap | None, x: Tensor) -> InputMap:
    """The map, if it is one of the choices (by identity) and was fitted on no row of x."""
    if input_map is None:
        if len(choices.maps) > 1:
            raise NumericsError(
                argument="input_map",
                found=f"none, with {len(choices.maps)} maps among the choices",
                accepted="the one that the network was trained with",
            )
        input_map = choices.maps[0]
    if not any(input_map is known for known in choices.maps):
        raise NumericsError(
            argument="input_map",
            found=f"a map that is not among the choices ({input_map.description})",
            accepted="one of choices.maps, so that the union covers it",
        )
    _refuse_shared(input_map.shares(x), "input_map", input_map.description)
    return input_map


def covered_prior(choices: Choices, prior: Prior | None, x: Tensor) -> Prior | None:
    """The prior, if it is one of the choices (by identity) and was fitted on no row of x."""
    if not any(prior is known for known in choices.priors):
        raise NumericsError(
            argument="prior",
            found="a prior that is not among the choices",
            accepted="one of choices.priors, so that the union covers it",
        )
    if prior is not None:
        _refuse_shared(prior.shares(x), "prior", prior.description)
    return prior


def check_radius(z: Tensor, error: Tensor, radius: float) -> None:
    """Every mapped input has norm <= radius, as the statements assume of the population."""
    sizes = length(z) * (1.0 - (z.shape[-1] + 8.0) * UNIT) - error
    worst = float(sizes.max())
    if worst > radius:
        raise NumericsError(
            argument="x",
            found=f"an input of norm {worst:.6g} at index {int(sizes.argmax())}",
            accepted=f"norms at most {radius:g}, as the input map says",
        )


def ramp_above(sample: Sample, scale: float) -> float:
    """An upper end of P_n ramp(y f scale), scale a lower end of rho/(kappa nu1)."""
    reached = (sample.margins_below().clamp_min(0.0) * scale).clamp_max(1.0)
    return min(1.0, mean_above((1.0 - reached * (1.0 - 4.0 * UNIT)).clamp(0.0, 1.0)) + UNIT)


def error_above(sample: Sample) -> float:
    """The share of the sample with y f <= 0, undecided ones included."""
    return float((sample.margins_below() <= 0.0).sum()) / sample.n


def _refuse_shared(count: int, argument: str, description: str) -> None:
    if count:
        raise NumericsError(
            argument=argument,
            found=f"{description}; {count} of them are in the sample",
            accepted="one fitted on other data, or made from none",
        )
