"""The one door: a certificate for a trained network, or a refusal of what would make it a lie."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_positive
from numerics.weightnorm.generalization.certificate import Certificate, HeldOut
from numerics.weightnorm.generalization.choices import Choices
from numerics.weightnorm.generalization.directed import down, probability
from numerics.weightnorm.generalization.linear import linear_certificate
from numerics.weightnorm.generalization.maps import InputMap, check_inputs, unit_sphere
from numerics.weightnorm.generalization.margin import margin_certificate
from numerics.weightnorm.generalization.norms import one_network, outputs_of
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.sample import check_signs, check_targets, see
from numerics.weightnorm.generalization.square import square_certificate
from numerics.weightnorm.generalization.tails import clopper_pearson_above, clopper_pearson_below
from numerics.weightnorm.generalization.vote import vote_certificate
from numerics.weightnorm.network import WeightNormNetwork

METHODS = ("margin", "vote", "linear", "square")


def certify(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    choices: Choices,
    delta: float = 0.05,
    method: str = "margin",
    input_map: InputMap | None = None,
    prior: Prior | None = None,
    y_bound: float = 1.0,
    signs: bool = True,
    clip: bool = False,
) -> Certificate:
    """With probability >= 1 - delta over the iid sample (x, y): the population loss <= the value.

    network: one trained network, acting on mapped inputs; it must lie in a class of `choices`.
    x (n, d), y (n,): the sample before the map; labels +-1 except for "square".
    choices: what the union covers, from `choices(n, ...)`; to be made before the sample is seen.
    method: "margin" (G3, G6; any depth and placement), "vote" (G8; tanh, erf, arctan; inputs in
        the unit ball), "linear" (G9; inner placement), "square" (G4).
    input_map: one of choices.maps, by identity; default the only one.
    prior: one of choices.priors, by identity ("vote" and "linear").
    y_bound, signs, clip: for "square": |y| <= y_bound, whether every target is +-y_bound (said of
        the population), and whether f is clipped to [-y_bound, y_bound].

    Every sum is rounded in the safe direction, f enters by the unfavourable end of its enclosure,
    and a tie f = 0 counts as an error. Refused, with a NumericsError: a map or prior fitted on a
    row of the sample or not among the choices, a network of a class that was not fixed, inputs
    outside the map's ball, labels other than +-1, NaN, empty data, v = 0. That the sample is iid
    and that nothing else was chosen by looking at it cannot be checked and is the user's word.
    """
    _check_method(method)
    delta = probability(delta, "delta")
    sample = see(network, x, y, choices, input_map)
    if method == "margin":
        return margin_certificate(sample, choices, delta)
    if method == "square":
        y_bound = check_positive(y_bound, "y_bound")
        return square_certificate(sample, choices, delta, y_bound=y_bound, signs=signs, clip=clip)
    if method == "vote":
        return vote_certificate(sample, choices, delta, prior)
    return linear_certificate(sample, choices, delta, prior)


def certify_best(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    choices: Choices,
    methods: tuple[str, ...],
    delta: float = 0.05,
    input_map: InputMap | None = None,
    prior: Prior | None = None,
) -> Certificate:
    """The smallest of several certificates of the 0-1 error, each at delta/len(methods): together
    they hold with probability 1 - delta, which is what may be said of the one that was chosen."""
    if not methods or "square" in methods:
        raise NumericsError(
            argument="methods", found=repr(methods), accepted="some of margin, vote, linear"
        )
    delta = probability(delta, "delta")
    each = down(delta / len(methods), 1)
    found = [
        certify(
            network, x, y, choices=choices, delta=each, method=method, input_map=input_map,
            prior=prior,
        )
        for method in methods
    ]  # fmt: skip
    best = min(found, key=lambda certificate: certificate.bound)
    covers = (*best.covers, f"{len(methods)} statements")
    return replace(best, delta=delta, choices=len(methods) * best.choices, covers=covers)


def held_out(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    input_map: InputMap | None = None,
    delta: float = 0.05,
) -> HeldOut:
    """Errors y f <= 0 on data that had no part in anything, with exact binomial intervals.

    Errors that rounding leaves open count as errors for the upper ends and not for the lower.
    """
    network, x = one_network(network), check_inputs(x)
    y = check_targets(y, len(x)).to(network.device)
    check_signs(y)
    z, z_error = (unit_sphere() if input_map is None else input_map).apply(x)
    f, f_error = outputs_of(network, z, z_error)
    margins = y * f
    most = int((margins - f_error <= 0.0).sum())
    least = int((margins + f_error <= 0.0).sum())
    return held_interval(most, len(x), delta, least=least)


def held_interval(errors: int, n: int, delta: float, *, least: int | None = None) -> HeldOut:
    """So many errors on n pairs that had no part in anything, with exact binomial intervals.

    least: how many of them are errors beyond rounding (default: all).
    """
    half = down(probability(delta, "delta") / 2.0, 1)
    interval = (
        clopper_pearson_below(errors if least is None else least, n, half),
        clopper_pearson_above(errors, n, half),
    )
    return HeldOut(errors, n, delta, clopper_pearson_above(errors, n, delta), interval)


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise NumericsError(argument="method", found=repr(method), accepted=", ".join(METHODS))
