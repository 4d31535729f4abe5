"""Gradient ascent over a network and a direction at once, written apart from `verify`.

f'' along a direction is split into its four parts (output, turn, mixed, bend) by propagating each
through the layers, so that every statement of T22 to T30 is attacked on its own left side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics import activation
from numerics.activations import Activation
from tests.depth import stated as statements
from tests.depth.stated import Numbers


@dataclass(frozen=True)
class Class:
    """A class of networks: widths (d, m_1, ..), least row norms, scales, activation, placement."""

    widths: tuple[int, ...]
    omega: tuple[float, ...]
    name: str | Activation = "identity"
    xi: float = 1.0
    nu: float = 1.0
    p: float = 0.5

    @property
    def phi(self) -> Activation:
        return activation(self.name)

    def numbers(self) -> Numbers:
        slope, bent, third = self.phi.lipschitz
        at_zero = float(self.phi.value(torch.zeros(1, dtype=torch.float64)).abs())
        return Numbers(
            self.widths[1:], self.omega, self.xi, self.nu, slope, bent, at_zero, self.p, third
        )


def _unit(rows: Tensor) -> Tensor:
    return rows / torch.linalg.vector_norm(rows, dim=-1, keepdim=True)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def parts(
    phi: Activation,
    weights: list[Tensor],
    v: Tensor,
    x: Tensor,
    change: list[Tensor],
    u: Tensor,
    p: float,
    normalized: bool = True,
) -> dict[str, Tensor]:
    """f' and the parts of f'' along (change, u), batch first; `moved` is ||alpha-dot^L||.

    normalized: False leaves out the projections, as where rows are not normalized.
    """
    second = phi.require_second("an ascent")
    alpha, dot = x, torch.zeros_like(x)
    found = {key: torch.zeros_like(x) for key in ("turn", "mixed", "bend")}
    for weight, along in zip(weights, change, strict=True):
        m = weight.shape[-2]
        s, c = m**-p, m ** (p - 0.5)
        norm = torch.linalg.vector_norm(weight, dim=-1, keepdim=True)
        unit = weight / norm
        radial = (unit * along).sum(-1, keepdim=True)
        tau = along - radial * unit if normalized else along
        turned = -(2.0 * radial * tau + tau.square().sum(-1, keepdim=True) * unit) / norm**2
        g, g_dot = s * _times(unit, alpha), s * (_times(tau / norm, alpha) + _times(unit, dot))
        slope = c * phi.first(g)
        own = {
            "turn": s * _times(turned, alpha),
            "mixed": 2.0 * s * _times(tau / norm, dot),
            "bend": torch.zeros_like(g),
        }
        found = {key: slope * (s * _times(unit, found[key]) + own[key]) for key in found}
        found["bend"] = found["bend"] + c * second(g) * g_dot.square()
        alpha, dot = c * phi.value(g), slope * g_dot
    result = {key: (v * value).sum(-1) for key, value in found.items()}
    result["output"] = 2.0 * (u * dot).sum(-1)
    result["first"] = (u * alpha).sum(-1) + (v * dot).sum(-1)
    result["moved"] = torch.linalg.vector_norm(dot, dim=-1)
    return result


@dataclass(frozen=True)
class Target:
    """Which left side, which right side, and whether the output weights move too."""

    left: Callable[[dict[str, Tensor]], Tensor]
    right: Callable[[Numbers], float]
    output: bool = False
    normalized: bool = True


def _gradient(n: Numbers) -> float:
    if n.phi0 == 0.0:
        return min(statements.gradient(n), statements.gradient_program(n))
    return statements.gradient(n)


TARGETS = {
    "gradient": Target(lambda r: r["first"], _gradient, output=True),
    "jacobian": Target(lambda r: r["moved"], lambda n: statements.jacobian(n, n.L)),
    "mixed": Target(lambda r: r["mixed"], statements.mixed),
    "turn and mixed": Target(lambda r: r["turn"] + r["mixed"], statements.turn_mixed),
    "bend": Target(lambda r: r["bend"], statements.bend_closed),
    "smooth bend": Target(lambda r: r["bend"], statements.bend_smooth),
    "hessian": Target(
        lambda r: r["output"] + r["turn"] + r["mixed"] + r["bend"],
        lambda n: min(statements.hessian_chain(n), statements.hessian_closed(n)),
        output=True,
    ),
}


def climb(
    target: Target, cls: Class, *, seed: int, starts: int = 24, steps: int = 300, rate: float = 0.05
) -> float:
    """The largest left/right found, by Adam from structured starts."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(starts, *shape, generator=generator, dtype=torch.float64)

    shapes = list(zip(cls.widths[1:], cls.widths[:-1], strict=True))
    kind = torch.randint(0, 3, (starts, 1, 1), generator=generator)
    raw = [torch.where(kind == 0, normal(1, k) + 0.05 * normal(m, k), normal(m, k))
           for m, k in shapes]  # fmt: skip
    change = [normal(m, k) for m, k in shapes]
    ends = [normal(cls.widths[-1]), normal(cls.widths[0]), normal(cls.widths[-1])]
    variables = [t.requires_grad_() for t in (*raw, *change, *ends)]
    optimizer = torch.optim.Adam(variables, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, 0.02 * rate)
    bound, best = target.right(cls.numbers()), 0.0
    for _ in range(steps):
        weights = [o * _unit(w) for w, o in zip(raw, cls.omega, strict=True)]
        square = sum(d.square().sum((-1, -2)) for d in change)
        square = square + (ends[2].square().sum(-1) if target.output else 0.0)
        size = torch.as_tensor(square).sqrt()
        u = ends[2] / size.unsqueeze(-1) * float(target.output)
        found = parts(
            cls.phi, weights, cls.nu * _unit(ends[0]), cls.xi * _unit(ends[1]),
            [d / size[:, None, None] for d in change], u, cls.p, target.normalized,
        )  # fmt: skip
        value = target.left(found).abs()
        best = max(best, float(value.detach().max()))
        optimizer.zero_grad()
        (-torch.log(value + 1e-300)).sum().backward()
        optimizer.step()
        schedule.step()
    return best / bound if bound > 0 else math.nan
