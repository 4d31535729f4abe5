"""A call of every public function of the families, its tensors put where `there` puts them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import torch

from numerics import WeightNormNetwork, diagonal_linear, least_squares, relu_two_layer, unnormalized
from numerics.relu_two_layer import stability
from numerics.weightnorm import generalization, training

D = torch.float64
Place = Callable[[torch.Tensor], torch.Tensor]
Call = Callable[[Place], object]


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=D)


def at(function: Callable[..., object], *makers: Callable[[Place], object], **named) -> Call:
    """function(each maker(there), **named)."""
    return lambda there: function(*(maker(there) for maker in makers), **named)


def each(room: ModuleType, names: str, *makers: Callable[[Place], object]) -> dict[str, Call]:
    return {name: at(getattr(room, name), *makers) for name in names.split()}


# Two-layer networks: 200 paired units and four unit inputs, where a certificate is given.
relu = relu_two_layer


def _relu(there: Place) -> relu.ReluNetwork:
    net = relu.ReluNetwork.random(5, 200, seed=1, paired=True)
    return relu.ReluNetwork.from_tensors(there(net.v[0]), there(net.g[0]), there(net.c[0]))


def _small(there: Place) -> relu.ReluNetwork:
    return relu.ReluNetwork.from_tensors(
        there(drawn(3, 5)), there(drawn(3)), there(torch.ones(3, dtype=D))
    )


def _x(there: Place) -> torch.Tensor:
    return there(torch.nn.functional.normalize(drawn(4, 5), dim=-1))


def _y(there: Place) -> torch.Tensor:
    return there(0.05 * drawn(4, seed=2))


def _kernel(there: Place) -> object:
    return relu.tangent_kernel(_relu(there), _x(there))


def _moved(there: Place) -> stability.Move:
    units = there(torch.ones(3, dtype=D))
    end = relu.ReluNetwork.from_tensors(there(drawn(3, 5, seed=1)), units, units)
    return stability.move(_small(there), end, _x(there))


RELU: dict[str, Call] = {
    **each(relu, "homogeneity_defect kernels plain_kernel tangent_kernel", _relu, _x),
    **each(relu, "compare gain_regime loss_gradient_norm radial_defect residual_and_gradient",
           _relu, _x, _y),
    **each(relu, "residual_norm", _relu, _x, _y),
    "certify_convergence": at(relu.certify_convergence, _relu, _x, _y, shares=(0.4,)),
    **each(relu, "angles block_upper_bounds check_nondegenerate degeneracy input_norm", _x),
    **each(relu, "limit_kernels poincare_gap series_lower_bounds", _x),
    **each(relu, "eigenvalues largest_eigenvalue least_eigenvalue", _kernel),
    **each(stability, "turning_angles flip_excess jacobian_change jacobian_bound", _moved),
    **each(stability, "gain_jacobian_change gain_jacobian_bound moved_part flipped_part", _moved),
    **each(stability, "least_stretches", _moved),
    "least_stretch": at(stability.least_stretch, lambda _: 0.5, lambda there: there(drawn(5)),
                        lambda there: there(drawn(5, seed=1))),
    **each(relu, "same_function_with_gains_outside", _small),
    "gradient_flow": at(relu.gradient_flow, _small, _x, _y, time=0.01),
    "gradient_step": at(relu.gradient_step, _relu, _x, _y, learning_rate=0.1),
    "limit_tangent_kernel": at(relu.limit_tangent_kernel, _x, alpha=1.0),
    "train": at(relu.train, _relu, _x, _y, learning_rate=0.1, steps=2, ask_every=2, shares=(0.4,)),
    "certify_convergence by steps": at(
        relu.certify_convergence, _relu, _x, _y, learning_rate=0.1, shares=(0.4,)),
    "ReluNetwork": lambda there: _small(there)(_x(there)),
    "ReluNetwork.paper_form": lambda there: _small(there).paper_form(_x(there)),
    "ReluNetwork.select": lambda there: _small(there).select(0),
    "ReluNetwork.random": lambda there: relu.ReluNetwork.random(
        3, 4, seed=0, device=there(drawn(1)).device),
}  # fmt: skip


# Networks without normalization.
def _plain(there: Place) -> unnormalized.UnnormalizedNetwork:
    weights = [there(drawn(2, 4, 3)), there(drawn(2, 4, 4))]
    return unnormalized.UnnormalizedNetwork.from_tensors(weights, there(drawn(2, 4)))


def _inputs(there: Place) -> torch.Tensor:
    return there(drawn(2, 3, 3))


UNNORMALIZED: dict[str, Call] = {
    **each(unnormalized, "gradient_norm hessian_norm output_magnitude", _plain, _inputs),
    "loss": at(unnormalized.loss, _plain, _inputs, lambda there: there(drawn(2, 3))),
    "spectral_gain": at(unnormalized.spectral_gain, _plain),
    "UnnormalizedNetwork": lambda there: _plain(there)(_inputs(there)),
    "UnnormalizedNetwork.select": lambda there: _plain(there).select(1).weights,
}


# Diagonal networks and least squares: scipy, linear programs and balls, so on the CPU.
diagonal, squares = diagonal_linear, least_squares


def _a(there: Place) -> torch.Tensor:
    return there(drawn(2, 4).abs())


def _b(there: Place) -> torch.Tensor:
    return there(drawn(2, 4).abs().sum(-1))


def _w(there: Place) -> torch.Tensor:
    return there(0.3 + torch.arange(4, dtype=D) / 10.0)


def _times(there: Place) -> torch.Tensor:
    return there(torch.tensor([0.0, 0.5, 1.0], dtype=D))


def _timed(function: Callable[..., object], *makers: Callable[[Place], object], **more) -> Call:
    return lambda there: function(*(maker(there) for maker in makers), times=_times(there), **more)


def _signed(there: Place) -> object:
    return diagonal.polar_flow(
        _a(there), _b(there), torch.stack([_w(there)] * 2), eta=0.5, times=_times(there)
    )


_POLAR = _timed(diagonal.polar_flow, _a, _b, _w, eta=0.5)
_LIMIT = at(diagonal.limit, _a, _b, _w, eta=0.5, bits=128)
_LEAST = at(diagonal.minimum_l1, _a, _b, exact=True)
DIAGONAL: dict[str, Call] = {
    "limit": at(diagonal.limit, _a, _b, _w, eta=0.5),
    "minimum_l1": at(diagonal.minimum_l1, _a, _b),
    "polar_flow": _POLAR,
    "plain_flow": _timed(diagonal.plain_flow, _a, _b, _w),
    "weight_norm_flow": _timed(diagonal.weight_norm_flow, _a, _b, lambda _: 0.7, _w),
    **each(diagonal, "ball_gap norm_gap", _LIMIT, _LEAST),
    **each(diagonal, "decide mirror_defect trap_margin", _POLAR),
    **each(diagonal, "signed_products", _signed),
    "decided_fate": at(diagonal.decided_fate, _a, _b, _w, eta=0.5, time=5.0, points=20),
    "loss_margin": at(diagonal.loss_margin, _a, _b, at(diagonal.Start.of, _w), depth=2),
    "minimizer": at(diagonal.minimizer, _a, _b, _w, eta=None),
    "minimum_weighted_l1": at(diagonal.minimum_weighted_l1, _a, _b, _w, depth=3),
    "plain_limit": at(diagonal.plain_limit, _a, _b, _w),
    "polar_descent": at(diagonal.polar_descent, _a, _b, _w, eta=0.5, step=1e-3, steps=3),
    "weight_norm_start": at(diagonal.weight_norm_start, lambda _: 0.7, _w),
    "kernel_rates": at(diagonal.kernel_rates, _a, _b, _w, eta=0.5, time=0.5),
    "range_defect": at(diagonal.range_defect, _a, lambda there: there(drawn(3, 4))),
    "tangent_kernel": at(
        diagonal.tangent_kernel, _a, lambda _: 1.5, _w, flow=diagonal.Flow(2, 0.5)),
}  # fmt: skip

_BEGIN = at(squares.Start.of, lambda _: 0.7, _w)
_FLOW = _timed(squares.flow, _a, _b, _BEGIN, ratio=1.0)
_BOTH = at(squares.simultaneous, _a, _b, _BEGIN, step=0.01, scale_step=0.01, steps=3)
SQUARES: dict[str, Call] = {
    "flow": _FLOW,
    "simultaneous": _BOTH,
    "limit": at(squares.limit, _a, _b, _BEGIN, ratio=1.0),
    "exact_scale": at(squares.exact_scale, _a, _b, _BEGIN, steps=3),
    "frozen_scale": at(squares.frozen_scale, _a, _b, _BEGIN, steps=3),
    "two_phase": at(squares.two_phase, _a, _b, _BEGIN, accuracy=0.1),
    "kernel_defect": at(squares.kernel_defect, _FLOW, _a),
    "step_defect": at(squares.step_defect, _BOTH, step=0.01, scale_step=0.01),
    "weight_norm_flow": _timed(squares.weight_norm_flow, _a, _b, lambda _: 0.7, _w, ratio=1.0),
    "weight_norm_ratio": at(squares.weight_norm_ratio, lambda _: 1.0, _w),
}


# Generalization and training of WeightNorm networks.
general = generalization


def _network(there: Place, batch: int | None = None) -> WeightNormNetwork:
    net = WeightNormNetwork.random((3, 5, 5), seed=0)
    heads = drawn(batch, 5) if batch else drawn(5)
    weights = [w.expand(batch, *w.shape[-2:]) if batch else w.squeeze(0) for w in net.weights]
    return WeightNormNetwork.from_tensors([there(w.clone()) for w in weights], there(heads))


def _classes(there: Place) -> WeightNormNetwork:
    return _network(there, 2)


def _points(there: Place) -> torch.Tensor:
    return there(drawn(12, 3))


def _labels(there: Place) -> torch.Tensor:
    return there(drawn(12, 3)[:, 0].sign())


def _certified(function: Callable[..., object], heads=_network, **named) -> Call:
    def call(there: Place) -> object:
        network, labels = heads(there), _labels(there)
        if heads is _classes:
            labels = (labels > 0).to(torch.int64)
        one = network.select(0) if heads is _classes else network
        chosen = general.choices(12, one, votes=((3, 1),), pairs=((1.0, 0.5),), scales=(4.0,))
        return function(network, _points(there), labels, choices=chosen, **named)

    return call


def _mapped(function: Callable[..., general.InputMap], *makers, **named) -> Call:
    return lambda there: at(function, *makers, **named)(there)(_points(there))


def _sphere(_: Place) -> general.InputMap:
    return general.unit_sphere()


GENERAL: dict[str, Call] = {
    **{f"certify {m}": _certified(general.certify, method=m) for m in general.METHODS},
    "certify_best": _certified(general.certify_best, methods=("margin", "linear")),
    "certify_classes": _certified(general.certify_classes, _classes),
    "raw": _mapped(general.raw, radius=9.0),
    "unit_sphere": _mapped(general.unit_sphere),
    "centered": _mapped(general.centered, _points),
    "principal": _mapped(general.principal, _points, components=2),
    "with_constant": _mapped(general.with_constant, _sphere, constant=1.0),
    "with_products": _mapped(general.with_products, _sphere, _points),
    "aligned_network": at(general.aligned_network, _points, _labels, hidden=(5, 4), seed=0),
    "divergence_per_vote": at(general.divergence_per_vote, _network, radius=1.0),
    "held_out": at(general.held_out, _network, _points, _labels),
    "linear_part": at(general.linear_part, _network),
    "prior_mean": at(general.prior_mean, lambda there: there(drawn(3)), _points),
    "prior_network": at(general.prior_network, _network, _points),
    "second_moment": at(general.second_moment, _points, radius=9.0, delta=0.05),
    "signed_sum_bound": at(general.signed_sum_bound, _points),
    "top_eigenvalue_bound": at(
        general.top_eigenvalue_bound, _mapped(general.unit_sphere), delta=0.05),
    "train_for_certificate": at(general.train_for_certificate, _network, _points, _labels,
                                recipe=general.recipe_for(2, early=2, late=2)),
}  # fmt: skip


def _trained(name: str) -> Call:
    run = at(training.train, _network, _points, _labels, optimizer=name, learning_rate=0.1,
             steps=2, batch_size=None if name == "gd" else 4, checkpoint_every=1, track_every=1,
             progress=False)  # fmt: skip
    return lambda there: run(there).network  # what is recorded along the way lies on the CPU


_CONE = {"cosine": 0.5, "radius": 0.1, "count": 2, "seed": 0}
TRAINING: dict[str, Call] = {
    **{f"train {name}": _trained(name) for name in training.OPTIMIZERS},
    **each(training, "loss_and_gradient", _network, _points, _labels),
    "gradient_step": at(training.gradient_step, _network, _points, _labels, learning_rate=0.1),
    "attack_cone": at(training.attack_cone, _network, _points, _labels, steps=2, **_CONE),
    "sample_cone": at(training.sample_cone, _network, _points, _labels, **_CONE),
}
FAMILIES: dict[ModuleType, dict[str, Call]] = {
    relu_two_layer: RELU, unnormalized: UNNORMALIZED, diagonal_linear: DIAGONAL,
    least_squares: SQUARES, generalization: GENERAL, training: TRAINING,
}  # fmt: skip
