"""T32 from its statement: one network, one input, dense eigenvalues in numpy, no allowances."""

from __future__ import annotations

import math

import numpy as np
import torch

from numerics import WeightNormNetwork


def _top(matrix: np.ndarray) -> float:
    return float(np.linalg.eigvalsh(0.5 * (matrix + matrix.T))[-1])


def _root(gram: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(0.5 * (gram + gram.T))
    return vectors * np.sqrt(np.clip(values, 0.0, None))


class _Layer:
    def __init__(self, network: WeightNormNetwork, l: int, alpha: np.ndarray) -> None:
        weight = network.weights[l - 1][0].numpy()
        self.s, self.c = network.inner_scale(l), network.outer_scale(l)
        self.r = np.linalg.norm(weight, axis=1)
        self.unit, self.alpha = weight / self.r[:, None], alpha
        self.h = self.unit @ alpha
        g = torch.from_numpy(self.s * self.h)
        phi = network.activation
        assert phi.second is not None
        self.value, self.first, self.second = (
            phi.value(g).numpy(),
            phi.first(g).numpy(),
            phi.second(g).numpy(),
        )
        self.off = alpha - self.h[:, None] * self.unit
        self.off[np.linalg.norm(self.off, axis=1) < 1e-13 * np.linalg.norm(alpha)] = 0.0
        self.n = np.linalg.norm(self.off, axis=1)
        if weight.shape[1] == 1:
            self.n, self.off = 0.0 * self.n, 0.0 * self.off


def local_chain(network: WeightNormNetwork, x: torch.Tensor, without: str = "") -> float:
    """The right side of T32; as negative controls without the `bend` in its cross terms, or with
    half the `output`."""
    output = 1.0 if without == "output" else 4.0
    layers, alpha = [], x.numpy()
    for l in range(1, network.depth + 1):
        layers.append(_Layer(network, l, alpha))
        alpha = layers[-1].c * layers[-1].value
    e, backward = network.v[0].numpy(), []
    for layer in reversed(layers):
        delta = layer.c * layer.first * e
        backward.append((e, delta))
        e = layer.s * layer.unit.T @ delta
    backward.reverse()
    best = 0.0
    for sign in (1.0, -1.0):
        gram, value = np.zeros((len(x), len(x))), 0.0
        for layer, (e, delta) in zip(layers, backward, strict=True):
            state = sign * e, sign * delta, gram, value
            gram, value = _step(layer, *state, crossed=without != "bend")
        best = max(best, 0.5 * (value + math.sqrt(value**2 + output * max(_top(gram), 0.0))))
    return best


def _step(
    layer: _Layer, e: np.ndarray, delta: np.ndarray, gram: np.ndarray, value: float, *,
    crossed: bool = True,
) -> tuple[np.ndarray, float]:
    s, c, r, unit, width = layer.s, layer.c, layer.r, layer.unit, len(layer.r)
    inputs = unit.shape[1]
    j, k, bent = s * layer.n / r, delta * s / r, c * e * layer.second
    turns = 1.0 if inputs > 1 else 0.0
    k = k * turns
    root = _root(gram)
    push = max(0.0, _top(root.T @ (s * unit).T @ np.diag(bent) @ (s * unit) @ root))
    cross = np.zeros((inputs, inputs))
    for i in range(width):
        row, projection = unit[i], np.eye(inputs) - np.outer(unit[i], unit[i])
        both = 2.0 * k[i] * bent[i] * (s / r[i]) * np.outer(layer.off[i], s * row)
        cross += k[i] ** 2 * projection
        if crossed:
            cross += 0.5 * (both + both.T) + (s * bent[i] * j[i]) ** 2 * np.outer(row, row)
    crossing = math.sqrt(max(0.0, _top(root.T @ cross @ root)))
    b = -turns * delta * s / r**2
    a = b * layer.h + bent * j**2
    own = np.maximum(a / 2 + np.sqrt(a**2 / 4 + (b * layer.n) ** 2), b * layer.h)
    turn = max(0.0, float(own.max()))
    value = _top(np.array([[value + push, crossing], [crossing, turn]]))
    slope = c * layer.first
    inner = s**2 * unit @ gram @ unit.T + np.diag(j**2)
    return slope[:, None] * inner * slope[None, :], value
