"""What the checker recomputes of inputs on the sphere (stdlib and flint only).

Inputs enter by their directions; kernels at infinite width by quadrature or their closed forms.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb, arb, arb_mat
from plumbline_checker import Recomputed, greatest, least, loaded, require

common = loaded("relu_two_layer/recheck_common.py")
balls, total, times = common.balls, common.total, common.times
length, products, smallest = common.length, common.products, common.smallest


def of_inputs(parts: dict[str, Any], entry: int) -> tuple[dict[str, Any], dict[str, Any]]:
    x, a = balls(parts["x"]), balls(parts["a"])
    require(all(map(any, parts["x"])), "a zero input")
    n, d = len(x), len(x[0])
    unit = [[t / length(row) for t in row] for row in x]
    count = range(n)
    edge = [(i, j) for i in count for j in range(i + 1, n)]

    def angle(i: int, j: int) -> arb:
        pairs = list(zip(unit[i], unit[j], strict=True))
        apart, across = length([s - t for s, t in pairs]), length([s + t for s, t in pairs])
        return arb(0) if i == j else 2 * arb.atan2(apart, across)

    def kernel(part: str, t: arb) -> arb:
        plain = t.cos() * (arb.pi() - t) / (2 * arb.pi())
        gain = (t.sin() + (arb.pi() - t) * t.cos()) / (2 * arb.pi() * d)
        return {"plain": plain, "gain": gain, "direction": plain - gain}[part]

    def mean_product(t: arb) -> arb:
        low, high = acb(t - arb.pi() / 2), acb(arb.pi() / 2)
        return acb.integral(lambda s, _: s.cos() * (s - t).cos(), low, high).real / (2 * arb.pi())

    def matrix(part: str) -> arb_mat:
        return arb_mat([[kernel(part, angle(i, j)) for j in count] for i in count])

    def form(part: str) -> arb:
        found = matrix(part)
        return total(a[i] * found[i, j] * a[j] for i in count for j in count)

    def rows(read: Callable[[arb], arb]) -> arb:
        return greatest([total(read(abs(angle(i, j).cos())) for j in count if j != i)
                         for i in count])  # fmt: skip

    def moment(k: int) -> arb:
        found = arb(1)
        for i in range(k + 1):
            found = found * (2 * i + 1) / (d + 2 * i)
        return found

    def centred(k: int) -> arb:
        level = moment(k)
        if k == 4:
            return level + rows(lambda c: (c ** (2 * k + 2)).max(level))
        return level + rows(lambda c: abs(c ** (2 * k + 2) - level))

    here = edge[entry] if entry < len(edge) else (0, 0)
    truths: dict[str, Any] = {
        f"relu.{where}least_{part}": (lambda part=part: smallest(matrix(part)))
        for where in ("", "pair_")
        for part in ("plain", "gain", "direction")
    }
    truths |= {
        "relu.limit_gain": lambda: 2 * mean_product(angle(*here)) / d,
        "relu.form_direction": lambda: form("direction"),
        "relu.form_gain": lambda: form("gain"),
    }
    values: dict[str, Any] = {
        "n": lambda: arb(n),
        "d": lambda: arb(d),
        "theta": lambda: angle(*here),
        "q_G": lambda: form("gain"),
        "s_a": lambda: total(a),
        "kappa": lambda: (arb(d) / 2).gamma() / (2 * arb.pi().sqrt() * ((arb(d) + 1) / 2).gamma()),
        "l_X": lambda: smallest(products(unit)).nonnegative_part(),
        "q": lambda: greatest([abs(angle(i, j).cos()) for i, j in edge]),
        "phi": lambda: least([angle(i, j).min(arb.pi() - angle(i, j)) for i, j in edge]),
    }
    for k in range(5):
        values[f"zeta_{k}"] = lambda k=k: rows(lambda c: c ** (2 * k + 2))
        values[f"xi_{k}"] = lambda k=k: centred(k)
    return truths, values


def meets(parts: dict[str, Any], key: str) -> bool:
    """Does the subject meet the assumption? Unknown ones count as not met."""
    if key == "unit inputs":
        return True  # they enter by their directions
    if key == "d >= 2":
        return len(parts["x"][0]) >= 2
    return key == "two lines" and len(parts["x"]) >= 2 and all(
        rank_two(a, b) for i, a in enumerate(parts["x"]) for b in parts["x"][:i]
    )  # fmt: skip


def rank_two(a: list[Fraction], b: list[Fraction]) -> bool:
    return times(a, a) * times(b, b) > times(a, b) ** 2


def inputs(raw: Any, quantity: str) -> Recomputed:
    found: Recomputed = common.recomputed(raw, quantity, {"x": 2, "a": 1}, of_inputs, meets)
    return found


KINDS = {"relu_inputs": inputs}
