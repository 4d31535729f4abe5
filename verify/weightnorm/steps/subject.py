"""The subject `step`: one step of training, and the claims T11 to T16 about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bounds.weightnorm import NOTATION
from verify.claim import Claim
from verify.effort import Effort
from verify.errors import VerifyError
from verify.hexadecimal import from_hex
from verify.subject import Shape, Subject
from verify.weightnorm.architecture import candidates, grid, network_of
from verify.weightnorm.conditions import CONDITIONS as OF_NETWORKS
from verify.weightnorm.mistakes import MISTAKES
from verify.weightnorm.networks import NETWORKS
from verify.weightnorm.steps import controls
from verify.weightnorm.steps.case import StepCase, step_case
from verify.weightnorm.steps.claims import AT_POINTS, CONDITIONS, OF_STEPS
from verify.weightnorm.steps.in_balls import step_view
from verify.weightnorm.steps.quantities import STEP_QUANTITIES
from verify.weightnorm.steps.runs import digit_runs, step_cases, telling_runs
from verify.weightnorm.steps.space import StepSpace
from verify.weightnorm.steps.written import expanded, stored_step

__all__ = ["STEPS"]


def _drawn(shape: Shape, count: int, seed: int, claim: Claim) -> StepCase:
    """One step of a random network; a case holds one step, whatever `count` says."""
    if NETWORKS.drawn is None:
        raise VerifyError("shape", shape.name, "one of networks")
    drawn = NETWORKS.drawn(shape, 1, seed, claim)
    made = step_case(
        drawn.network, drawn.x[0], drawn.y[0], eta=0.1, kappa=0.7, seed=seed, origin="random",  # type: ignore[attr-defined]
        label=f"step of {shape.name}, seed {seed}",
    )  # fmt: skip
    if isinstance(made, str):
        raise VerifyError("step", made, "a network with a gradient")
    return made


def _shapes(claim: Claim) -> tuple[Shape, ...]:
    """Architectures of one input and of two that meet what the claim asks of a network."""
    keys = [a.key for a in claim.bound.assumptions] + list(claim.quantity.needs)
    asked = [OF_NETWORKS[key] for key in keys if key in OF_NETWORKS]
    return tuple(
        shape
        for shape in (a.shape for inputs in (1, 2) for a in candidates(inputs))
        if not any(condition(network_of(shape.detail)) for condition in asked)
    )


def _population(effort: Effort, seed: int, device: str) -> Iterator[StepCase]:
    """The steps of training runs on digits, each with each of the cones."""
    for run in telling_runs() if effort.name == "quick" else digit_runs():
        for case in step_cases(run, seed=seed):
            if isinstance(case, StepCase):
                yield case


def _parse(data: dict[str, Any], label: str) -> StepCase:
    if NETWORKS.parse is None:
        raise VerifyError("subject", "a step", "one that can be read back")
    base = NETWORKS.parse(data, label)
    numbers = {k: float(from_hex(data[k], k)) for k in ("eta", "kappa", "radius")}
    search = data["search"]
    made = step_case(
        base.network, base.x[0], base.y[0], eta=numbers["eta"],  # type: ignore[attr-defined]
        kappa=numbers["kappa"], radius=numbers["radius"], count=search["count"],
        attack_steps=search["steps"], seed=search["seed"], origin="counterexample", label=label,
    )  # fmt: skip
    if isinstance(made, str):
        raise VerifyError("step", made, "a step with a gradient")
    return made


STEPS = Subject(
    kind="step",
    noun="step",
    case_type=StepCase,
    notation=NOTATION,
    quantities=STEP_QUANTITIES,
    readings={"data": OF_STEPS, "points": AT_POINTS},
    conditions=CONDITIONS,
    in_balls=step_view,
    shapes=_shapes,
    cells=lambda claim: (((), _shapes(claim)),),
    grid=grid,
    space=StepSpace,
    corners=controls.corners,
    drawn=_drawn,
    population=_population,
    mistakes=MISTAKES,
    parse=_parse,
    stored=stored_step,
    expanded=expanded,
)
