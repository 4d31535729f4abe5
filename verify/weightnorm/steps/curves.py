"""The measured curves of figures 1 and 2 and the certificates beside them, per iteration.

Everything certified is computed from what was tracked (loss, gradient norm, minimum row norms,
||v||): the bounds need no more than that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

import bounds
import numerics
from numerics.data import Dataset
from numerics.weightnorm.training import TRACKERS, Moment, gradient_step, loss_and_gradient
from numerics.weightnorm.training.presets import FigureSetting, figure_curves
from numerics.weightnorm.training.trackers import DEFAULT_TRACKERS, Tracker
from verify.activation import definition_of

Array = np.ndarray
#: the Hessian of the predictor is measured at the first input, at every such record
HESSIAN_EVERY = 10


@dataclass(frozen=True, eq=False)
class FigureCurve:
    """One width: arrays over the tracked iterations, (T,), with minimum_norms (T, L).

    Measured: loss, slope = ||grad L||, ratio = slope^2/L, minimum_norms, fall = 1 - L(theta - eta
    grad L)/L of the exact gradient step, hessian (NaN where it was not measured).
    Certified: ceiling = 4 varrho^2 >= ratio (T10), threshold: alpha_t > 0 where the ratio is above
    it (T13, kappa = 1, on the gradient step), alpha, smoothness (T11 on that step), certified_fall
    (T16), contraction (T15, NaN where alpha_t <= 0), hessian_bound (recursive).
    """

    width: int
    steps: Array
    loss: Array
    slope: Array
    ratio: Array
    minimum_norms: Array
    fall: Array
    hessian: Array
    ceiling: Array
    threshold: Array
    alpha: Array
    smoothness: Array
    certified_fall: Array
    contraction: Array
    hessian_bound: Array


def curves(
    setting: FigureSetting, data: Dataset, folder: str | os.PathLike[str], **options: Any
) -> Iterator[FigureCurve]:
    """Train (or resume in `folder`) and yield the curves of a figure, one per width.

    options: steps, track_every, track_n, seed, device, checkpoint_every, progress of
    `numerics.weightnorm.training.presets.figure_curves`.
    """
    every = HESSIAN_EVERY * options.get("track_every", 1)
    trackers = figure_trackers(setting.learning_rate, every)
    found = figure_curves(setting, data, folder=folder, trackers=trackers, **options)
    for curve in found:
        values = {k: v[:, 0].numpy() for k, v in curve.trajectory.records.values.items()}
        steps = np.asarray(curve.trajectory.records.steps)
        yield certify(setting, curve.width, steps, values)


def figure_trackers(learning_rate: float, hessian_every: int) -> dict[str, Tracker]:
    """The default trackers, the loss after an exact gradient step, and a sparse Hessian norm."""
    return {
        **{name: TRACKERS[name] for name in DEFAULT_TRACKERS},
        "loss_after": lambda moment: _loss_after(moment, learning_rate),
        "hessian": lambda moment: _sparse_hessian(moment, hessian_every),
        "input_norm": lambda moment: torch.linalg.vector_norm(moment.x, dim=-1).amax(-1),
    }


def _loss_after(moment: Moment, learning_rate: float) -> Tensor:
    moved = gradient_step(moment.network, moment.x, moment.y, learning_rate)
    return loss_and_gradient(moved, moment.x, moment.y)[0]


def _sparse_hessian(moment: Moment, every: int) -> Tensor:
    if moment.step % every:
        return torch.full((moment.network.networks,), torch.nan, dtype=torch.float64)
    return numerics.hessian_norm(moment.network, moment.x[:, :1]).upper.reshape(-1)


def certify(
    setting: FigureSetting, width: int, steps: Array, values: dict[str, Array]
) -> FigureCurve:
    """The curve of one width from its records: values[name] is (T,), or (T, L) for row norms."""
    loss, slope, eta = values["loss"], values["gradient_norm"], setting.learning_rate
    at = _evaluator(setting, width, values)
    reach = eta * slope
    gradient, hessian = at("gradient", reach), at("hessian.chain", reach)
    worst_loss = (np.sqrt(loss) + gradient * reach) ** 2
    deficit = at("restricted_strong_convexity", reach, ell=loss, grad_seg=gradient,
                 hess_seg=hessian, rho_2=np.maximum(reach, np.finfo(float).tiny))  # fmt: skip
    alpha = 0.5 * values["ratio"] - deficit
    smoothness = at("loss_hessian", reach, ell=worst_loss)
    step = {"beta_loss": smoothness, "eta": eta}
    descent = at("descent", reach, ell=loss, grad_loss=slope, **step)
    certain = np.where(alpha > 0, alpha, 1.0)
    contraction = at("descent.contraction", reach, alpha_t=certain, step_t=eta * smoothness, **step)
    return FigureCurve(
        width=width, steps=steps, loss=loss, slope=slope, ratio=values["ratio"],
        minimum_norms=values["minimum_weight_norm"], fall=1.0 - values["loss_after"] / loss,
        hessian=values["hessian"], ceiling=4.0 * at("gradient", 0.0 * reach) ** 2,
        threshold=2.0 * deficit, alpha=alpha, smoothness=smoothness, certified_fall=1.0 - descent,
        contraction=np.where(alpha > 0, 1.0 - contraction, np.nan),
        hessian_bound=at("hessian.chain", 0.0 * reach),
    )  # fmt: skip


def _evaluator(
    setting: FigureSetting, width: int, values: dict[str, Array]
) -> Callable[..., Array]:
    """(bound's name, reach, more symbols) -> its values along the run.

    On a gradient step of length `reach` the row norms serve as they are (T12), and ||v|| grows by
    at most `reach`.
    """
    phi = definition_of(numerics.activation(setting.activation))
    constants = {
        "L": setting.depth, "m": [float(width)] * setting.depth, "K": float(phi.K),
        "beta": float(phi.require_beta("figures")), "phi0": float(phi.phi0), "p": 0.5,
        "xi": values["input_norm"], "omega": values["minimum_weight_norm"],
    }  # fmt: skip

    def evaluate(name: str, reach: Array, **more: Any) -> Array:
        bound = bounds.get(name)
        known = constants | {"nu": values["output_layer_norm"] + reach} | more
        return np.asarray(bound.evaluate(**{s: known[s] for s in bound.symbols}))

    return evaluate
