"""The Hessian of the square loss: products, the dense matrix, and the spectral norm's two ends.

Hess Loss = (2/n) sum_i grad f_i grad f_i^T + (2/n) sum_i (f_i - y_i) Hess f_i.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from numerics import hessian_norm
from numerics.enclosure import Enclosure, Quality, exact_to_rounding
from numerics.inputs import resolve_inputs, resolve_targets
from numerics.network import WeightNormNetwork
from numerics.trace import Trace, trace
from numerics.training.gradient import loss_and_gradient
from numerics.training.parameters import Parameters, flat, parameters, unflat, with_parameters

# up to this many parameters the dense matrix and all its eigenvalues are computed
DENSE_LIMIT = 1200
# columns of the dense matrix computed at once
_CHUNK = 64
_ITERATIONS = 40
# Relative padding of both ends for large networks, of a scale that no cancellation can undercut.
# The rounding errors of sums as long as a layer is wide stay below 1e-11 of that scale.
_PADDING = 1e-9


def loss_hessian_product(
    network: WeightNormNetwork, x: Tensor, y: Tensor, direction: Parameters
) -> Parameters:
    """Hess Loss times `direction`, network by network, by forward over analytic reverse.

    direction: one tensor per layer and last the one for v, of the shapes of the parameters with
    the batch axis. x: (n, d) or (B, n, d); y: (n,) or (B, n); float64. Not validated.
    """
    network.activation.require_second("the Hessian of the loss")

    def gradient(*values: Tensor) -> Parameters:
        return loss_and_gradient(with_parameters(network, values), x, y)[1]

    product: Parameters = torch.func.jvp(gradient, parameters(network), direction)[1]
    return product


def loss_hessian(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Tensor:
    """Hess_theta Loss, dense (B, p, p) float64, (p, p) if unbatched; for small networks.

    theta lists W^1 row by row, ..., W^L, v. x: (n, d) or (B, n, d); y: (n,) or (B, n).
    """
    network = network.to(dtype=torch.float64)
    inputs = resolve_inputs(network, x)
    targets = resolve_targets(inputs, y)
    matrices = torch.stack(
        [_dense(network.select(b), inputs.x[b], targets[b]) for b in range(network.networks)]
    )
    return matrices if inputs.batched else matrices[0]


def loss_hessian_norm(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """||Hess_theta Loss||_2 over an input set; shape (B,), or () unbatched (T11's left side).

    Up to DENSE_LIMIT parameters: all eigenvalues of the dense matrix. Beyond: the lower end is a
    Rayleigh quotient of an iterated vector, the upper end (2/n) ||J||^2 + (2/n) sum_i |f_i - y_i|
    ||Hess f_i|| with J the (n, p) matrix of gradients, whose norm is that of an n x n kernel.
    """
    network = network.to(dtype=torch.float64)
    inputs = resolve_inputs(network, x)
    targets = resolve_targets(inputs, y)
    single = _dense_norm if network.parameters <= DENSE_LIMIT else _two_ends
    ends = [single(network.select(b), inputs.x[b], targets[b]) for b in range(network.networks)]
    shape = (network.networks,) if inputs.batched else ()
    return Enclosure(
        torch.stack([end.lower for end in ends]).reshape(shape),
        torch.stack([end.upper for end in ends]).reshape(shape),
        ends[0].quality,
        ends[0].method,
    )


@torch.no_grad()
def _dense(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Tensor:
    """Column by column: a batch of copies of the network, each with its own basis direction."""
    size, values = network.parameters, parameters(network)
    columns = []
    for start in range(0, size, _CHUNK):
        stop = min(start + _CHUNK, size)
        basis = torch.zeros(stop - start, size, dtype=torch.float64, device=x.device)
        basis[torch.arange(stop - start), torch.arange(start, stop)] = 1.0
        copies = tuple(t.expand(stop - start, *t.shape[1:]).contiguous() for t in values)
        many = with_parameters(network, copies)
        columns.append(flat(loss_hessian_product(many, x, y, unflat(basis, values))))
    return torch.cat(columns)


def _dense_norm(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    matrix = _dense(network, x, y)
    eigenvalues = torch.linalg.eigvalsh(0.5 * (matrix + matrix.mT))
    scale = torch.linalg.matrix_norm(matrix)
    allowance = 16.0 * (sum(network.widths) + network.parameters + len(x)) * 2.0**-53
    return exact_to_rounding(
        eigenvalues.abs().amax(), allowance * scale, "eigenvalues of the dense Hessian of the loss"
    )


@torch.no_grad()
def _two_ends(network: WeightNormNetwork, x: Tensor, y: Tensor) -> Enclosure:
    swept = trace(network, x.unsqueeze(0))
    residual = (swept.output[0] - y).abs()
    weight = 2.0 / len(y)
    kernel = torch.linalg.eigvalsh(gradient_kernel(swept)[0]).amax()
    curved = weight * (residual * hessian_norm(network, x).upper).sum()
    upper = (weight * kernel + curved) * (1.0 + _PADDING)

    def product(vector: Tensor) -> Tensor:
        direction = unflat(vector.unsqueeze(0), parameters(network))
        return flat(loss_hessian_product(network, x, y, direction))[0]

    start = flat(loss_and_gradient(network, x, y)[1])[0]
    found = largest_magnitude(product, start)
    lower = (found - _PADDING * upper).clamp_min(0.0)
    return Enclosure(
        lower, upper, Quality.ENCLOSURE,
        "Rayleigh quotient below; gradient kernel and Hessians of the predictor above",
    )  # fmt: skip


def gradient_kernel(swept: Trace) -> Tensor:
    """<grad f(x_i), grad f(x_j)>, (B, n, n), without forming any gradient.

    Layer l adds sum_r (s/r_r)^2 delta_ir delta_jr <P_r alpha_i, P_r alpha_j>, and the last layer
    <alpha^L_i, alpha^L_j>.
    """
    last = swept.layers[-1].after
    kernel = last @ last.mT
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        scaled = delta * (layer.inner / layer.norms).unsqueeze(1)
        along = scaled * layer.projections
        kernel = kernel + (scaled @ scaled.mT) * (layer.before @ layer.before.mT)
        kernel = kernel - along @ along.mT
    return kernel


def largest_magnitude(product: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """|Rayleigh quotient| of a vector driven to the eigenvalue of largest magnitude.

    Locally optimal iteration (Rayleigh-Ritz on the iterate, its residual and the last step), which
    stores six vectors however long it runs. A lower estimate of the norm: it can miss the top.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(start.shape, generator=generator, dtype=start.dtype).to(start.device)
    vector = start / _length(start) + 1e-3 * noise / _length(noise)
    image, step, best = product(vector), None, torch.zeros_like(start[0])
    for _ in range(_ITERATIONS):
        size = _length(vector)
        vector, image = vector / size, image / size
        value = torch.dot(vector, image)
        best = torch.maximum(best, value.abs())
        residual = image - value * vector
        if bool(_length(residual) <= 1e-10 * value.abs()):
            break
        vector, image, step = _improve(product, vector, image, residual, step)
    return best


def _improve(
    product: Callable[[Tensor], Tensor],
    vector: Tensor,
    image: Tensor,
    residual: Tensor,
    step: tuple[Tensor, Tensor] | None,
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """The best vector in the span of iterate, residual and last step; images by linearity."""
    residual = residual / _length(residual)
    vectors, images = [vector, residual], [image, product(residual)]
    if step is not None:
        size = _length(step[0])
        vectors, images = [*vectors, step[0] / size], [*images, step[1] / size]
    basis, mapped = torch.stack(vectors), torch.stack(images)
    q, r = torch.linalg.qr(basis.mT)
    inverse = torch.linalg.inv(r)
    form = q.mT @ (mapped.mT @ inverse)
    values, coordinates = torch.linalg.eigh(0.5 * (form + form.mT))
    weights = inverse @ coordinates[:, int(values.abs().argmax())]
    moved = (weights[1:] @ basis[1:], weights[1:] @ mapped[1:])
    return weights @ basis, weights @ mapped, moved


def _length(vector: Tensor) -> Tensor:
    return torch.linalg.vector_norm(vector)
