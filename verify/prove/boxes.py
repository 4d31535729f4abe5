"""Branch and bound: a box is cut until each part is shown, by ranges of formula and slopes.

Float64 intervals, rounded outward, choose what the checker is asked to show; a tree of cuts covers
the box by construction.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from bounds import Interval
from verify.arithmetic import arithmetic
from verify.errors import VerifyError
from verify.prove.contacts import Contact, contacts
from verify.prove.effort import Effort
from verify.prove.enclosing import Boxes, Floats, ball_at, ends, interval_on
from verify.prove.forms import Guard, forms, guards, limit
from verify.prove.memory import fraction
from verify.prove.statement import Condition, Side

__all__ = ["branch", "everywhere", "natural"]

Step = dict[str, Any]
Box = Mapping[sp.Symbol, Side]
Given = Sequence[Condition]
Mask = np.ndarray[Any, Any]
_FAR, _NEAR, _THIN, _QUICK = 500.0, 1e-9, 1e-10, 400
_DEFINED_BOXES, _SHOWN = 300, 20
_ROUNDING = 1e-12  # of a guard that may be 0: the checker's ranges are sharper than float64's


@np.errstate(all="ignore")
def everywhere(found: Sequence[Guard], box: Box, given: Given, effort: Effort) -> Step | None:
    """A tree of cuts on whose leaves the guards hold; None if a few hundred boxes do not do."""
    root: Step = {}
    work, spent = [(Boxes.of(box), root)], 0
    while work:
        boxes, node = work.pop()
        spent += 1
        effort.spend(0)
        out = _left_out(boxes, given)[0]
        if out >= 0:
            node.update(by="where", condition=int(out))
        elif _guarded(found, _shrunken(boxes, box))[0]:
            node["by"] = "whole"
        elif spent > _DEFINED_BOXES or not _divisible(boxes)[0]:
            return None
        else:
            score = [_guard_score(found, _shrunken(h, box)) for h in _all_halves(boxes)]
            work += _cut(boxes, 0, int(np.argmax(np.array(score))), node)
    return root


def natural(form: sp.Expr, boxes: Boxes, box: Box) -> Mask:
    """Where a formula is defined and its range is not negative."""
    good = ends(form, boxes)[0] >= 0
    if good.any():
        good = good & _guarded(guards(form, smooth=False), _shrunken(boxes, box))
    return good


def _guard_score(found: Sequence[Guard], halves: Boxes) -> float:
    """How many halves meet the guards."""
    return float(_guarded(found, halves).sum()) + 1e-6 * _room(halves)


def _room(halves: Boxes) -> float:
    """Among cuts that show nothing, the one that leaves the smallest longest side."""
    width = np.minimum(halves.high, _FAR) - np.maximum(halves.low, -_FAR)
    return -float(width.max())


def _shrunken(boxes: Boxes, box: Box) -> Boxes:
    """Without open ends of the domain, and with infinite ones far out instead."""
    low, high = boxes.low.copy(), boxes.high.copy()
    for k, v in enumerate(boxes.variables):
        first, last = box[v].floats
        gap = _NEAR * np.minimum(np.minimum(high[:, k], _FAR) - np.maximum(low[:, k], -_FAR), 1.0)
        low[:, k] = np.where(box[v].low_open & (low[:, k] == first), low[:, k] + gap, low[:, k])
        high[:, k] = np.where(box[v].high_open & (high[:, k] == last), high[:, k] - gap, high[:, k])
    low = np.where(low == -np.inf, np.minimum(-_FAR, high - 1), low)
    return Boxes(boxes.variables, low, np.where(high == np.inf, np.maximum(_FAR, low + 1), high))


def _indices(mask: Mask) -> list[int]:
    found: list[int] = np.flatnonzero(mask).tolist()
    return found


def _guarded(found: Sequence[Guard], boxes: Boxes) -> Mask:
    ok: Mask = np.ones(len(boxes), dtype=bool)
    for formula, kind in found:
        low, high = ends(formula, boxes)
        met: Mask = {
            ">0": low > 0,
            ">=0": low >= -_ROUNDING,
            "!=0": (low > 0) | (high < 0),
            "|.|<=1": (low >= -1 - _ROUNDING) & (high <= 1 + _ROUNDING),
            "|.|<1": (low > -1) & (high < 1),
        }[kind]
        ok = np.logical_and(ok, met)
    return ok


def _left_out(boxes: Boxes, given: Given) -> Mask:
    """The number of a condition that is certainly not met; -1 where there is none."""
    out = np.full(len(boxes), -1)
    for k, (formula, strict) in enumerate(given):
        if not all(s in boxes.variables for s in formula.free_symbols):
            continue
        high = ends(formula, boxes)[1]
        out = np.where((out < 0) & ((high < 0) | (strict & (high <= 0))), k, out)
    return out


def _middle(low: Floats, high: Floats) -> Floats:
    """Where to cut: the middle; towards infinity, at twice the distance from 0."""
    cut = np.where(np.isfinite(low) & np.isfinite(high), low / 2 + high / 2, 0.0)
    cut = np.where(np.isfinite(low) & np.isinf(high), np.maximum(2 * low, low + 1), cut)
    return np.where(np.isinf(low) & np.isfinite(high), np.minimum(2 * high, high - 1), cut)


def _divisible(boxes: Boxes) -> Mask:
    size = 1 + np.minimum(np.abs(boxes.low), np.abs(boxes.high))
    wide = (boxes.high - boxes.low) > _THIN * np.where(np.isfinite(size), size, 1.0)
    return np.asarray(wide.any(axis=1))


def _all_halves(boxes: Boxes) -> list[Boxes]:
    """For each variable, the 2 n halves of all boxes."""
    found = []
    for k in range(len(boxes.variables)):
        cut = _middle(boxes.low[:, k], boxes.high[:, k])
        found.append(
            Boxes(
                boxes.variables,
                np.concatenate([boxes.low, boxes.moved(k, cut, boxes.high[:, k]).low]),
                np.concatenate([boxes.moved(k, boxes.low[:, k], cut).high, boxes.high]),
            )
        )
    return found


def _cut(boxes: Boxes, index: int, position: int, node: Step) -> list[tuple[Boxes, Step]]:
    one = boxes.take(slice(index, index + 1))
    cut = _middle(one.low[:, position], one.high[:, position])
    parts: list[Step] = [{}, {}]
    at = arithmetic(sp.Rational(float(cut[0])))
    node.update(by="split", variable=str(boxes.variables[position]), at=at, parts=parts)
    left = one.moved(position, one.low[:, position], cut)
    right = one.moved(position, cut, one.high[:, position])
    return [(left, parts[0]), (right, parts[1])]


@dataclass
class _Ways:
    """What is tried on every box, prepared once."""

    g: sp.Expr
    box: Box
    given: Given
    forms: tuple[sp.Expr, ...]
    slopes: dict[sp.Symbol, sp.Expr]
    smooth: tuple[Guard, ...]
    contacts: list[Contact]


@np.errstate(all="ignore")
def branch(
    g: sp.Expr, box: Box, given: Given, effort: Effort, root: Step, *, quick: bool
) -> Step | None:
    """A tree of cuts with a step on each leaf, or None; `quick` gives up early.

    root: the tree, {} at first; what an earlier search left of it is gone on with, in place.
    """
    used = set(g.free_symbols).union(*(c.free_symbols for c, _ in given))
    part = {v: side for v, side in box.items() if v in used}
    slopes = {v: min(forms(sp.diff(g, v)), key=sp.count_ops) for v in part if g.has(v)}
    ways = _Ways(g, part, given, forms(g)[:4], slopes, guards(g, smooth=True),
                 contacts(g, part, given))  # fmt: skip
    frontier, nodes = _open_leaves(Boxes.of(part), root)
    looked = 0
    while nodes:
        looked += len(nodes)
        effort.open = _shown(frontier)
        effort.spend(len(nodes))
        if quick and looked > _QUICK:
            return None
        done = _leaves(ways, frontier, nodes)
        rest = frontier.take(~done)
        if not _divisible(rest).all():
            return None
        frontier, nodes = _halved(
            ways, rest, [n for n, d in zip(nodes, done, strict=True) if not d]
        )
    texts = {str(v): arithmetic(s) for v, s in slopes.items()}
    inner = {"by": "slopes", "texts": texts, "then": root}
    return {"by": "form", "text": arithmetic(g), "then": inner}


def _open_leaves(whole: Boxes, root: Step) -> tuple[Boxes, list[Step]]:
    """The boxes of a tree on which nothing is shown yet, and their nodes."""
    found, work = [], [(whole, root)]
    while work:
        boxes, node = work.pop()
        if not node:
            found.append((boxes, node))
        elif node.get("by") == "split":
            work += _parts(boxes, node)
    if not found:
        return whole.take(np.zeros(0, dtype=int)), []
    low, high = (np.concatenate([getattr(b, end) for b, _ in found]) for end in ("low", "high"))
    return Boxes(whole.variables, low, high), [node for _, node in found]


def _parts(boxes: Boxes, node: Step) -> list[tuple[Boxes, Step]]:
    """The two halves of a cut that was made before."""
    try:
        position = [str(v) for v in boxes.variables].index(node["variable"])
        left, right = node["parts"]
    except (KeyError, ValueError, TypeError) as error:
        raise VerifyError("resume", "a cut of no variable or parts", "what was saved") from error
    cut = np.array([float(fraction(node["at"]))])
    below = boxes.moved(position, boxes.low[:, position], cut)
    above = boxes.moved(position, cut, boxes.high[:, position])
    return [(above, right), (below, left)]


def _shown(boxes: Boxes) -> list[dict[str, tuple[float, float]]]:
    names = [str(v) for v in boxes.variables]
    pairs = zip(boxes.low[:_SHOWN].tolist(), boxes.high[:_SHOWN].tolist(), strict=True)
    return [{n: (a, b) for n, a, b in zip(names, low, high, strict=True)} for low, high in pairs]


def _halved(ways: _Ways, boxes: Boxes, nodes: Sequence[Step]) -> tuple[Boxes, list[Step]]:
    """Each box cut in the variable that raises the lower end of g most."""
    if not len(boxes):
        return boxes, []
    scores = []
    for halves in _all_halves(boxes):
        low = np.maximum.reduce([ends(form, halves)[0] for form in ways.forms])
        low = np.nan_to_num(low, nan=-1e300, neginf=-1e300)
        worst = np.minimum(low[: len(boxes)], low[len(boxes) :])
        width = np.minimum(halves.high, _FAR) - np.maximum(halves.low, -_FAR)
        longest = width.max(axis=1)[: len(boxes)]
        scores.append((worst, -longest))
    first = np.array([s[0] for s in scores])
    second = np.array([s[1] for s in scores])
    best = np.where(
        first.max(axis=0) > first.min(axis=0) + 1e-12 * np.abs(first.min(axis=0)),
        first.argmax(axis=0), second.argmax(axis=0),
    )  # fmt: skip
    parts: list[tuple[Boxes, Step]] = []
    for index, node in enumerate(nodes):
        parts += _cut(boxes, index, int(best[index]), node)
    low = np.concatenate([p[0].low for p in parts])
    return Boxes(boxes.variables, low, np.concatenate([p[0].high for p in parts])), [
        p[1] for p in parts
    ]


def _leaves(ways: _Ways, boxes: Boxes, nodes: Sequence[Step]) -> Mask:
    """Which boxes are shown; their steps are written into the nodes."""
    out = _left_out(boxes, ways.given)
    done = out >= 0
    for k in _indices(done):
        nodes[k].update(by="where", condition=int(out[k]))
    for form in ways.forms:
        good = ~done & natural(form, boxes, ways.box)
        for k in _indices(good):
            nodes[k].update(_formed(ways.g, form))
        done = done | good
    for way in (_by_mean, _by_monotone, _by_contact):
        todo = _indices(~done)
        if todo:
            done[todo] = way(ways, boxes.take(todo), [nodes[k] for k in todo])
    return done


def _formed(g: sp.Expr, form: sp.Expr) -> Step:
    if form == g:
        return {"by": "natural"}
    return {"by": "form", "text": arithmetic(form), "then": {"by": "natural"}}


def _by_mean(ways: _Ways, boxes: Boxes, nodes: Sequence[Step]) -> Mask:
    finite = np.isfinite(boxes.low).all(axis=1) & np.isfinite(boxes.high).all(axis=1)
    ok = finite & _guarded(ways.smooth, _shrunken(boxes, ways.box))
    if not ok.any():
        return ok
    part = boxes.take(ok)
    middle = part.low / 2 + part.high / 2
    centre = Boxes(part.variables, middle, middle)
    total = interval_on(ways.g, centre)
    for v, slope in ways.slopes.items():
        k = part.variables.index(v)
        apart = part.interval(k) - Interval.exact(middle[:, k])
        total = total + interval_on(slope, part) * apart
    good = np.broadcast_to(total.lower >= 0, (len(part),))
    result = np.zeros(len(boxes), dtype=bool)
    result[np.flatnonzero(ok)[good]] = True
    for k in _indices(result):
        nodes[k].update(by="mean")
    return result


def _by_monotone(ways: _Ways, boxes: Boxes, nodes: Sequence[Step]) -> Mask:
    """Moved to the lower end in every variable in which g rises or falls."""
    ok = _guarded(ways.smooth, _shrunken(boxes, ways.box))
    signs = np.zeros((len(boxes), len(boxes.variables)), dtype=int)
    face = boxes
    for v, slope in ways.slopes.items():
        k, (low, high) = boxes.variables.index(v), ends(slope, boxes)
        usable = [np.isfinite(boxes.low[:, k]) & ~_at_open(ways, boxes, k, 0),
                  np.isfinite(boxes.high[:, k]) & ~_at_open(ways, boxes, k, 1)]  # fmt: skip
        signs[:, k] = np.where(ok & (low >= 0) & usable[0], 1,
                               np.where(ok & (high <= 0) & usable[1], -1, 0))  # fmt: skip
        ends_low = np.where(signs[:, k] == -1, face.high[:, k], face.low[:, k])
        ends_high = np.where(signs[:, k] == 1, face.low[:, k], face.high[:, k])
        face = face.moved(k, ends_low, ends_high)
    limits = _by_limit(ways, boxes, nodes, ok)
    moved = (signs != 0).any(axis=1) & ~limits
    good = moved & (ends(ways.g, face)[0] >= 0)
    for k in _indices(moved & ~good & (face.low == face.high).all(axis=1)):
        good[k] = _point_step(ways, face, int(k)) is not None
    for k in _indices(good):
        nodes[k].update(_monotone_step(ways, boxes, face, signs[k], int(k)))
    return good | limits


def _by_limit(ways: _Ways, boxes: Boxes, nodes: Sequence[Step], ok: Mask) -> Mask:
    """In one variable: towards an end that does not belong to the domain, and the limit there."""
    done = np.zeros(len(boxes), dtype=bool)
    if len(boxes.variables) != 1:
        return done
    v = boxes.variables[0]
    for slope, (sign, end) in itertools.product(forms(sp.diff(ways.g, v)), ((1, 0), (-1, 1))):
        good = ok & (ends(sign * slope, boxes)[0] >= 0) & ~done
        good &= _at_open(ways, boxes, 0, end) | ~np.isfinite((boxes.low, boxes.high)[end][:, 0])
        if not good.any():
            continue
        form = limit(ways.g, v, (ways.box[v].low, ways.box[v].high)[end], sign, ways.box)
        if form is None:
            continue
        shown = {"by": "form", "text": arithmetic(sign * slope), "then": {"by": "natural"}}
        inner = {"by": "monotone", "variable": str(v), "sign": sign, "slope": shown,
                 "smooth": {"by": "whole"}, "then": "limit"}  # fmt: skip
        for k in _indices(good):
            nodes[k].update(by="form", text=arithmetic(form), then=inner)
        done |= good
    return done


def _at_open(ways: _Ways, boxes: Boxes, position: int, end: int) -> Mask:
    """Whether an end is one of the domain's that does not belong to it."""
    side = ways.box[boxes.variables[position]]
    mine = (boxes.low, boxes.high)[end][:, position] == side.floats[end]
    found: Mask = mine & (side.low_open, side.high_open)[end]
    return found


def _exact(ways: _Ways, v: sp.Symbol, value: float) -> sp.Expr:
    """The end of a box as the exact number it is: the domain's own, or the float."""
    side = ways.box[v]
    if value == side.floats[0]:
        return side.low
    return side.high if value == side.floats[1] else sp.Rational(value)


def _end(ways: _Ways, v: sp.Symbol, value: float) -> sp.Expr | None:
    return _exact(ways, v, value) if np.isfinite(value) else None


def _point_step(ways: _Ways, face: Boxes, index: int) -> Step | None:
    point = {v: _exact(ways, v, float(face.low[index, k])) for k, v in enumerate(face.variables)}
    value = ball_at(ways.g, point)
    if value.is_finite() and value.contains(0):
        return {"by": "zero"}
    return {"by": "natural"} if value > 0 else None


def _monotone_step(ways: _Ways, boxes: Boxes, face: Boxes, signs: Any, index: int) -> Step:
    point = (face.low[index] == face.high[index]).all()
    step: Step = (_point_step(ways, face, index) if point else None) or {"by": "natural"}
    fixed: dict[sp.Symbol, sp.Expr] = {}
    steps: list[Step] = []
    for k, v in enumerate(boxes.variables):
        if not signs[k]:
            continue
        slope = (ways.slopes[v] * int(signs[k])).xreplace(fixed)
        shown = {"by": "form", "text": arithmetic(slope), "then": {"by": "natural"}}
        steps.append({"by": "monotone", "variable": str(v), "sign": int(signs[k]), "slope": shown,
                      "smooth": {"by": "whole"}})  # fmt: skip
        fixed[v] = _exact(ways, v, float(face.low[index, k]))
    for outer in reversed(steps):
        step = {**outer, "then": step}
    return step


def _by_contact(ways: _Ways, boxes: Boxes, nodes: Sequence[Step]) -> Mask:
    done = np.zeros(len(boxes), dtype=bool)
    for contact in [c for c in ways.contacts if c.touches]:
        k, v = boxes.variables.index(contact.variable), contact.variable
        low, high = ends(contact.at, boxes)
        region = boxes.moved(
            k, np.minimum(boxes.low[:, k], low), np.maximum(boxes.high[:, k], high)
        )
        width = boxes.high[:, k] - boxes.low[:, k]
        near = (low <= boxes.high[:, k] + width) & (high >= boxes.low[:, k] - width)
        towards = _towards(ways, contact, boxes, k)
        allowed = near & ~done & ((contact.order % 2 == 0) | (towards != 0))
        allowed &= _guarded(ways.smooth, _shrunken(region, ways.box))
        for form in forms(contact.derivative)[:2]:
            least, most = ends(form, region)
            odd = contact.order % 2 == 1
            good = allowed & ~done & np.where(odd & (towards < 0), most <= 0, least >= 0)
            for index in _indices(good):
                flip = odd and bool(towards[index] < 0)
                shown = {"by": "form", "text": arithmetic(-form if flip else form),
                         "then": {"by": "natural"}}  # fmt: skip
                nodes[index].update(
                    by="contact", variable=str(v), at=arithmetic(contact.at), order=contact.order,
                    derivative=None, smooth={"by": "whole"}, then=shown, rest={"by": "zero"},
                )  # fmt: skip
            done |= good
    return done


def _towards(ways: _Ways, contact: Contact, boxes: Boxes, k: int) -> Mask:
    """1 where the contact is the left end of a box, -1 where it is the right one."""
    found = np.zeros(len(boxes), dtype=int)
    if not contact.at.free_symbols:
        for index in range(len(boxes)):
            pair = [
                _end(ways, contact.variable, float(e[index, k])) for e in (boxes.low, boxes.high)
            ]
            found[index] = (pair[0] == contact.at) - (pair[1] == contact.at)
    for condition, _ in ways.given:
        for sign in (1, -1):
            if sp.expand(condition - sign * (contact.variable - contact.at)) == 0:
                found = np.where(found == 0, sign, found)
    return found
