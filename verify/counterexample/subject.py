"""What a claim fails on, as exact text and back: a network, a class, or named numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import numerics
from numerics import WeightNormNetwork
from verify.case import Case, FunctionClassCase, NetworkCase, SampleCase, network_case
from verify.claim import Claim
from verify.counterexample.statement import arithmetic
from verify.errors import VerifyError
from verify.own.sample import is_strict

Json = dict[str, Any]


def to_hex(tensor: Tensor) -> Any:
    """Nested lists of hex floats, which lose nothing."""
    if tensor.ndim == 0:
        return float(tensor).hex()
    return [to_hex(part) for part in tensor.detach().cpu().to(torch.float64)]


def from_hex(value: Any, where: str) -> Tensor:
    """The tensor that `to_hex` wrote.

    Raises:
        VerifyError: ragged lists, or an entry that is no finite hex float.
    """

    def numbers(part: Any) -> Any:
        return [numbers(p) for p in part] if isinstance(part, list) else float.fromhex(part)

    try:
        tensor = torch.tensor(numbers(value), dtype=torch.float64)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise VerifyError(where, str(error), "nested lists of hex floats") from error
    if not bool(torch.isfinite(tensor).all()):
        raise VerifyError(where, "NaN or infinity", "finite numbers")
    return tensor


def subject(claim: Claim, case: Case) -> Json:
    """The JSON of a single case (see `verify.shrink.single`)."""
    if isinstance(case, NetworkCase):
        return _network(claim, case)
    if isinstance(case, FunctionClassCase):
        return _class(case)
    return _sample(claim, case)


def case_of(data: Json, label: str = "") -> Case:
    """The case that `subject` described.

    Raises:
        VerifyError, NumericsError: it is damaged.
    """
    kind = data.get("kind")
    try:
        if kind == "network":
            weights = [from_hex(w, "weights") for w in data["weights"]]
            network = WeightNormNetwork.from_tensors(
                weights,
                from_hex(data["v"], "v"),
                activation=data["activation"],
                placement=data["placement"],
            )
            x, y = from_hex(data["inputs"], "inputs"), from_hex(data["targets"], "targets")
            return network_case(network, x, y, origin="counterexample", label=label)
        if kind == "class":
            return _class_back(data, label)
        if kind in ("values", "sample"):
            named = {name: from_hex([value], name) for name, value in data["values"].items()}
            return SampleCase(named, origin="counterexample", label=label)
    except (KeyError, AttributeError, TypeError) as error:
        raise VerifyError("subject", f"a {kind} without {error}", "a complete file") from error
    raise VerifyError("subject", f"kind {kind!r}", "network, class, values or sample")


def _network(claim: Claim, case: NetworkCase) -> Json:
    network = case.network
    return {
        "kind": "network",
        "activation": network.activation.name,
        "placement": network.placement,
        "weights": [to_hex(w[0]) for w in network.weights],
        "v": to_hex(network.v[0]),
        "inputs": to_hex(case.x[0]),
        "targets": to_hex(case.y[0]),
        "direction": _direction(claim.quantity.key, case),
    }


def _direction(key: str, case: NetworkCase) -> list[str]:
    """Where the derivative is largest, in theta or x; empty for quantities without one.

    A direction found in float64 loses only the square of its error, and no proof rests on it.
    """
    x, y, old = case.x[0], case.y[0], case.network
    if key == "hessian_norm":
        values, vectors = torch.linalg.eigh(numerics.hessian(old.select(0), x[0]))
        found: list[str] = to_hex(vectors[:, int(values.abs().argmax())])
        return found
    if key not in ("gradient_norm", "input_gradient_norm", "loss_gradient_norm"):
        return []
    weights = [w.clone().requires_grad_() for w in old.weights]
    v, at = old.v.clone().requires_grad_(), x.clone().requires_grad_()
    moved = WeightNormNetwork(tuple(weights), v, old.activation, old.placement, old.batch)
    output = moved(at)[0]
    value = (output - y).square().mean() if key == "loss_gradient_norm" else output[0]
    at_theta = key != "input_gradient_norm"
    parts = torch.autograd.grad(value, [*weights, v] if at_theta else [at])
    flat: list[str] = to_hex(torch.cat([part.reshape(-1) for part in parts]))
    return flat


def _class(case: FunctionClassCase) -> Json:
    signs, weights = numerics.rademacher_witness(
        case.widths,
        case.x,
        activation=case.activation,
        placement=case.placement,
        seed=case.seed,
        restarts=case.restarts,
        steps=case.steps,
    )
    families = [
        {"signs": to_hex(signs[k]), "weights": [to_hex(w[k]) for w in weights]}
        for k in range(len(signs))
    ]
    return {
        "kind": "class",
        "activation": case.activation,
        "placement": case.placement,
        "nu": float(case.nu).hex(),
        "inputs": to_hex(case.x),
        "families": families,
        "search": {"seed": case.seed, "restarts": case.restarts, "steps": case.steps},
    }


def _class_back(data: Json, label: str) -> FunctionClassCase:
    x = from_hex(data["inputs"], "inputs")
    layers = data["families"][0]["weights"]
    return FunctionClassCase(
        widths=(x.shape[1], *(len(rows) for rows in layers)),
        x=x,
        nu=float.fromhex(data["nu"]),
        activation=data["activation"],
        placement=data["placement"],
        origin="counterexample",
        label=label,
        **data["search"],
    )


def _sample(claim: Claim, case: SampleCase) -> Json:
    values = {name: to_hex(value[0]) for name, value in case.values.items()}
    formula = claim.quantity.formula
    if formula is None or claim.domain is None or any(v.ndim > 1 for v in case.values.values()):
        return {"kind": "sample", "values": values}
    conditions = {
        arithmetic(c.gts - c.lts): ">" if is_strict(c) else ">=" for c in claim.domain.conditions
    }
    return {
        "kind": "values",
        "left_side": arithmetic(formula),
        "values": values,
        "conditions": conditions,
    }
