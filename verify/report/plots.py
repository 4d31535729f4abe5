"""The page's own drawings, as SVG in the page's colours: strips of ratios, curves of medians."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from verify.report.document import Claim, Curve

__all__ = ["curves_svg", "strip_svg"]

AXES = {"m": "width m", "L": "depth L", "step": "training step"}

#: The strip: pixels, and the decades below 1 that it shows.
_LEFT, _ONE, _RIGHT, _HEIGHT, _DECADES = 6.0, 150.0, 166.0, 18.0, 5.0


def strip_svg(claim: Claim) -> Markup:
    """Median and worst truth/bound on a logarithmic axis, with a line at 1."""
    if claim.sense == "==" or claim.worst_ratio is None or claim.median_ratio is None:
        return Markup("")
    low, high = _place(claim.median_ratio), _place(claim.worst_ratio)
    words = f"median {claim.median_ratio:.3g}, worst {claim.worst_ratio:.6g}"
    return Markup(
        '<svg viewBox="0 0 172 18" role="img" aria-label="{words}"><title>{words}</title>'
        '<line class="ax" x1="{left}" x2="{one}" y1="9" y2="9"/>'
        '<line class="one" x1="{one}" x2="{one}" y1="2" y2="16"/>'
        '<line class="bar" x1="{a:.1f}" x2="{b:.1f}" y1="9" y2="9"/>'
        '<circle class="med" cx="{low:.1f}" cy="9" r="3"/>'
        '<circle class="top{bad}" cx="{high:.1f}" cy="9" r="4"/></svg>'
    ).format(
        words=words, left=_LEFT, one=_ONE, a=min(low, high), b=max(low, high), low=low, high=high,
        bad=" bad" if claim.verdict.value == "violated" else "",
    )  # fmt: skip


def _place(ratio: float) -> float:
    """Where a ratio stands: 1e-5 and less at the left end, above 1 right of the line."""
    if ratio <= 0:
        return _LEFT
    decades = math.log10(ratio)
    if decades > 0:
        return min(_RIGHT, _ONE + 4 + 12 * min(1.0, decades))
    return max(_LEFT, _ONE + (_ONE - _LEFT) * decades / _DECADES)


_WIDTH, _TALL = 250.0, 190.0
_FRAME = (46.0, 12.0, 240.0, 150.0)  # left, top, right, bottom


def curves_svg(claim: Claim) -> list[tuple[str, Markup]]:
    """For each curve (caption, drawing): medians of truth and bound, logarithmic where positive."""
    return [(_caption(curve), _panel(claim, curve)) for curve in claim.curves]


def _caption(curve: Curve) -> str:
    kind = "training" if curve.axis == "step" else "random networks"
    return f"medians over {kind}{', ' + curve.group if curve.group else ''}"


def _panel(claim: Claim, curve: Curve) -> Markup:
    values = [v for v in (*curve.truth, *curve.bound) if math.isfinite(v)]
    logarithmic = bool(values) and min(values) > 0
    across = _scale(curve.x, _FRAME[0] + 8, _FRAME[2] - 8, curve.axis != "step")
    up = _scale(values or [0.0, 1.0], _FRAME[3] - 8, _FRAME[1] + 8, logarithmic)
    words = f"{claim.name}: truth and bound against {AXES[curve.axis]}"
    body = [_axes(curve, across, _ticks(values, logarithmic), up)]
    for name, ys in (("bound", curve.bound), ("truth", curve.truth)):
        points = [(across(x), up(y)) for x, y in zip(curve.x, ys, strict=True) if math.isfinite(y)]
        body.append(_line(name, points))
    return Markup(
        '<svg class="plot" viewBox="0 0 {w:.0f} {h:.0f}" role="img" aria-label="{words}">'
        "<title>{words}</title>{body}</svg>"
    ).format(w=_WIDTH, h=_TALL, words=words, body=Markup("").join(body))


def _scale(
    values: Sequence[float], start: float, end: float, logarithmic: bool
) -> Callable[[float], float]:
    """Values -> pixels; a single value stands in the middle."""
    turn: Callable[[float], float] = (
        math.log if logarithmic and min(values) > 0 else (lambda v: float(v))
    )
    low, high = turn(min(values)), turn(max(values))
    if low == high:
        return lambda value: (start + end) / 2
    return lambda value: start + (end - start) * (turn(value) - low) / (high - low)


def _ticks(values: Sequence[float], logarithmic: bool) -> list[float]:
    """At most four round numbers within the values."""
    if not values:
        return []
    low, high = min(values), max(values)
    if not logarithmic:
        return sorted({low, high})
    decades = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    if len(decades) < 2:
        return sorted({float(f"{low:.2g}"), float(f"{high:.2g}")})
    return [10.0**k for k in decades[:: -(-len(decades) // 4)]]


def _axes(
    curve: Curve, across: Callable[[float], float], ticks: Sequence[float], up: Callable[..., float]
) -> Markup:
    left, top, right, bottom = _FRAME
    made = [
        Markup('<path class="ax" d="M{} {}V{}H{}"/>').format(left, top, bottom, right),
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (left + right) / 2, bottom + 32, AXES[curve.axis]
        ),
    ]
    shown = curve.x if len(curve.x) <= 6 else [curve.x[0], curve.x[-1]]
    for x in shown:
        made.append(_tick(across(x), bottom + 15, "middle", f"{x:g}"))
    for y in ticks:
        made.append(_tick(left - 5, up(y) + 4, "end", f"{y:.2g}"))
    return Markup("").join(made)


def _tick(x: float, y: float, anchor: str, text: str) -> Markup:
    shown = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    return shown.format(x, y, anchor, text.replace("e-0", "e-").replace("e+0", "e"))


def _line(name: str, points: Sequence[tuple[float, float]]) -> Markup:
    """A curve with its marks and, at its last point, its name."""
    if not points:
        return Markup("")
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    mark = (
        '<rect class="mark {name}" x="{x0:.1f}" y="{y0:.1f}" width="6" height="6"/>'
        if name == "bound"
        else '<circle class="mark {name}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'
    )
    marks = Markup("").join(
        Markup(mark).format(name=name, x=x, y=y, x0=x - 3, y0=y - 3) for x, y in points
    )
    return Markup('<path class="{}" d="{}"/>{}').format(f"curve {name}", path, marks)
