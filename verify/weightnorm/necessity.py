"""Which assumptions does a bound need? Networks that break one of them and exceed the bound.

`bounds.assumption_table` drops each assumption in turn and searches parameters; this module adds
the search over networks of the whole claim: an activation with a steeper slope than the K claimed,
a curvature above the beta claimed, phi(0) != 0, an activation that is not odd, rows that are not
normalized. A witness is a network on which the truth exceeds the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

import bounds
from bounds.assumption_search import Need, Row, assumption_table
from numerics.weightnorm.theta import flat, parameters
from verify.claim import Claim, claim_about
from verify.errors import VerifyError
from verify.right_side import enclosed
from verify.subject import Subject
from verify.weightnorm.cases import FunctionClassCase, NetworkCase
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.networks import CLASSES, NETWORKS
from verify.weightnorm.strategies import case_of

Witness = dict[str, Any]


def hidden_assumptions(bound: bounds.Bound) -> tuple[Row, ...]:
    """One row for each assumption of a bound: needed (with a witness), open, or not run.

    Raises:
        VerifyError: no shipped quantity stands on the left side of the bound.
    """
    _subject(bound)
    rows = assumption_table(bound, networks=_search)
    searched = {a.key for a in bound.assumptions if _searchable(bound, a.key)}
    return tuple(
        row
        if row.assumption in searched or row.need is not Need.OPEN or row.witness
        else replace(row, need=Need.NOT_RUN)
        for row in rows
    )


def _subject(bound: bounds.Bound) -> Subject:
    for subject in (NETWORKS, CLASSES):
        if bound.quantity in subject.quantities:
            return subject
    known = ", ".join([*NETWORKS.quantities, *CLASSES.quantities])
    raise VerifyError("bound", bound.quantity, "one of " + known)


def _searchable(bound: bounds.Bound, key: str) -> bool:
    """Whether networks that break this assumption can be built for this quantity."""
    return key in _SEARCHES and (key != "unit rows" or bound.quantity in _PLAIN)


def _search(bound: bounds.Bound, dropped: bounds.Assumption) -> Mapping[str, Any] | None:
    if not _searchable(bound, dropped.key):
        return None
    kept = tuple(a for a in bound.assumptions if a.key != dropped.key)
    claim = claim_about(_subject(bound), replace(bound, assumptions=kept))
    return next(_SEARCHES[dropped.key](claim), None)


def _exceeded(claim: Claim, case: Any, truth: float, changed: Witness) -> Iterator[Witness]:
    """The witness, if the truth exceeds the bound with some symbols changed."""
    values = claim.values(case) | {k: v for k, v in changed.items() if k in claim.bound.symbols}
    right = float(enclosed(claim.bound, values).upper.max())
    if truth > right * (1 + 1e-9):
        yield {"truth": truth, "bound": right, **changed, "network": case.label}


def _truth(claim: Claim, case: Any) -> float:
    """The largest lower end of the true quantity at a case."""
    return float(claim.quantity.measure(case).lower.max())


def _cases(claim: Claim, activations: tuple[str, ...]) -> Iterator[Any]:
    """Small sharp cases; classes on orthogonal inputs for quantities of a class."""
    if claim.subject is CLASSES:
        for name in activations:
            for scale in (0.02, 1.0, 3.0):
                x = scale * torch.eye(2, dtype=torch.float64)
                label = f"class {name}, widths (2, 2), inputs {scale} e_1 and {scale} e_2"
                yield FunctionClassCase(
                    widths=(2, 2), x=x, activation=name, restarts=4, label=label
                )
        return
    for spec in corner_specs(depths=(1, 2), widths=(2, 3), activations=activations):
        for log10_x in (spec.log10_x, 0.0, 1.0):
            yield case_of(replace(spec, log10_x=log10_x))


def _steeper(claim: Claim) -> Iterator[Witness]:
    """K = 1 claimed for activations whose slope exceeds 1 ([CV25] assumes K <= 1)."""
    for case in _cases(claim, ("gelu", "silu", "erf")):
        yield from _exceeded(claim, case, _truth(claim, case), {"K": 1.0})


def _more_curved(claim: Claim) -> Iterator[Witness]:
    """beta = 0 claimed for curved activations."""
    for case in _cases(claim, ("sin", "cos", "softplus", "silu")):
        yield from _exceeded(claim, case, _truth(claim, case), {"beta": 0.0})


def _away_from_zero(claim: Claim) -> Iterator[Witness]:
    """phi(0) = 0 claimed for cos, sigmoid and softplus."""
    for case in _cases(claim, ("cos", "sigmoid", "softplus")):
        yield from _exceeded(claim, case, _truth(claim, case), {"phi0": 0.0})


def _not_odd(claim: Claim) -> Iterator[Witness]:
    """Activations with phi(0) = 0 that are not odd."""
    for case in _cases(claim, ("silu", "gelu")):
        yield from _exceeded(claim, case, _truth(claim, case), {})


def _not_normalized(claim: Claim) -> Iterator[Witness]:
    """The same weights without dividing by the row norms, which are 100 at these corners."""
    for case in _cases(claim, ("tanh", "identity")):
        if isinstance(case, NetworkCase) and claim.quantity.key in _PLAIN:
            truth = _PLAIN[claim.quantity.key](case)
            yield from _exceeded(claim, case, truth, {"rows": "not normalized"})


def _plain_output(case: NetworkCase, theta: Tensor, x: Tensor) -> Tensor:
    network = case.network
    parts = theta.split([w[0].numel() for w in network.weights] + [network.v[0].numel()])
    alpha = x
    for l, (weight, part) in enumerate(zip(network.weights, parts, strict=False), start=1):
        g = network.inner_scale(l) * (part.view(weight[0].shape) @ alpha)
        alpha = network.outer_scale(l) * network.activation.value(g)
    return parts[-1] @ alpha


def _theta(case: NetworkCase) -> Tensor:
    return flat(parameters(case.network))[0]


def _plain_gradient(case: NetworkCase) -> float:
    theta = _theta(case)
    gradient = torch.autograd.functional.jacobian(
        lambda t: _plain_output(case, t, case.x[0, 0]), theta
    )
    return float(torch.linalg.vector_norm(gradient))


def _plain_input_gradient(case: NetworkCase) -> float:
    gradient = torch.autograd.functional.jacobian(
        lambda x: _plain_output(case, _theta(case), x), case.x[0, 0]
    )
    return float(torch.linalg.vector_norm(gradient))


def _plain_hessian(case: NetworkCase) -> float:
    matrix = torch.autograd.functional.hessian(
        lambda t: _plain_output(case, t, case.x[0, 0]), _theta(case)
    )
    return float(torch.linalg.eigvalsh(matrix).abs().max())


def _plain_magnitude(case: NetworkCase) -> float:
    return float(_plain_output(case, _theta(case), case.x[0, 0]).abs())


_PLAIN: dict[str, Callable[[NetworkCase], float]] = {
    "gradient_norm": _plain_gradient,
    "input_gradient_norm": _plain_input_gradient,
    "output_magnitude": _plain_magnitude,
    "hessian_norm": _plain_hessian,
    "loss": lambda case: _plain_magnitude(case) ** 2,
}

_SEARCHES: dict[str, Callable[[Claim], Iterator[Witness]]] = {
    "Lipschitz": _steeper,
    "smooth": _more_curved,
    "phi(0) = 0": _away_from_zero,
    "odd": _not_odd,
    "unit rows": _not_normalized,
}
