"""What the checker recomputes of one step of training: standard library and flint only.

Loaded by `verify/checker.py`. The network is that of `verify/weightnorm/recheck.py`; everything
about the step is written anew from the statements T11 to T16.
"""

from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, arb_series
from plumbline_checker import (
    Recomputed,
    ball,
    dot,
    evaluate,
    expect,
    greatest,
    line,
    loaded,
    number,
    record,
    require,
    vector,
)

network = loaded("weightnorm/recheck.py")
_KEYS = f"{network.NETWORK_KEYS} eta kappa radius point conditions search"
#: A dense Hessian is formed for at most so many parameters.
_LARGEST = 60


class Step:
    """The numbers of a file, theta flat, and the loss along any line through it."""

    def __init__(self, subject: dict[str, Any]) -> None:
        self.phi, self.placement, self.inputs = network.model(subject)
        self.layers = network.chained(subject["weights"], len(self.inputs[0]))
        last = vector(subject["v"], len(self.layers[-1]), "v")
        self.targets = vector(subject["targets"], len(self.inputs), "targets")
        self.theta = [e for rows in self.layers for row in rows for e in row] + last
        self.eta, self.kappa, self.radius = (
            number(subject[key], key) for key in ("eta", "kappa", "radius")
        )
        allowed = self.eta > 0 and 0 < self.kappa <= 1 and self.radius > 0
        require(allowed, "eta, kappa or radius out of range")

    def outputs(self, theta: list[Any]) -> list[Any]:
        """f(theta; x_i) as power series, theta flat and given as power series."""
        flat = iter(theta)
        layers = [[[next(flat) for _ in row] for row in rows] for rows in self.layers]
        last = list(flat)
        return [
            dot(last, network.features(layers, line(x), self.phi, self.placement))
            for x in self.inputs
        ]

    def loss(self, theta: list[Any]) -> Any:
        """(1/n) sum_i (f_i - y_i)^2."""
        pairs = zip(self.outputs(theta), self.targets, strict=True)
        errors = [f - ball(y) for f, y in pairs]
        return dot(errors, errors) / len(errors)

    def unit(self, *places: int) -> list[Fraction]:
        return [Fraction(int(k in places)) for k in range(len(self.theta))]

    def gradient(self) -> list[arb]:
        """The gradient of the loss, one entry for each parameter."""
        lines = (line(self.theta, self.unit(k)) for k in range(len(self.theta)))
        return [self.loss(moved)[1] for moved in lines]

    def after(self) -> list[arb]:
        """theta - eta grad L."""
        moved = zip(self.theta, self.gradient(), strict=True)
        return [ball(t) - ball(self.eta) * g for t, g in moved]


def _length(vector: list[arb]) -> arb:
    return sum((entry * entry for entry in vector), arb(0)).nonnegative_part().sqrt()


def _shrinkage(step: Step) -> arb:
    """max over rows of (||W_i||^2 + eta^2 ||g_i||^2)/||W_i - eta g_i||^2, g the loss gradient."""
    gradient, place, ratios = step.gradient(), 0, []
    for rows in step.layers:
        for row in rows:
            moved = [ball(step.eta) * g for g in gradient[place : place + len(row)]]
            place += len(row)
            old = [ball(w) for w in row]
            new = [w - s for w, s in zip(old, moved, strict=True)]
            ratios.append((_length(old) ** 2 + _length(moved) ** 2) / _length(new) ** 2)
    return greatest(ratios)


def _toward(step: Step, subject: dict[str, Any]) -> tuple[arb, arb, arb, arb]:
    """(loss, loss at the stored point, its derivative along d = point - theta, ||d||)."""
    point = vector(subject["point"], len(step.theta), "point")
    d = [new - old for new, old in zip(point, step.theta, strict=True)]
    require(any(d), "point: theta itself")
    here = step.loss(line(step.theta, d))
    return here[0], step.loss(line(point))[0], here[1], _length([ball(e) for e in d])


def _deficit(loss: arb, there: arb, slope: arb, distance: arb) -> arb:
    """(cos^2/2) ||grad L||^2/L - 2 (L' - L - <d, grad L>)/||d||^2 with the point's own cosine."""
    return slope**2 / (2 * loss * distance**2) - 2 * (there - loss - slope) / distance**2


def _in_cone(step: Step, slope: arb, distance: arb, gradient: arb) -> bool:
    """Whether the stored point certainly lies in Q."""
    wide = abs(slope) >= ball(step.kappa) * distance * gradient
    return bool(wide) and bool(distance <= ball(step.radius))


def _largest(step: Step) -> dict[str, arb]:
    """max_i ||grad f_i||, and an upper bound of max_i ||Hess f_i||_2."""
    p, n = len(step.theta), len(step.inputs)
    require(p <= _LARGEST, f"{p} parameters, where this checker forms Hessians up to {_LARGEST}")
    ones = [step.outputs(line(step.theta, step.unit(k))) for k in range(p)]
    gradients = [_length([ones[k][i][1] for k in range(p)]) for i in range(n)]
    hessians = [arb_mat(p, p) for _ in range(n)]
    for j in range(p):
        for k in range(j + 1):
            both = step.outputs(line(step.theta, step.unit(j, k)))
            for i, matrix in enumerate(hessians):
                entry = both[i][2] - ones[j][i][2] - ones[k][i][2]  # along e_j + e_k
                matrix[j, k] = matrix[k, j] = entry if j != k else 2 * ones[k][i][2]
    return {"grad_max": greatest(gradients), "hess_max": greatest(list(map(_norm, hessians)))}


def _norm(matrix: arb_mat) -> arb:
    """At least ||A||_2 of a symmetric matrix: ||A^32||_oo^(1/32)."""
    power = matrix
    for _ in range(5):
        power = power * power
    size = matrix.nrows()
    sums = [sum((abs(power[i, j]) for j in range(size)), arb(0)) for i in range(size)]
    top = greatest(sums).upper()
    return (top.log() / 32).exp() if top > 0 else arb(0)


def _positive(raw: Any, values: dict[str, arb]) -> set[str]:
    """Keys of the assumptions on numbers that the point certainly meets."""
    found = set()
    for key, text in expect(dict, raw, "conditions").items():
        require(evaluate(text, values) > 0, f"the step does not provably meet {key[:40]!r}")
        found.add(key)
    return found


def step(raw: Any, quantity: str) -> Recomputed:
    """One step of gradient descent, by quantity: T11, T12, T13 at a point, T14 at a point, T16."""
    subject = record(raw, _KEYS, "subject")
    made = Step(subject)
    plain = {key: subject[key] for key in network.NETWORK_KEYS.split()}
    second = quantity == "loss_hessian_norm"
    of_loss = network.network(
        plain if second else plain | {"direction": []}, quantity if second else "loss"
    )
    values = of_loss.values | {"eta": ball(made.eta), "kappa": ball(made.kappa)}
    values |= {"rho_2": ball(made.radius), "grad_loss": _length(made.gradient())}
    met = {"gradient step", "square loss", "segment", "smooth segment", "cone"}
    exact = True
    if second:
        truth, exact = of_loss.truth, False
        values |= _largest(made) if len(made.theta) <= _LARGEST else {}
    elif quantity == "row_norm_shrinkage":
        truth = _shrinkage(made)
    elif quantity == "loss_ratio":
        truth = made.loss([arb_series([entry]) for entry in made.after()])[0] / of_loss.truth
    else:
        require(quantity in ("curvature_deficit", "cone_loss_gap"), f"{quantity!r} is unknown here")
        loss, there, slope, distance = _toward(made, subject)
        if quantity == "curvature_deficit":
            truth, values = _deficit(loss, there, slope, distance), values | {"rho_2": distance}
        else:
            truth, exact = loss - there, False
            inside = _in_cone(made, slope, distance, values["grad_loss"])
            require(inside, "point: not certainly in the cone")
    met |= {"inside the ball"} if values["rho_2"] < values["omega"] else set()
    met |= _positive(subject["conditions"], values) & {
        "positive alpha",
        "short radius",
        "short step",
    }
    return Recomputed(
        truth, values, lambda key: key in met or of_loss.meets(key), exact, of_loss.given
    )


KINDS = {"step": step}
