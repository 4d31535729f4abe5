"""The space of function classes: inputs, scales and nu, with the networks that fit every sign.

The Rademacher complexity is an average over sign vectors of a supremum over networks. Both are
climbed at once: for each sign vector one network of hidden weights, all sharing the inputs. For
any weights the value is a lower estimate, so nothing found here overstates the truth; the judge
is `numerics.rademacher_complexity`, which searches its own weights at the inputs found.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics import activation
from verify.attack.architecture import Architecture
from verify.attack.networks import log_bound, unit
from verify.attack.space import Point
from verify.attack.starts import KINDS
from verify.case import FunctionClassCase
from verify.claim import Claim

_JUDGE_RESTARTS, _JUDGE_STEPS = 8, 200
_ALIGNED_SPREAD = 0.05


@dataclass(frozen=True)
class ClassSpace:
    """Candidates are (x, nu) with S = 2^(n-1) sets of hidden weights.

    Coordinates, with a leading batch axis B: x (n, d), log_xi (n), log_nu (1), W1..WL
    (S, m_l, m_(l-1)). n at most 8.
    """

    claim: Claim
    shape: Architecture
    kinds: Sequence[str] = KINDS
    device: str = "cpu"

    differentiable = True

    @property
    def name(self) -> str:
        return self.shape.name

    @property
    def group(self) -> str:
        return self.shape.activation

    @property
    def _signs(self) -> Tensor:
        """(S, n): the sign vectors that begin with +1; the others have the same supremum."""
        rest = itertools.product((1.0, -1.0), repeat=self.shape.inputs - 1)
        return torch.tensor([(1.0, *signs) for signs in rest], dtype=torch.float64)

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Random inputs over many decades, orthogonal for every other start; rows nearly equal
        for every other start, unless random starts alone are asked for."""
        n, d = self.shape.inputs, self.shape.widths[0]

        def normal(*size: int) -> Tensor:
            return torch.randn(*size, generator=generator, dtype=torch.float64)

        def decades(*size: int) -> Tensor:
            spread = torch.rand(*size, generator=generator, dtype=torch.float64)
            return (6 * spread - 4) * torch.log(torch.tensor(10.0, dtype=torch.float64))

        structured = tuple(self.kinds) != ("random",)
        x = normal(count, n, d)
        if structured and n <= d:
            x[::2] = torch.linalg.qr(x[::2].mT)[0].mT
        point = {
            "x": unit(x),
            "log_xi": decades(count, 1).expand(-1, n).clone(),
            "log_nu": decades(count, 1),
        }
        for l, (inner, outer) in enumerate(itertools.pairwise(self.shape.widths), start=1):
            rows = normal(count, len(self._signs), outer, inner)
            if structured:
                rows[1::2] = _ALIGNED_SPREAD * rows[1::2] + rows[1::2, :, :1]
            point[f"W{l}"] = unit(rows)
        return {name: values.to(self.device) for name, values in point.items()}

    def log_ratio(self, point: Point) -> Tensor:
        top = self._complexity(point).log()
        nu, x = self._nu(point), self._inputs(point)
        bounds = [
            log_bound(self.claim.bound.evaluate(**self.claim.values(self._class(x[b], nu[b]))), top)
            for b in range(len(x))
        ]
        return top - torch.stack([bound.flatten()[0] for bound in bounds])

    def measured(self, point: Point) -> Tensor:
        """The same lower estimate without a gradient: measuring the class anew is a search."""
        with torch.no_grad():
            return self.log_ratio(point).exp()

    def case(self, point: Point, index: int) -> FunctionClassCase:
        x, nu = self._inputs(point)[index], self._nu(point)[index]
        return self._class(x.detach().cpu(), float(nu))

    def _class(self, x: Tensor, nu: Tensor | float) -> FunctionClassCase:
        return FunctionClassCase(
            widths=self.shape.widths,
            x=x,
            nu=nu,  # type: ignore[arg-type]  # a tensor while a gradient is wanted
            activation=self.shape.activation,
            placement=self.shape.placement,
            restarts=_JUDGE_RESTARTS,
            steps=_JUDGE_STEPS,
            origin="attack",
            label=f"attack on {self.claim.name}: {self.name}",
        )

    def _nu(self, point: Point) -> Tensor:
        return point["log_nu"].exp().squeeze(-1)

    def _inputs(self, point: Point) -> Tensor:
        return unit(point["x"]) * point["log_xi"].exp().unsqueeze(-1)

    def _complexity(self, point: Point) -> Tensor:
        """(nu/n) mean_eps ||sum_i eps_i alpha^L(x_i)||, (B,)."""
        phi = activation(self.shape.activation).value
        inner = self.shape.placement == "inner"
        alpha = self._inputs(point).unsqueeze(1)
        for l, width in enumerate(self.shape.widths[1:], start=1):
            s, c = (width**-0.5, 1.0) if inner else (1.0, width**-0.5)
            alpha = c * phi(s * torch.matmul(alpha, unit(point[f"W{l}"]).mT))
        total = (self._signs.to(alpha.device).unsqueeze(-1) * alpha).sum(-2)
        norms = torch.linalg.vector_norm(total, dim=-1)
        return self._nu(point) / self.shape.inputs * norms.mean(-1)
