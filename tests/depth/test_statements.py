"""False if a statement of the depth sheet fails on a network found by ascent, or by a witness."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.depth import stated as statements
from tests.depth.climbing import TARGETS, Class, climb
from tests.depth.stated import Numbers
from tests.rows import fast_if

# class, and for each left side the least ratio the ascent is known to reach (None: not looked at)
CLASSES = {
    "two linear layers": (Class((2, 4, 4), (1.0, 1.0), nu=3.0), ("gradient", 0.99)),
    "mixed at depth two": (Class((3, 3, 3), (0.5, 0.5)), ("mixed", 0.9)),
    "turn at depth one": (Class((3, 5), (0.7,), p=0.0), ("turn and mixed", 0.99)),
    "jacobian": (Class((3, 3, 3, 3), (1.0,) * 3, "sin", xi=0.05), ("jacobian", 0.9)),
    "bend at depth one": (Class((2, 3), (1.0,), "cos", xi=0.1), ("bend", 0.99)),
    "unequal": (Class((2, 5, 1, 3), (0.3, 2.0, 1.0), "tanh", nu=0.4), ("hessian", 0.3)),
    "phi(0) != 0": (Class((2, 3, 3, 3), (1.0,) * 3, "softplus", p=0.0), ("gradient", 0.5)),
    "gain not one": (Class((2, 3, 3), (1.0,) * 2, "gelu", xi=2.0), ("hessian", 0.2)),
    "deep": (Class((2, *(3,) * 8), (1.0,) * 8, "erf", xi=0.1, nu=0.2), ("jacobian", 0.7)),
    "output alone": (Class((3, 4, 4, 4), (1.0,) * 3, nu=0.05, p=0.25), ("hessian", 0.8)),
}


#: Of each left side the class that comes closest is climbed in every run.
QUICK = ("two linear layers", "mixed at depth two", "turn at depth one", "jacobian",
         "bend at depth one", "unequal")  # fmt: skip


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("name", fast_if(QUICK, CLASSES))
def test_no_network_found_by_ascent_exceeds_the_statement(name, kind):
    cls, (strong, least) = CLASSES[name]
    effort = {"starts": 16, "steps": 200} if kind == strong else {"starts": 12, "steps": 30}
    ratio = climb(TARGETS[kind], cls, seed=1, **effort)
    assert math.isnan(ratio) or ratio <= 1.0 + 1e-9
    if kind == strong:
        assert ratio >= least, "the ascent has lost its power, or the statement is loose"


def _triples(seed: int, count: int) -> np.ndarray:
    """(Q, A, B, 1/m) for random and structured rows, (count, 4)."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        m, k = int(rng.integers(1, 7)), int(rng.integers(1, 5))
        rows = rng.standard_normal((m, k)) * 10.0 ** rng.uniform(-3, 0, (m, k))
        rows[int(rng.integers(m)) :] = rows[0]
        a, beta = rng.standard_normal(k) * (rng.random(k) < 0.7), rng.standard_normal(m) ** 3
        a = a if a.any() else np.eye(k)[0]
        rows, a = rows / np.linalg.norm(rows, axis=1, keepdims=True), a / np.linalg.norm(a)
        beta /= np.linalg.norm(beta)
        cosine = np.clip(rows @ a, -1.0, 1.0)
        turned, passed = beta**2 @ (1.0 - cosine**2), np.mean(cosine**2)
        found.append((turned, passed, np.sum((beta @ rows) ** 2) / m, 1.0 / m))
    return np.array(found)


def test_what_a_layer_turns_passes_on_and_passes_back_is_conserved():
    turned, passed, back, e = _triples(0, 20000).T
    tiny = 1e-12
    assert (back <= np.minimum(passed, 1 - turned) + np.minimum(1 - passed, turned) + tiny).all()
    assert (turned + passed + back <= 2 + tiny).all()
    assert (passed + e * turned <= 1 + tiny).all()
    assert (turned + passed + back > 1.9).any(), "negative control: 2 is needed"


@pytest.mark.parametrize("L", [1, 2, 5])
def test_the_parseval_bound_holds_for_any_slopes_of_every_degree(L):
    """T24 with random diagonals for each degree, and no projection as the negative control."""
    rng, broken = np.random.default_rng(3), 0
    for _ in range(200):
        m, rho = int(rng.integers(1, 6)), 10.0 ** rng.uniform(-1, 1)
        k = int(rng.integers(1, 5))
        x = rng.standard_normal(k)
        degrees, free, size = [x / np.linalg.norm(x)], [x / np.linalg.norm(x)], 1.0
        for _ in range(L):
            rows = rng.standard_normal((m, len(degrees[0])))
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            tau = rng.standard_normal(rows.shape) * 10.0 ** rng.uniform(-2, 1)
            orthogonal = tau - (tau * rows).sum(1, keepdims=True) * rows
            free = _propagate(free, rows, rows * np.linalg.norm(tau, axis=1)[:, None], rng)
            degrees = _propagate(degrees, rows, orthogonal, rng)
            size *= 1.0 + rho**2 * np.sum(orthogonal**2) / m
        total = sum(rho ** (2 * n) * np.sum(u**2) for n, u in enumerate(degrees))
        assert total <= size * (1.0 + 1e-12)
        broken += sum(rho ** (2 * n) * np.sum(u**2) for n, u in enumerate(free)) > size
    assert broken > 0, "negative control: the directions must be orthogonal to the rows"


def _propagate(
    degrees: list[np.ndarray], rows: np.ndarray, tau: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    s, zero = len(rows) ** -0.5, np.zeros(rows.shape[1])
    pairs = zip([*degrees, zero], [zero, *degrees], strict=True)
    return [rng.uniform(-1, 1, len(rows)) * s * (rows @ u + tau @ w) for u, w in pairs]


def _storage_excess(gain: float, seed: int) -> float:
    """The largest violation of the one-layer inequality of T25b at m = 3, by ascent."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(3, 3), (3,), (3,), (3,), (3,), (3,), (3, 3), (1,), (1,)]
    raw = [torch.randn(48, *s, generator=generator, dtype=torch.float64) for s in shapes]
    raw = [t.requires_grad_() for t in raw]
    optimizer, worst = torch.optim.Adam(raw, lr=0.05), -math.inf
    unit = lambda t: t / torch.linalg.vector_norm(t, dim=-1, keepdim=True)  # noqa: E731
    times = lambda matrix, t: (matrix @ t.unsqueeze(-1)).squeeze(-1)  # noqa: E731
    for _ in range(300):
        rows, y, s = unit(raw[0]), unit(raw[2]), 3.0**-0.5
        alpha, e = unit(raw[1]) * torch.sigmoid(raw[7]), unit(raw[3]) * torch.sigmoid(raw[8])
        slope, passed = torch.tanh(3.0 * raw[4]), torch.tanh(3.0 * raw[5])
        tau = raw[6] - (raw[6] * rows).sum(-1, keepdim=True) * rows
        delta = slope * e
        after = slope * (s * times(rows, y) + times(tau, alpha))
        off = y.unsqueeze(1) - (rows * y.unsqueeze(1)).sum(-1, keepdim=True) * rows
        harvest = (delta.unsqueeze(-1) * off).square().sum((-1, -2))
        squares = [
            e.square().sum(-1),
            (passed * s * times(rows, alpha)).square().sum(-1),
            (s * times(rows.mT, delta)).square().sum(-1),
            alpha.square().sum(-1),
        ]
        above = 2.0 * (2 - squares[0]) / (2 - squares[1]) * after.square().sum(-1)
        below = 2.0 * (2 - squares[2]) / (2 - squares[3])
        value = harvest + above - below - gain**2 * tau.square().sum((-1, -2))
        worst = max(worst, float(value.detach().max()))
        optimizer.zero_grad()
        (-value).sum().backward()
        optimizer.step()
    return worst


def test_the_storage_function_of_the_harvest_dissipates_and_no_smaller_gain_would_do():
    assert _storage_excess(2.0, seed=0) <= 1e-9
    assert _storage_excess(1.9, seed=0) > 1e-3


def test_one_large_row_leaves_little_for_all_others():
    """The kappa step of T26: |delta_i| ||alpha|| of two rows, for random and peaked networks."""
    rng, without = np.random.default_rng(0), 0
    for _ in range(4000):
        m, L = int(rng.integers(2, 7)), int(rng.integers(1, 5))
        s, kappas = m**-0.5, _kappas(rng, m, L)
        top = max(k.max() for k in kappas)
        place = next(l for l, k in enumerate(kappas) if k.max() == top)
        others = [k.copy() for k in kappas]
        others[place][others[place].argmax()] = 0.0
        rest = max(k.max() for k in others)
        angle, tilt = math.acos(min(top, 1.0)), math.asin(s)
        if angle + tilt < math.pi / 2:
            assert rest <= math.sin(angle + tilt) + 1e-9
            without += rest > math.sin(angle) + 1e-9
    assert without > 0, "negative control: sigma is needed"


def _kappas(rng: np.random.Generator, m: int, L: int) -> list[np.ndarray]:
    """kappa_i = |delta_i| ||alpha^(l-1)|| per layer of a linear network, nu = 1, peaked rows."""
    alpha = rng.standard_normal(m) ** 3
    alpha /= np.linalg.norm(alpha)
    layers, sizes = [], []
    for _ in range(L):
        rows = rng.standard_normal((m, m)) * 10.0 ** rng.uniform(-2, 0, (m, m))
        if rng.random() < 0.6:
            rows = alpha + 10.0 ** rng.uniform(-3, 0) * rows
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        layers.append(rows)
        sizes.append(np.linalg.norm(alpha))
        alpha = rows @ alpha / math.sqrt(m)
    e = np.eye(m)[0] + 10.0 ** rng.uniform(-3, 0) * rng.standard_normal(m)
    e, found = e / np.linalg.norm(e), []
    for rows, size in zip(reversed(layers), reversed(sizes), strict=True):
        found.append(np.abs(e) * size)
        e = rows.T @ e / math.sqrt(m)
    return found[::-1]


def test_the_turn_and_mixed_constant_is_below_its_closed_form_at_every_width():
    """lambda*(m) <= 2/sqrt 3 + min(e/sqrt m, 8.9/m): it falls with m, so a grid proves it."""
    low, m = 2.0 / math.sqrt(3.0), 4.0
    while m < 2.0**31:
        step = max(1.0, math.floor(0.02 * m))
        found = statements.turn_mixed_constant(m, math.e, 200)
        assert found <= low + min(math.e / (m + step - 1.0) ** 0.5, 8.9 / (m + step - 1.0)), m
        m += step


def test_the_dynamic_program_is_the_closed_form_at_equal_layers_and_never_above_the_short_form():
    rng = np.random.default_rng(2)
    for _ in range(300):
        L = int(rng.integers(1, 7))
        m, omega = float(rng.integers(1, 9)), 10.0 ** rng.uniform(-1, 1)
        equal = Numbers((m,) * L, (omega,) * L, nu=10.0 ** rng.uniform(-1, 1))
        assert statements.gradient_program(equal) == pytest.approx(statements.gradient_zero(equal))
        mixed = Numbers(
            tuple(float(rng.integers(1, 9)) for _ in range(L)),
            tuple(10.0 ** rng.uniform(-1, 1) for _ in range(L)),
        )
        found = statements.gradient_program(mixed)
        assert found <= statements.gradient_zero(mixed) * (1 + 1e-12)
        assert found <= statements.gradient(mixed) * (1 + 1e-12)
