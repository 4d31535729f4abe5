"""The two-layer ReLU network with weight normalization and gains, as frozen data.

    f(x) = m^(-1/2) sum_k c_k g_k relu(<u_k, x>),   u_k = v_k / ||v_k||,   relu'(0) = 0

c_k = +-1 is fixed; v_k and g_k are trained. This is the *outside form*. The form after [DGM20] has
the gain inside, c_k relu(g_k <u_k, x>): the two agree exactly while every g_k >= 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.relu_two_layer.refusals import Refusal, refuse
from numerics.validation import check_count, check_device, check_positive, check_tensor


@dataclass(frozen=True, eq=False)
class ReluNetwork:
    """A batch of B networks of one shape; B = 1 and `batch` None for a single network.

    v: (B, m, d) rows with a direction; g: (B, m) gains of either sign; c: (B, m) of +1 and -1;
    all float64. Build with `random` or `from_tensors`, which validate; the constructor does not.
    """

    v: Tensor
    g: Tensor
    c: Tensor
    batch: int | None

    @staticmethod
    def random(
        d: int,
        m: int,
        *,
        seed: int,
        alpha: float = 1.0,
        paired: bool = False,
        gain: float = 1.0,
        batch: int | None = None,
        device: torch.device | str = "cpu",
    ) -> ReluNetwork:
        """The initialization after [DGM20]: v_k ~ N(0, alpha^2 I), g_k = gain ||v_k|| / alpha.

        c_k are fair signs, all independent. paired: units come as (v, g, +1), (v, g, -1), so that
        f = 0 exactly; m must be even, and m/2 units are independent. gain = 0.1 makes all outputs
        ten times smaller and acts like 10 alpha in every kernel. Drawn on the CPU: one seed means
        one network on every device.
        """
        check_count(d, "d")
        check_count(m, "m")
        if batch is not None:
            check_count(batch, "batch")
        check_positive(alpha, "alpha")
        check_positive(gain, "gain")
        if paired and m % 2:
            raise NumericsError(argument="m", found=f"{m}, odd, with pairs", accepted="an even m")
        generator = torch.Generator().manual_seed(seed)
        count, units = batch or 1, m // 2 if paired else m
        directions = torch.randn(count, units, d, generator=generator, dtype=torch.float64)
        signs = torch.randint(0, 2, (count, units), generator=generator).double() * 2.0 - 1.0
        gains = gain * torch.linalg.vector_norm(directions, dim=-1)
        if paired:
            directions, gains = directions.repeat(1, 2, 1), gains.repeat(1, 2)
            signs = torch.cat([torch.ones_like(signs), -torch.ones_like(signs)], dim=-1)
        target = check_device(device)
        return ReluNetwork(alpha * directions, gains, signs, batch).to(target)

    @staticmethod
    def from_tensors(v: Tensor, g: Tensor, c: Tensor) -> ReluNetwork:
        """From v (m, d), g (m,), c (m,), or all with a leading batch axis.

        Raises `NumericsError` for mismatched shapes, non-finite entries, a zero row, signs other
        than +1 and -1.
        """
        v, g, c = check_tensor(v, "v"), check_tensor(g, "g"), check_tensor(c, "c")
        if v.dim() not in (2, 3):
            raise NumericsError(
                argument="v", found=f"shape {tuple(v.shape)}", accepted="(m, d) or (B, m, d)"
            )
        for value, name in ((g, "g"), (c, "c")):
            if value.shape != v.shape[:-1]:
                raise NumericsError(
                    argument=name,
                    found=f"shape {tuple(value.shape)}",
                    accepted=f"{tuple(v.shape[:-1])}, one number per row of v",
                )
        zero = (v == 0).all(-1).nonzero()
        if len(zero):
            where = f"a zero row at index {tuple(zero[0].tolist())}"
            raise refuse(Refusal.ZERO_ROW, "v", where, "rows with a nonzero entry")
        if not bool((c.abs() == 1).all()):
            raise NumericsError(argument="c", found="an entry not +1 or -1", accepted="+1 and -1")
        v, g, c = (t.to(v.device, torch.float64) for t in (v, g, c))
        if v.dim() == 2:
            return ReluNetwork(v.unsqueeze(0), g.unsqueeze(0), c.unsqueeze(0), None)
        return ReluNetwork(v, g, c, v.shape[0])

    @property
    def d(self) -> int:
        """Input size."""
        return self.v.shape[-1]

    @property
    def m(self) -> int:
        """Width: the number of units."""
        return self.v.shape[-2]

    @property
    def networks(self) -> int:
        """B, the number of networks held (1 if unbatched)."""
        return self.v.shape[0]

    @property
    def device(self) -> torch.device:
        return self.v.device

    def select(self, index: int) -> ReluNetwork:
        """The network with that index in the batch, unbatched."""
        if not -self.networks <= index < self.networks:
            raise NumericsError(
                argument="index", found=str(index), accepted=f"an integer below {self.networks}"
            )
        v, g, c = (t[index].unsqueeze(0) for t in (self.v, self.g, self.c))
        return ReluNetwork(v, g, c, None)

    def to(self, device: torch.device | str) -> ReluNetwork:
        """The same networks on another device."""
        target = check_device(device)
        return ReluNetwork(self.v.to(target), self.g.to(target), self.c.to(target), self.batch)

    def __call__(self, x: Tensor) -> Tensor:
        """f(x_i) for x (n, d) or (B, n, d): (n,), or (B, n) if batched. Differentiable."""
        return self._sum(x, lambda a: self.g.unsqueeze(-2) * a.clamp_min(0.0))

    def paper_form(self, x: Tensor) -> Tensor:
        """m^(-1/2) sum_k c_k relu(g_k <u_k, x_i>): equal to f wherever no gain is negative."""
        return self._sum(x, lambda a: (self.g.unsqueeze(-2) * a).clamp_min(0.0))

    def _sum(self, x: Tensor, features: Callable[[Tensor], Tensor]) -> Tensor:
        unit = self.v / torch.linalg.vector_norm(self.v, dim=-1, keepdim=True)
        found = features(x.to(self.v) @ unit.mT)
        value = (found @ self.c.unsqueeze(-1)).squeeze(-1) / math.sqrt(self.m)
        return value if self.batch is not None else value.squeeze(0)


def same_function_with_gains_outside(network: ReluNetwork) -> ReluNetwork:
    """The network whose outside form is the paper's form of `network`.

    relu(g <u, x>) = |g| relu(<sign(g) u, x>): a row with a negative gain is turned round. Training
    commutes with this map as long as no gain passes through zero.
    """
    sign = torch.where(network.g < 0, -1.0, 1.0)
    return ReluNetwork(network.v * sign.unsqueeze(-1), network.g.abs(), network.c, network.batch)
