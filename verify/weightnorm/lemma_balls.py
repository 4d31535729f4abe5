"""The lemmas of the proof in ball arithmetic: what float64 leaves open, or says boldly, settled.

Both sides of a lemma, and its measured premises, for one network, one input and one layer at a
time, every float taken as the exact number it is. For small networks: the work is done number by
number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import flint
from flint import arb, arb_mat

import bounds
from numerics import Direction
from verify.activation import definition_of
from verify.balls import symmetric_norm
from verify.check import Check
from verify.settle import compared, working_precision
from verify.verdict import CODES, HOLDS, Verdict
from verify.weightnorm.ball_network import BallNetwork, ball_network, dot, first_order, norm
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.in_balls import SYMBOLS, View, loss, loss_gradient_norm

__all__ = ["LemmaBalls", "in_balls"]

_MOST = 600  # numbers of a network that are worth the work
_BITS = (128, 512)

Numbers = list[arb]
Rows = list[Numbers]
Shape = tuple[int, ...]
Place = tuple[int, int | None, int]  # network, input, column of the layer


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer at one input, and its first and second derivatives along the direction.

    Columns of the lemmas: alpha (below), back (df/dalpha of this layer), and norms of what it does.
    """

    before: Numbers
    before_dot: Numbers
    before_ddot: Numbers
    hats: Rows
    norms: Numbers
    slopes: Numbers
    scales: tuple[arb, arb]
    g_dot: Numbers
    row_first: Numbers
    row_second: Numbers
    change: arb

    def reach(self) -> Numbers:
        """s ||P_i alpha||/||W_i|| row by row."""
        found = []
        for hat, r in zip(self.hats, self.norms, strict=True):
            along = dot(hat, self.before)
            rest = [a - along * h for a, h in zip(self.before, hat, strict=True)]
            found.append(self.scales[0] * norm(rest) / r)
        return found


@dataclass(frozen=True, eq=False)
class Swept:
    """Both sweeps at one input: layers, features above them, df/dalpha^l for l = 0..L."""

    layers: list[Layer]
    last: tuple[Numbers, Numbers, Numbers]
    back: Rows

    @property
    def features(self) -> list[tuple[Numbers, Numbers, Numbers]]:
        """(alpha, alpha-dot, alpha-ddot) for l = 0..L."""
        return [*((k.before, k.before_dot, k.before_ddot) for k in self.layers), self.last]


@dataclass(frozen=True, eq=False)
class LemmaBalls:
    """The networks of a case in balls along a direction; each input is swept, and each premise
    made, once at a precision."""

    case: NetworkCase
    direction: Direction
    _known: dict[Any, Any] = field(default_factory=dict)

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def view(self, index: int, at: int | None) -> View:
        """As the symbols of the family want it."""
        net: BallNetwork = self._once(index, lambda: ball_network(self.case, index))
        inputs = net.x if at is None else [net.x[at]]
        return View(net, inputs, definition_of(self.case.phi), self.case, index)

    def swept(self, index: int, at: int) -> Swept:
        """The sweeps of one network at one input."""
        net, moved = self.view(index, at).net, self.moved(index)[0]
        found: Swept = self._once((flint.ctx.prec, index, at), lambda: _sweep(net, at, moved))
        return found

    def premises(self, index: int, at: int, j: int) -> Mapping[str, arb]:
        """What the right sides at one layer take as measured."""
        swept, u = self.swept(index, at), self.moved(index)[1]
        found: Mapping[str, arb] = self._once(
            (flint.ctx.prec, index, at, j), lambda: _premises(swept, j, u)
        )
        return found

    def at_layer(self, lemma: bounds.Bound, layer: int) -> bounds.Bound:
        """The result of an induction at one layer; kept with its lemma, so that no other takes its
        place."""
        made: tuple[bounds.Bound, bounds.Bound] = self._once(
            ("layer", id(lemma), layer), lambda: (lemma, lemma.substitute(l=layer))
        )
        return made[1]

    def moved(self, index: int) -> tuple[list[Rows], Numbers]:
        """Delta and u of one network."""
        tensors = (*self.direction.weights, self.direction.v)
        made = self._once(("moved", index), lambda: [_exact(t[index].tolist()) for t in tensors])
        return made[:-1], made[-1]


def in_balls(lemma: bounds.Bound, found: Check, shape: Shape, balls: LemmaBalls) -> Check:
    """A check of a lemma with what does not plainly hold settled, where a network is small enough.

    shape: of the left side: (B,), (B, L), (B, n) or (B, n, L).
    """
    asked = (found.codes != HOLDS).nonzero().flatten().tolist()
    if not asked or found.codes.numel() != math.prod(shape) or balls.case.numbers > _MOST:
        return found
    codes, sure = found.codes.clone(), found.in_balls.clone()
    for entry in asked:
        codes[entry] = _settled(lemma, _place(lemma.quantity, entry, shape), balls)
        sure[entry] = True
    return replace(found, codes=codes, in_balls=sure)


def _settled(lemma: bounds.Bound, place: Place, balls: LemmaBalls) -> int:
    """The code of one comparison at the first precision that leaves it not undecided."""
    verdict = Verdict.UNDECIDED
    for bits in _BITS:
        with working_precision(bits):
            verdict = compared(*_both(lemma, place, balls), bits, "<=", 0.0).verdict
        if verdict is not Verdict.UNDECIDED:
            break
    return CODES.index(verdict)


def _place(quantity: str, entry: int, shape: Shape) -> Place:
    index = []
    for size in reversed(shape):
        entry, at = divmod(entry, size)
        index.append(at)
    index.reverse()
    if quantity in _OF_WEIGHTS:
        return index[0], None, index[1]
    if quantity in _OF_DATA:
        return index[0], None, 0
    return index[0], index[1], index[2] if len(index) > 2 else 0


def _both(lemma: bounds.Bound, place: Place, balls: LemmaBalls) -> tuple[arb, arb]:
    index, at, j = place
    view = balls.view(index, at)
    if lemma.quantity in _OF_DATA:
        left = _OF_DATA[lemma.quantity](view)
        known = {name: made(view) for name, made in _DATA.items()}
        return left, _right(lemma, balls, view, known, 0)
    swept = balls.swept(index, at or 0)
    sides = _OF_WEIGHTS if at is None else _OF_INPUTS
    left = sides[lemma.quantity](swept, j)
    if lemma.quantity == "second_directional_derivative":
        left = _curvature(swept, balls.moved(index)[1], view)
    return left, _right(lemma, balls, view, balls.premises(index, at or 0, j), j)


def _right(
    lemma: bounds.Bound, balls: LemmaBalls, view: View, premises: Mapping[str, arb], j: int
) -> arb:
    """The right side of a lemma at column j; the results of an induction take the layer."""
    if "l" in lemma.symbols:
        lemma = balls.at_layer(lemma, j + 1 if lemma.quantity == "feature_norms" else j)
    values: dict[str, Any] = {"L": len(view.net.weights)} if lemma.per_layer else {}
    for name in lemma.symbols:
        value: Any = premises[name] if name in premises else SYMBOLS[name](view)
        one = isinstance(value, list) and name not in lemma.per_layer
        values[name] = value[j] if one else value
    return arb(lemma.evaluate_as("ball", values))


def _premises(swept: Swept, j: int, u: Numbers) -> dict[str, arb]:
    layer, features = swept.layers[j], swept.features
    return {
        "alpha_prev": norm(layer.before),
        "back_next": norm(swept.back[j + 1]),
        "back_here": norm(swept.back[j + 1]),
        "sens": _sensitivity(swept, j),
        "alpha_dot_prev": norm(layer.before_dot),
        "alpha_ddot_prev": norm(layer.before_ddot),
        "alpha_dot_last": norm(features[-1][1]),
        "alpha_ddot_last": norm(features[-1][2]),
        "g_dot_two": norm(layer.g_dot),
        "g_dot_max": _largest(layer.g_dot),
        "t": layer.change,
        "u": norm(u),
    }


def _largest(values: Numbers) -> arb:
    found = arb(0)
    for value in values:
        found = found.max(abs(value))
    return found


def _sensitivity(swept: Swept, j: int) -> arb:
    layer = swept.layers[j]
    pairs = zip(layer.slopes, layer.reach(), strict=True)
    return _largest([layer.scales[1] * slope * reach for slope, reach in pairs])


def _layer_gradient(swept: Swept, j: int) -> arb:
    layer, c = swept.layers[j], swept.layers[j].scales[1]
    parts = zip(layer.slopes, layer.reach(), swept.back[j + 1], strict=True)
    return norm([c * slope * reach * e for slope, reach, e in parts])


def _spectral(swept: Swept, j: int) -> arb:
    hats = swept.layers[j].hats
    gram = arb_mat([[dot(a, b) for b in hats] for a in hats])
    return symmetric_norm(gram).nonnegative_part().sqrt()


def _curvature(swept: Swept, u: Numbers, view: View) -> arb:
    _, first, second = swept.last
    return abs(2 * dot(u, first) + dot(view.net.v, second))


_OF_WEIGHTS: Mapping[str, Callable[[Swept, int], arb]] = {
    "normalized_spectral_norms": _spectral,
    "normalized_row_first": lambda s, j: _largest(s.layers[j].row_first),
    "normalized_row_second": lambda s, j: _largest(s.layers[j].row_second),
}
_OF_INPUTS: Mapping[str, Callable[[Swept, int], arb]] = {
    "feature_norms": lambda s, j: norm(s.features[j + 1][0]),
    "back_propagated_norms": lambda s, j: norm(s.back[j]),
    "layer_sensitivities": _sensitivity,
    "layer_gradient_norms": _layer_gradient,
    "preactivation_first_norms": lambda s, j: norm(s.layers[j].g_dot),
    "preactivation_first_maxima": lambda s, j: _largest(s.layers[j].g_dot),
    "feature_first_norms": lambda s, j: norm(s.features[j + 1][1]),
    "feature_second_norms": lambda s, j: norm(s.features[j + 1][2]),
    "second_directional_derivative": lambda s, j: arb(0),
}
_OF_DATA: Mapping[str, Callable[[View], arb]] = {
    "loss": loss,
    "loss_gradient_norm": loss_gradient_norm,
}
_DATA: Mapping[str, Callable[[View], arb]] = {
    "f_max": lambda v: _largest([first_order(v.net, x).output for x in v.inputs]),
    "grad_max": lambda v: _largest([norm(first_order(v.net, x).theta) for x in v.inputs]),
    "ell": loss,
}


def _exact(values: Any) -> Any:
    return [_exact(v) for v in values] if isinstance(values, list) else arb(values)


def _sweep(net: BallNetwork, at: int, moved: list[Rows]) -> Swept:
    """Forward along theta + tau Delta to second order at tau = 0, then backward."""
    phi, slope, bend = net.phi
    alpha, layers = (net.x[at], [arb(0)] * len(net.x[at]), [arb(0)] * len(net.x[at])), []
    for rows, change in zip(net.weights, moved, strict=True):
        layer, g, g_ddot = _layer(net, rows, change, alpha)
        layers.append(replace(layer, slopes=[slope(t) for t in g]))
        c, first = layer.scales[1], layer.g_dot
        second = [bend(t) for t in g] if bend is not None else [arb.nan()] * len(g)
        alpha = (
            [c * phi(t) for t in g],
            [c * k * d for k, d in zip(layers[-1].slopes, first, strict=True)],
            [
                c * (b * d * d + k * dd)
                for b, d, k, dd in zip(second, first, layers[-1].slopes, g_ddot, strict=True)
            ],
        )
    return Swept(layers, alpha, _backward(layers, net.v))


def _layer(
    net: BallNetwork, rows: Rows, change: Rows, alpha: tuple[Numbers, Numbers, Numbers]
) -> tuple[Layer, Numbers, Numbers]:
    """The layer without its slopes, its pre-activations and their second derivatives."""
    root = arb(len(rows)).rsqrt()
    s, c = (root, arb(1)) if net.inner else (arb(1), root)
    norms, hats, firsts, seconds = [], [], [], []
    for row, delta in zip(rows, change, strict=True):
        r = norm(row)
        hat = [w / r for w in row]
        radial = dot(hat, delta)
        turned = [(d - radial * h) / r for d, h in zip(delta, hat, strict=True)]
        grown = r * dot(turned, turned)  # the second derivative of the row's length
        bent = [-(2 * radial * t + grown * h) / r for t, h in zip(turned, hat, strict=True)]
        norms.append(r)
        hats.append(hat)
        firsts.append(turned)
        seconds.append(bent)
    a, first, second = alpha
    g = [s * dot(h, a) for h in hats]
    g_dot = [s * (dot(h, first) + dot(t, a)) for h, t in zip(hats, firsts, strict=True)]
    g_ddot = [
        s * (dot(h, second) + 2 * dot(t, first) + dot(b, a))
        for h, t, b in zip(hats, firsts, seconds, strict=True)
    ]
    sizes = [norm(delta) for delta in change]
    one = [norm(t) * r / d for t, r, d in zip(firsts, norms, sizes, strict=True)]
    two = [norm(b) * r**2 / d**2 for b, r, d in zip(seconds, norms, sizes, strict=True)]
    return Layer(a, first, second, hats, norms, [], (s, c), g_dot, one, two, norm(sizes)), g, g_ddot


def _backward(layers: list[Layer], v: Numbers) -> Rows:
    back = [v]
    for layer in reversed(layers):
        s, c = layer.scales
        delta = [s * c * k * e for k, e in zip(layer.slopes, back[0], strict=True)]
        columns = range(len(layer.before))
        back.insert(0, [dot(delta, [hat[k] for hat in layer.hats]) for k in columns])
    return back
