"""What other bounds certify for the same network and sample, for comparison with G3, G8 and G9.

Each is given its best case: the same union, the same grid of margins, no logarithms and constant 1
where the paper has them. Values are plain float64, not directed: none of them is a certificate.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from numerics.validation import check_count
from numerics.weightnorm.generalization.choices import Choices
from numerics.weightnorm.generalization.complexity import confidence
from numerics.weightnorm.generalization.norms import kappa_above
from numerics.weightnorm.generalization.sample import Sample, error_above
from numerics.weightnorm.generalization.tails import relative_entropy_inverse
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import unit_rows

SOURCES = {
    "nu": "T18 with the constant 2 and nu = ||v||_2 (Bartlett and Mendelson 2002)",
    "sqrt_depth": "T17, factor sqrt(2 L log 2) + 1 (Golowich, Rakhlin, Shamir 2018; [CV25])",
    "peeling": "layerwise peeling, factor 2^L (Neyshabur, Tomioka, Srebro 2015)",
    "spectral": "product of spectral norms, constant 1, no logs (Bartlett, Foster, Telgarsky 2017)",
    "parameters": "parameter count, 32 bits each (Occam; Blumer et al. 1987)",
    "gibbs": "PAC-Bayes of Gaussian noise around the weights, certifies the noisy network "
    "(Langford and Caruana 2002; Dziugaite and Roy 2017)",
}


def competing_bounds(sample: Sample, choices: Choices, delta: float) -> dict[str, float]:
    """The bounds of SOURCES but the last, by key, each the best over the grid of rho."""
    total, _ = choices.count("rho", "classes", "maps")
    conf, n, depth = confidence(sample.n, total, delta), sample.n, sample.network.depth
    nu = float(sample.network.v.norm())
    kappa = kappa_above(sample.network.activation, depth)
    radius = sample.input_map.radius

    def best(size: float, factor: float) -> float:
        """min over rho of ramp at gamma = size/rho, plus factor rho/sqrt(n)."""
        return min(
            _ramp(sample, rho / size) + factor * radius * rho / math.sqrt(n) + conf
            for rho in choices.rho
        )

    scale = kappa * nu
    return {
        "nu": best(scale, 2.0),
        "sqrt_depth": best(scale, 2.0 * (math.sqrt(2.0 * depth * math.log(2.0)) + 1.0)),
        "peeling": best(scale, 2.0 * 2.0**depth),
        "spectral": _best_scale(sample, spectral_complexity(sample.network) * radius, conf),
        "parameters": parameter_count_bound(sample, total, delta),
    }


def spectral_complexity(network: WeightNormNetwork) -> float:
    """(prod K_l ||A_l||_2) (sum_l (||A_l^T||_(2,1)/||A_l||_2)^(2/3))^(3/2) of one network.

    A_l = s_l c_l What^l, the output layer v^T last, with ||.||_(2,1) the sum of row norms of A_l.
    """
    product, total = 1.0, 0.0
    for l in range(1, network.depth + 1):
        scale = network.inner_scale(l) * network.outer_scale(l)
        rows = unit_rows(network.weights[l - 1][0].to(torch.float64)) * scale
        norm = float(torch.linalg.matrix_norm(rows, 2))
        product *= norm * network.activation.lipschitz[0]
        total += (float(rows.norm(dim=-1).sum()) / norm) ** (2.0 / 3.0)
    nu = float(network.v.to(torch.float64).norm())
    return product * nu * (total + 1.0) ** 1.5


def parameter_count_bound(sample: Sample, choices: int, delta: float) -> float:
    """P_n error + sqrt((32 p log 2 + log(K/delta))/(2n)), p parameters of 32 bits."""
    bits = 32.0 * sample.network.parameters * math.log(2.0)
    return error_above(sample) + math.sqrt((bits + math.log(choices / delta)) / (2.0 * sample.n))


def gibbs_bound(
    sample: Sample,
    *,
    delta: float,
    seed: int,
    draws: int = 100,
    sigmas: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2),
) -> float:
    """A bound for the noisy network N(theta, sigma^2) against N(0, sigma^2), theta = (What, v/nu1).

    The empirical error of the noisy network is estimated from `draws` draws with an upper
    confidence limit at delta/2 (Langford and Caruana 2002); the rest of delta is for the bound.
    """
    check_count(draws, "draws")
    generator = torch.Generator().manual_seed(seed)
    weights = [unit_rows(w[0].to(torch.float64)) for w in sample.network.weights]
    v = sample.network.v[0].to(torch.float64)
    v = v / v.norm()
    squared = sum(float(w.square().sum()) for w in weights) + 1.0
    log = math.log(len(sigmas) * 2.0 / delta)
    found = []
    for sigma in sigmas:
        errors = _noisy_errors(sample, weights, v, sigma, draws, generator)
        risk = relative_entropy_inverse(errors, (log + math.log(2.0)) / draws)
        rate = (squared / (2.0 * sigma**2) + math.log(2.0 * math.sqrt(sample.n)) + log) / sample.n
        found.append(relative_entropy_inverse(min(risk, 1.0), rate))
    return min(found)


def _noisy_errors(
    sample: Sample,
    weights: list[Tensor],
    v: Tensor,
    sigma: float,
    draws: int,
    generator: torch.Generator,
) -> float:
    total = 0.0
    for _ in range(draws):
        noisy = [w + sigma * _noise(w, generator) for w in weights]
        network = WeightNormNetwork(
            tuple(w.unsqueeze(0) for w in noisy),
            (v + sigma * _noise(v, generator)).unsqueeze(0),
            sample.network.activation,
            sample.network.placement,
            None,
        )
        total += float((sample.y * network(sample.z) <= 0.0).double().mean())
    return total / draws


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)


def _ramp(sample: Sample, scale: float) -> float:
    return float((1.0 - sample.y * sample.f * scale).clamp(0.0, 1.0).mean())


def _best_scale(sample: Sample, complexity: float, conf: float) -> float:
    """min over gamma on a fine grid of ramp(y f/gamma) + complexity/(gamma sqrt n) + conf."""
    top = float(sample.f.abs().max())
    value: Callable[[float], float] = lambda gamma: (  # noqa: E731
        _ramp(sample, 1.0 / gamma) + complexity / (gamma * math.sqrt(sample.n)) + conf
    )
    return min(value(top * 1.2**-j) for j in range(-5, 40)) if top > 0 else 1.0 + conf
