"""A network of its own for these tests: truth by dense autograd, local coefficients by formula.

Kept apart from `numerics` on purpose: `bounds` must be testable alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch

PHI = {
    "tanh": (
        torch.tanh,
        lambda g: 1 - torch.tanh(g) ** 2,
        lambda g: -2 * torch.tanh(g) * (1 - torch.tanh(g) ** 2),
        1.0,
        4 / (3 * math.sqrt(3)),
        0.0,
    ),
    "cos": (torch.cos, lambda g: -torch.sin(g), lambda g: -torch.cos(g), 1.0, 1.0, 1.0),
}


@dataclass
class Net:
    """Weights W^1..W^L, output v, activation name, placement exponent p."""

    weights: list[torch.Tensor]
    v: torch.Tensor
    phi: str
    p: float

    def layer(self, weight: torch.Tensor, a: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(g, alpha) of one layer."""
        m = len(weight)
        g = m**-self.p * (weight / weight.norm(dim=1, keepdim=True)) @ a
        return g, m ** (self.p - 0.5) * PHI[self.phi][0](g)

    def __call__(self, theta: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        a, offset = x, 0
        for weight in self.weights:
            piece = theta[offset : offset + weight.numel()].view_as(weight)
            a, offset = self.layer(piece, a)[1], offset + weight.numel()
        return theta[offset:] @ a

    def theta(self) -> torch.Tensor:
        return torch.cat([*(w.reshape(-1) for w in self.weights), self.v])

    def hessian_norm(self, x: torch.Tensor) -> float:
        """Truth (T8) by the dense Hessian."""
        dense = torch.autograd.functional.hessian(lambda th: self(th, x), self.theta())
        return float(torch.linalg.eigvalsh((dense + dense.T) / 2).abs().max())

    def values(self, x: torch.Tensor) -> dict:
        """Symbols of the recursive rung."""
        _, _, _, K, beta, phi0 = PHI[self.phi]
        return {
            "L": len(self.weights), "K": K, "beta": beta, "phi0": phi0, "xi": float(x.norm()),
            "nu": float(self.v.norm()), "p": self.p,
            "m": [float(len(w)) for w in self.weights],
            "omega": [float(w.norm(dim=1).min()) for w in self.weights],
        }  # fmt: skip

    def local_coefficients(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """The coefficients of the local rung (T7), measured at x."""
        _, first, second, *_ = PHI[self.phi]
        alphas, gs = [x], []
        for weight in self.weights:
            g, a = self.layer(weight, alphas[-1])
            gs.append(g)
            alphas.append(a)
        e, out = self.v, []
        for weight, g, a in zip(self.weights[::-1], gs[::-1], alphas[-2::-1], strict=True):
            m = len(weight)
            c, s, r = m ** (self.p - 0.5), m**-self.p, weight.norm(dim=1)
            hat = weight / r[:, None]
            h = hat @ a
            n = (a[None, :] - h[:, None] * hat).norm(dim=1)
            slope = c * s * (first(g)[:, None] * hat)
            delta = c * first(g) * e
            out.append({
                "sensitivity": (c * s * first(g).abs() * n / r).max(),
                "gain": torch.linalg.matrix_norm(slope, 2),
                "reach": s * (n / r).max(),
                "gain_two": s * torch.linalg.matrix_norm(hat, 2),
                "gain_max": torch.tensor(s, dtype=torch.float64),
                "bend": c * (e * second(g)).norm(),
                "turn": s * (delta.abs() * (h.abs() + (h**2 + 4 * n**2).sqrt()) / (2 * r**2)).max(),
                "mixed": s * (delta / r).norm(),
            })  # fmt: skip
            e = slope.T @ e
        return {k: torch.stack([layer[k] for layer in out[::-1]]) for k in out[0]}


def random_net(seed: int) -> tuple[Net, torch.Tensor]:
    """Aligned rows, log-scales over decades, tiny minimum norms, width and depth 1."""
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=rng, dtype=torch.float64)

    def pick(n: int) -> int:
        return int(torch.randint(n, (1,), generator=rng))

    widths = [1 + pick(4) for _ in range(2 + pick(3))]
    weights = []
    for m_in, m_out in pairwise(widths):
        aligned = draw(1, m_in).expand(m_out, -1) + 10.0 ** -pick(4) * draw(m_out, m_in)
        weights.append((aligned if pick(2) else draw(m_out, m_in)) * 10.0 ** (draw(m_out, 1)))
    v = draw(widths[-1]) * 10.0 ** float(draw(1))
    x = draw(widths[0]) * 10.0 ** float(draw(1))
    return Net(weights, v, ("tanh", "cos")[pick(2)], (0.0, 0.5, 0.25)[pick(3)]), x
