"""Full-batch gradient descent on ||f - y||^2/2, which can be told to ask for a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.relu_two_layer.certificate import (
    SHARES,
    Certificate,
    NotCertified,
    Statement,
    certify_convergence,
)
from numerics.relu_two_layer.gradient import moved, residual_and_gradient
from numerics.relu_two_layer.inputs import resolve_inputs, resolve_targets
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.refusals import Refusal, refuse
from numerics.validation import check_count, check_positive


@dataclass(frozen=True, eq=False)
class Answer:
    """What `certify_convergence` said of one network of the batch at one step."""

    step: int
    network: int
    found: Certificate | NotCertified


@dataclass(frozen=True, eq=False)
class Run:
    """A run of T updates of B networks.

    residuals, gradients: ||r|| and ||grad L|| before each update and after the last, (T + 1, B).
    spent: T_s = sum_{j < s} eta ||grad L(j)||^2/||r(j)||, (T + 1, B) (F2).
    kept: (step, networks) where `keep_every` asked, the first and the last always.
    """

    learning_rate: float
    residuals: Tensor
    gradients: Tensor
    spent: Tensor
    kept: tuple[tuple[int, ReluNetwork], ...]
    answers: tuple[Answer, ...]

    @property
    def network(self) -> ReluNetwork:
        """The networks after the last update."""
        return self.kept[-1][1]

    @property
    def steps(self) -> int:
        return len(self.residuals) - 1

    def first_certificate(self, network: int = 0) -> Answer | None:
        """The first answer for that network which is a certificate."""
        of_network = (answer for answer in self.answers if answer.network == network)
        return next((answer for answer in of_network if answer.found), None)


def train(
    network: ReluNetwork,
    x: Tensor,
    y: Tensor,
    *,
    learning_rate: float,
    steps: int,
    momentum: float = 0.0,
    keep_every: int | None = None,
    ask_every: int | None = None,
    ask_flow: bool = False,
    stop_when_certified: bool = False,
    statements: Sequence[Statement] = tuple(Statement),
    shares: Sequence[float] = SHARES,
) -> Run:
    """`steps` updates from `network`, all of a batch side by side.

    x: (n, d) or (B, n, d); y: (n,) or (B, n). momentum: heavy ball, for comparison.
    keep_every: keep the networks at every such step. ask_every: ask for a certificate of the rest
    of the run at every such step (step 0 included), until a network has one; ask_flow asks about
    gradient flow from that state in place of the descent. stop_when_certified: end when all have
    one.
    Raises `NumericsError` for bad input, an overflow, and `not_gradient_step` when a certificate is
    asked of a run with momentum.
    """
    check_positive(learning_rate, "learning_rate")
    check_count(steps, "steps")
    if ask_every is not None and momentum != 0.0:
        found = f"{momentum} with ask_every"
        raise refuse(Refusal.NOT_GRADIENT_STEP, "momentum", found, "0, or no certificate")
    x = resolve_inputs(network, x)
    y = resolve_targets(x, y)
    asking = _Asking(ask_every, None if ask_flow else learning_rate, statements, shares)
    rows: list[tuple[Tensor, Tensor]] = []
    kept: list[tuple[int, ReluNetwork]] = []
    answers: list[Answer] = []
    push = (torch.zeros_like(network.v), torch.zeros_like(network.g))
    for step in range(steps + 1):
        r, by_v, by_g = residual_and_gradient(network, x, y)
        rows.append(_sizes(r, by_v, by_g, step, learning_rate))
        answers += asking.answers(network, x, y, step, answers)
        last = step == steps or (stop_when_certified and _certified(answers) == network.networks)
        if last or step % (keep_every or steps) == 0:
            kept.append((step, network))
        if last:
            break
        push = (
            momentum * push[0] - learning_rate * by_v,
            momentum * push[1] - learning_rate * by_g,
        )
        network = moved(network, *push)
    residuals, gradients = (torch.stack(part) for part in zip(*rows, strict=True))
    spent = _spent(residuals, gradients, learning_rate)
    return Run(learning_rate, residuals, gradients, spent, tuple(kept), tuple(answers))


@dataclass(frozen=True)
class _Asking:
    """When and what is asked of the networks that have no certificate yet."""

    every: int | None
    learning_rate: float | None
    statements: Sequence[Statement]
    shares: Sequence[float]

    def answers(
        self, network: ReluNetwork, x: Tensor, y: Tensor, step: int, before: list[Answer]
    ) -> list[Answer]:
        """Answers at this step; none where nothing is due."""
        if self.every is None or step % self.every:
            return []
        have = {answer.network for answer in before if answer.found}
        return [
            Answer(step, index, self._ask(network.select(index), x[index], y[index]))
            for index in range(network.networks)
            if index not in have
        ]

    def _ask(self, network: ReluNetwork, x: Tensor, y: Tensor) -> Certificate | NotCertified:
        return certify_convergence(
            network,
            x,
            y,
            learning_rate=self.learning_rate,
            statements=self.statements,
            shares=self.shares,
        )


def _certified(answers: list[Answer]) -> int:
    return sum(1 for answer in answers if answer.found)


def _sizes(
    r: Tensor, by_v: Tensor, by_g: Tensor, step: int, learning_rate: float
) -> tuple[Tensor, Tensor]:
    """||r|| and ||grad L||, (B,) each; refuses numbers that overflowed."""
    slope = (by_v.square().sum((-1, -2)) + by_g.square().sum(-1)).sqrt()
    row = torch.linalg.vector_norm(r, dim=-1), slope
    if not all(bool(torch.isfinite(part).all()) for part in row):
        raise NumericsError(
            argument="learning_rate",
            found=f"{learning_rate:g}, with which a number overflowed at step {step}",
            accepted="a smaller learning rate",
        )
    return row


def _spent(residuals: Tensor, gradients: Tensor, learning_rate: float) -> Tensor:
    """T_s, rounded up; a residual of exactly zero spends nothing."""
    safe = torch.where(residuals > 0, residuals, 1.0)
    terms = learning_rate * gradients.square() / safe
    total = torch.cumsum(terms, 0) * (1.0 + 1e-9)
    return torch.cat([torch.zeros_like(total[:1]), total[:-1]])
