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

from verify.claim import Claim
from verify.subject import Point, Shape
from verify.weightnorm.architecture import Architecture
from verify.weightnorm.cases import FunctionClassCase
from verify.weightnorm.network_space import LOG_RANGE, is_scale, log_bound, unit
from verify.weightnorm.starts import check_kinds

_JUDGE_RESTARTS, _JUDGE_STEPS = 8, 200
_ALIGNED_SPREAD = 0.05


@dataclass(frozen=True, eq=False)
class ClassSpace:
    """Candidates are (x, nu) with S = 2^(n-1) sets of hidden weights.

    Coordinates, with a leading batch axis B: x (n, d), log_xi (n), log_nu (1), W1..WL
    (S, m_l, m_(l-1)). n at most 8.
    """

    claim: Claim
    shape: Shape
    kinds: Sequence[str] = ()
    device: str = "cpu"

    differentiable = True

    @property
    def _architecture(self) -> Architecture:
        found: Architecture = self.shape.detail
        return found

    @property
    def _signs(self) -> Tensor:
        """(S, n): the sign vectors that begin with +1; the others have the same supremum."""
        rest = itertools.product((1.0, -1.0), repeat=self._architecture.inputs - 1)
        return torch.tensor([(1.0, *signs) for signs in rest], dtype=torch.float64)

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Random inputs over many decades, orthogonal for every other start; rows nearly equal
        for every other start, unless random starts alone are asked for."""
        n, d = self._architecture.inputs, self._architecture.widths[0]

        def normal(*size: int) -> Tensor:
            return torch.randn(*size, generator=generator, dtype=torch.float64)

        def decades(*size: int) -> Tensor:
            spread = torch.rand(*size, generator=generator, dtype=torch.float64)
            return (6 * spread - 4) * torch.log(torch.tensor(10.0, dtype=torch.float64))

        structured = check_kinds(self.kinds) != ("random",)
        x = normal(count, n, d)
        if structured and n <= d:
            x[::2] = torch.linalg.qr(x[::2].mT)[0].mT
        point = {
            "x": unit(x),
            "log_xi": decades(count, 1).expand(-1, n).clone(),
            "log_nu": decades(count, 1),
        }
        for l, (inner, outer) in enumerate(itertools.pairwise(self._architecture.widths), start=1):
            rows = normal(count, len(self._signs), outer, inner)
            if structured:
                rows[1::2] = _ALIGNED_SPREAD * rows[1::2] + rows[1::2, :, :1]
            point[f"W{l}"] = unit(rows)
        return {name: values.to(self.device) for name, values in point.items()}

    def margin(self, point: Point) -> Tensor:
        """log(truth/bound)."""
        top = self._complexity(point).log()
        nu, x = self._nu(point), self._inputs(point)
        bounds = [
            log_bound(self.claim.smooth_right(self._class(x[b], nu[b])), top) for b in range(len(x))
        ]
        return top - torch.stack([bound.flatten()[0] for bound in bounds])

    def measured(self, point: Point) -> Tensor:
        """The same lower estimate without a gradient: measuring the class anew is a search."""
        with torch.no_grad():
            return self.margin(point)

    def retract(self, point: Point, before: Point) -> Point:
        """Scales within `LOG_RANGE`; directions of length 1."""
        return {
            name: values.clamp(*LOG_RANGE) if is_scale(name) else unit(values)
            for name, values in point.items()
        }

    def rates(self, name: str) -> float:
        """Scales move further than directions."""
        return 4.0 if is_scale(name) else 1.0

    def case(self, point: Point, index: int) -> FunctionClassCase:
        x, nu = self._inputs(point)[index], self._nu(point)[index]
        return self._class(x.detach().cpu(), float(nu))

    def _class(self, x: Tensor, nu: Tensor | float) -> FunctionClassCase:
        return FunctionClassCase(
            widths=self._architecture.widths,
            x=x,
            nu=nu,  # type: ignore[arg-type]  # a tensor while a gradient is wanted
            activation=self._architecture.phi,
            placement=self._architecture.placement,
            restarts=_JUDGE_RESTARTS,
            steps=_JUDGE_STEPS,
            origin="attack",
            label=f"attack on {self.claim.name}: {self.shape.name}",
        )

    def _nu(self, point: Point) -> Tensor:
        return point["log_nu"].exp().squeeze(-1)

    def _inputs(self, point: Point) -> Tensor:
        return unit(point["x"]) * point["log_xi"].exp().unsqueeze(-1)

    def _complexity(self, point: Point) -> Tensor:
        """(nu/n) mean_eps ||sum_i eps_i alpha^L(x_i)||, (B,)."""
        phi = self._architecture.phi.value
        inner = self._architecture.placement == "inner"
        alpha = self._inputs(point).unsqueeze(1)
        for l, width in enumerate(self._architecture.widths[1:], start=1):
            s, c = (width**-0.5, 1.0) if inner else (1.0, width**-0.5)
            alpha = c * phi(s * torch.matmul(alpha, unit(point[f"W{l}"]).mT))
        total = (self._signs.to(alpha.device).unsqueeze(-1) * alpha).sum(-2)
        norms = torch.linalg.vector_norm(total, dim=-1)
        return self._nu(point) / self._architecture.inputs * norms.mean(-1)
