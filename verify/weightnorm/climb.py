"""The true quantities once more, as differentiable functions of network and data.

The search climbs these; what it finds is judged by the measured quantities of `numerics`, which
share no code with this file. First-order quantities are differentiated twice by autograd. The
Hessian's norm is |z^T H z| at the eigenvector z of largest absolute eigenvalue, whose derivative
is that of the quadratic form with z held fixed (Hellmann and Feynman); the form is the second
derivative of f along z, written out (theory, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics import WeightNormNetwork
from numerics.weightnorm.theta import Parameters, parameters, unflat
from verify.weightnorm.cases import NetworkCase

#: log of a true quantity, (B,), differentiable in the case's tensors.
LogTruth = Callable[[NetworkCase], Tensor]

#: Up to this many parameters the top eigenvector comes from the dense Hessian, beyond from
#: Rayleigh-Ritz steps that continue from the previous position of the search.
_DENSE_PARAMETERS = 64

_FRESH = 20  # rounds from a random start
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Tracked:
    """An approximate top eigenvector (B, p), of length 1, and the last step towards it."""

    vector: Tensor
    step: Tensor | None


def _half_log(squares: Tensor) -> Tensor:
    return 0.5 * squares.log()


def _squared_gradient(value: Tensor, at: Sequence[Tensor]) -> Tensor:
    parts = torch.autograd.grad(value.sum(), at, create_graph=True)
    return torch.stack([part.flatten(1).square().sum(-1) for part in parts]).sum(0)


def log_gradient_norm(case: NetworkCase) -> Tensor:
    """log ||grad_theta f|| at the first input."""
    return _half_log(_squared_gradient(case.network(case.x[:, :1]), parameters(case.network)))


def log_input_gradient_norm(case: NetworkCase) -> Tensor:
    """log ||grad_x f|| at the first input."""
    return _half_log(_squared_gradient(case.network(case.x[:, :1]), [case.x]))


def log_input_hessian_norm(case: NetworkCase) -> Tensor:
    """log ||Hess_x f||_2 at the first input, sum_l A_l^T diag(h_l) A_l written out."""
    matrix = input_hessian(case.network, case.x[:, 0])
    return torch.linalg.eigvalsh(matrix).abs().amax(-1).log()


def input_hessian(network: WeightNormNetwork, x: Tensor) -> Tensor:
    """Hess_x f at one input x (B, d); (B, d, d), differentiable."""
    phi, second = network.activation, network.activation.require_second("the attack")
    a, y = x.unsqueeze(-1), torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    swept = []
    for l, weight in enumerate(network.weights, start=1):
        r = torch.linalg.vector_norm(weight, dim=-1, keepdim=True)
        scaled, c = network.inner_scale(l) * weight / r, network.outer_scale(l)
        g, first = scaled @ a, scaled @ y
        swept.append((scaled, c, g, first))
        a, y = c * phi.value(g), c * phi.first(g) * first
    e, total = network.v.unsqueeze(-1), torch.zeros((), dtype=x.dtype, device=x.device)
    for scaled, c, g, first in reversed(swept):
        total = total + first.mT @ (c * e * second(g) * first)
        e = scaled.mT @ (c * phi.first(g) * e)
    return 0.5 * (total + total.mT)


def log_output_magnitude(case: NetworkCase) -> Tensor:
    """log |f| at the first input."""
    return case.network(case.x)[:, 0].abs().log()


def log_tangent_kernel_norm(case: NetworkCase) -> Tensor:
    """log ||Theta||_2, Theta_ij = <grad f(x_i), grad f(x_j)>, gradients by autograd."""
    rows = gradient_rows(case)
    return torch.linalg.eigvalsh(rows @ rows.mT)[..., -1].log()


def gradient_rows(case: NetworkCase) -> Tensor:
    """grad_theta f at every input, (B, n, p), differentiable."""
    outputs, at = case.network(case.x), parameters(case.network)
    rows = [
        torch.autograd.grad(column.sum(), at, create_graph=True) for column in outputs.unbind(-1)
    ]
    flat = [torch.cat([part.flatten(1) for part in parts], dim=-1) for parts in rows]
    return torch.stack(flat, dim=1)


def _loss(case: NetworkCase) -> Tensor:
    return (case.network(case.x) - case.y).square().mean(-1)


def log_loss(case: NetworkCase) -> Tensor:
    """log of the empirical square loss."""
    return _loss(case).log()


def log_loss_gradient_norm(case: NetworkCase) -> Tensor:
    """log ||grad_theta loss||."""
    return _half_log(_squared_gradient(_loss(case), parameters(case.network)))


def second_derivative(network: WeightNormNetwork, x: Tensor, direction: Parameters) -> Tensor:
    """d^2 f / dtau^2 along theta + tau Delta at one input x (B, d); (B,), differentiable."""
    phi, second = network.activation, network.activation.require_second("the attack")
    a = x.unsqueeze(-1)
    a1 = a2 = torch.zeros_like(a)
    for l, (weight, delta) in enumerate(zip(network.weights, direction, strict=False), start=1):
        s, c = network.inner_scale(l), network.outer_scale(l)
        r = torch.linalg.vector_norm(weight, dim=-1, keepdim=True)
        w = weight / r
        p = (w * delta).sum(-1, keepdim=True)
        tau = delta - p * w
        w1 = tau / r
        w2 = -(2 * p * tau + tau.square().sum(-1, keepdim=True) * w) / r.square()
        g, g1 = s * (w @ a), s * (w1 @ a + w @ a1)
        g2 = s * (w2 @ a + 2 * (w1 @ a1) + w @ a2)
        slope = phi.first(g)
        a, a1, a2 = (
            c * phi.value(g),
            c * slope * g1,
            c * (second(g) * g1.square() + slope * g2),
        )
    u = direction[-1].unsqueeze(-1)
    return (2 * u * a1 + network.v.unsqueeze(-1) * a2).sum((-1, -2))


class LogHessianNorm:
    """log ||Hess_theta f||_2 at the first input.

    Keeps the last eigenvectors, from which large networks continue.
    """

    def __init__(self) -> None:
        self._last: Tracked | None = None

    def __call__(self, case: NetworkCase) -> Tensor:
        network = case.network
        with torch.no_grad():
            fixed = _detached(network)
            x = case.x[:, 0].detach()
            if network.parameters <= _DENSE_PARAMETERS:
                direction = _dense_top(fixed, x)
            else:
                self._last = _ritz_top(fixed, x, self._last)
                direction = unflat(self._last.vector, parameters(network))
        return second_derivative(network, case.x[:, 0], direction).abs().log()


def _detached(network: WeightNormNetwork) -> WeightNormNetwork:
    return WeightNormNetwork(
        tuple(w.detach() for w in network.weights),
        network.v.detach(),
        network.activation,
        network.placement,
        network.batch,
    )


def _product(network: WeightNormNetwork, x: Tensor, at: Tensor) -> Tensor:
    """H z, (B, p): half the gradient of the quadratic form."""
    with torch.enable_grad():
        z = at.detach().requires_grad_()
        form = second_derivative(network, x, unflat(z, parameters(network)))
        return 0.5 * torch.autograd.grad(form.sum(), z)[0]


def _dense_top(network: WeightNormNetwork, x: Tensor) -> Parameters:
    """Unit eigenvectors from all columns of the Hessian at once."""
    p, b = network.parameters, network.networks
    columns = torch.eye(p, dtype=x.dtype, device=x.device).repeat(b, 1)
    repeated = WeightNormNetwork(
        tuple(w.repeat_interleave(p, 0) for w in network.weights),
        network.v.repeat_interleave(p, 0),
        network.activation,
        network.placement,
        b * p,
    )
    matrix = _product(repeated, x.repeat_interleave(p, 0), columns).reshape(b, p, p)
    return unflat(_largest(matrix), parameters(network))


def _largest(matrix: Tensor) -> Tensor:
    """The unit eigenvector of largest absolute eigenvalue, (..., k); an axis for what is no number.

    Divided by its largest entry first: LAPACK gives up near the largest double.
    """
    scale = matrix.abs().amax((-1, -2), keepdim=True)
    usable = scale.isfinite() & (scale > 0)
    matrix = torch.where(usable, matrix / scale, torch.zeros_like(matrix))
    values, vectors = torch.linalg.eigh(0.5 * (matrix + matrix.mT))
    at_top = values[..., -1] >= -values[..., 0]
    return torch.where(at_top.unsqueeze(-1), vectors[..., -1], vectors[..., 0])


def _ritz_top(
    network: WeightNormNetwork, x: Tensor, last: Tracked | None, rounds: int = 1
) -> Tracked:
    """Rayleigh-Ritz steps in span{z, residual, last step} (LOBPCG without a preconditioner): many
    from a fresh start, one from where the search stood before."""
    if last is None or last.vector.shape != (network.networks, network.parameters):
        draw = torch.Generator().manual_seed(0)
        start = torch.randn(network.networks, network.parameters, generator=draw, dtype=x.dtype)
        last, rounds = Tracked(_unit(start.to(x.device)), None), _FRESH
    z, step = last.vector, last.step
    for _ in range(rounds):
        hz = _product(network, x, z)
        parts = [z, _unit(hz - (z * hz).sum(-1, keepdim=True) * z)]
        basis = torch.linalg.qr(torch.stack(parts if step is None else [*parts, step], -1))[0]
        others = [_product(network, x, basis[..., k]) for k in range(1, basis.shape[-1])]
        # basis[..., 0] is +z or -z
        images = torch.stack([hz * (basis[..., 0] * z).sum(-1, keepdim=True), *others], -1)
        new = _unit((basis @ _largest(basis.mT @ images).unsqueeze(-1)).squeeze(-1))
        step = _unit(new - (z * new).sum(-1, keepdim=True) * z)
        z = new
    return Tracked(z, step)


def _unit(vector: Tensor) -> Tensor:
    """Of length 1; a vector of length 0 (or without one) becomes the first axis."""
    length = torch.linalg.vector_norm(vector, dim=-1, keepdim=True)
    first = torch.zeros_like(vector)
    first[..., 0] = 1.0
    return torch.where((length > 0) & length.isfinite(), vector / length.clamp_min(_TINY), first)
