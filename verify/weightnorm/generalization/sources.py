"""Where independent draws come from: trained networks, memorizers, and draws with a formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch import Tensor

from numerics.weightnorm.generalization import Certificate
from numerics.weightnorm.generalization.adversaries import finite_memorizer, memorizer
from numerics.weightnorm.generalization.populations import Population, random_labels, teacher
from numerics.weightnorm.generalization.simple_draws import (
    class_memorizer,
    held_out_draws,
    moment_draws,
    noisy_draws,
    walk_draws,
)
from numerics.weightnorm.generalization.trials import Outcomes, trained_outcomes
from verify.weightnorm.generalization.cases import DrawCase

__all__ = ["Setting", "of_outcomes", "settings"]

_DELTA = 0.05
_POINTS = 2000
_PEELED = ("twice", "sqrt_depth", "peeling", "spectral")


@dataclass(frozen=True)
class Setting:
    """Draws of one kind, and the statements that are judged on all of them.

    claims: names after "generalization."; draw: (seed, count) -> independent draws.
    quick: cheap enough for every report; share: of the number of draws asked for.
    """

    words: str
    claims: tuple[str, ...]
    draw: Callable[[int, int], DrawCase]
    quick: bool = False
    share: float = 1.0


def _case(columns: Mapping[str, Tensor | float], count: int, words: str) -> DrawCase:
    parts = {
        name: torch.as_tensor(value, dtype=torch.float64).expand(count).clone()
        for name, value in {"delta": _DELTA, "doubt": 0.0, "J": 1.0, **columns}.items()
    }
    return DrawCase(parts=parts, origin="drawn", label=words)


def of_outcomes(found: Outcomes, words: str) -> DrawCase:
    """Draws of which no more is known than what was true and what was claimed."""
    return _case(_columns(found), len(found.truth), words)


def _columns(found: Outcomes) -> dict[str, Tensor | float]:
    return {
        "truth": found.truth,
        "sample": found.empirical,
        "doubt": found.doubt,
        "n": float(found.n),
        "delta": found.delta,
        "U": found.certified,
        "K": 1.0,
        "R2": 1.0,
    }


def _column(found: Outcomes, read: Callable[[Certificate], float]) -> Tensor:
    return torch.tensor([read(c) for c in found.certificates], dtype=torch.float64)


def _trained(
    population: Population, method: str, depth: int, n: int, rho: float | None, width: int,
    words: str, seed: int, count: int,
) -> DrawCase:  # fmt: skip
    found = trained_outcomes(
        population, depth=depth, n=n, draws=count, seed=seed, method=method, rho=rho, width=width,
        steps=60 if width < 16 else 120,
    )  # fmt: skip
    read = partial(_column, found)
    columns: dict[str, Tensor | float] = _columns(found) | {
        "L": float(depth),
        "J": read(lambda c: c.choices),
        "nu1": read(lambda c: c.nu1),
        "nu": found.beside["nu"],
        "S": found.beside["spectral"],
        "bits": 32.0 * found.beside["parameters"],
        "error": found.beside["error"],
        "sample_error": found.beside["sample_error"],
    }
    columns |= {
        name: read(lambda c, key=key: c.details[key])  # type: ignore[misc]
        for name, key in _DETAILS[method].items()
    }
    if method == "margin":
        columns["gamma"] = read(lambda c: c.margin or 0.0)
    if method == "square":
        columns["Y"] = 1.0
    if method == "linear":
        columns["D"] = read(lambda c: c.complexity * c.n)
    return _case(columns, count, words)


#: symbol -> entry of the certificate's details
_DETAILS: dict[str, dict[str, str]] = {
    "margin": {},
    "square": {"nu1": "scale", "M": "f_bound", "r_loss": "range"},
    "vote": {"N": "votes", "D": "divergence per vote", "fair": "derandomization"},
    "linear": {"fair": "derandomization"},
}
_CLAIMS = {
    "margin": ("margin", "margin_error", "certificate", "competitor.twice",
               "competitor.parameters", "competitor.spectral"),
    "square": ("square", "certificate"),
    "vote": ("vote", "certificate"),
    "linear": ("linear", "certificate"),
}  # fmt: skip


def _of_training(
    method: str, depth: int, n: int, population: Population, *, rho: float | None = None,
    quick: bool = False, width: int = 16, share: float = 1.0,
) -> Setting:  # fmt: skip
    chosen = "rho after training" if rho is None else f"rho = {rho:g}"
    what = f"{chosen}, " if method == "margin" else ""
    words = f"{method}, L = {depth}, n = {n}, {what}{population.description}"
    draw = cache(partial(_trained, population, method, depth, n, rho, width, words))
    return Setting(words, _CLAIMS[method], draw, quick, share)


def _of_memory(n: int, depth: int, dimension: int | None, *, quick: bool = False) -> Setting:
    """rho = sqrt n; without a dimension no input repeats, and every draw is the same."""
    rho = math.sqrt(n)
    words = f"memorizer, L = {depth}, n = {n:g}, d = {dimension or 'infinite'}"

    def draw(seed: int, count: int) -> DrawCase:
        if dimension is None:
            found = memorizer(n, depth=depth, rho=rho, draws=count)
        else:
            found = finite_memorizer(
                n, depth=depth, rho=rho, dimension=dimension, draws=count, seed=seed
            )
        more = {"L": float(depth), "nu1": rho, "nu": rho, "gamma": 1.0}
        spectral = {"S": rho * (depth + 1.0) ** 1.5}
        return _case(_columns(found) | more | spectral, count, words)

    names = ("margin", "certificate", *(f"competitor.{name}" for name in _PEELED))
    return Setting(words, names, cache(draw), quick)


def _moments(seed: int, count: int) -> DrawCase:
    found = moment_draws(50, draws=count, seed=seed)
    return _case({**found, "n": 50.0, "xi": 1.0}, count, "second moment")


def _walks(seed: int, count: int) -> DrawCase:
    found = walk_draws(60, chance=0.1, draws=count, seed=seed)
    return _case({"truth": found["truth"], "Z": found["sample"], "n": 60.0}, count, "signed sum")


def _held_out(seed: int, count: int) -> DrawCase:
    return _case(held_out_draws(100, rate=0.1, draws=count, seed=seed), count, "held out")


def _noisy(seed: int, count: int) -> DrawCase:
    n, d, size, sigma = 50, 200, 3.0, 1.0
    found = noisy_draws(n, d=d, size=size, sigma=sigma, draws=count, seed=seed)
    more = {"n": float(n), "T": size, "sigma": sigma, "fair": 1.0}
    return _case({**found, **more}, count, "a random half-space")


def _classes(n: int, k: int, seed: int, count: int) -> DrawCase:
    rho = math.sqrt(n)
    found = class_memorizer(n, classes=k, rho=rho, dimension=10_000, draws=count, seed=seed)
    known = {"lam": float(found["top"].mean()) + 0.02, "k": float(k), "L": 1.0, "K": 1.0}
    size = {"nuV": math.sqrt(k), "gamma": math.sqrt(k) / rho, "n": float(n)}
    known |= {"nu1": 1.0 / math.sqrt(k), "R2": 1.0}
    return _case({**found, **known, **size}, count, f"memorizer of {k} classes")


@cache
def settings() -> tuple[Setting, ...]:
    """Everything that is drawn; the quick ones first."""
    few, few_noisy = random_labels(500, 20, seed=7), teacher(500, 20, flip=0.1, seed=7)
    noise, noisy = random_labels(_POINTS, 20, seed=7), teacher(_POINTS, 20, flip=0.1, seed=7)
    easy = teacher(_POINTS, 3, flip=0.0, seed=7)
    make = _of_training
    return (
        _of_memory(100, 1, 10_000, quick=True),
        _of_memory(100, 8, 10_000, quick=True),
        _of_memory(10**6, 1, None, quick=True),
        make("margin", 2, 40, few, rho=3.0, quick=True, width=8),
        make("margin", 1, 100, easy, quick=True, width=8),
        make("square", 1, 60, few_noisy, quick=True, width=8),
        make("vote", 1, 60, few_noisy, quick=True, width=8),
        make("linear", 1, 60, few_noisy, quick=True, width=8),
        Setting("memorizer of 3 classes, n = 100", ("classes", "classes_by_rows"),
                cache(partial(_classes, 100, 3)), True),
        Setting("inputs of norm 0 or 1, n = 50", ("second_moment",), _moments, True, 20.0),
        Setting("inputs 0 or 1 on the line, n = 60", ("signed_sum",), _walks, True, 10.0),
        Setting("errors at rate 0.1 on 100 pairs", ("held_out",), _held_out, True, 20.0),
        Setting("noisy half-space, n = 50, d = 200", ("competitor.gibbs",), _noisy, True),
        _of_memory(100, 1, 400),
        _of_memory(400, 2, 10_000),
        _of_memory(10**6, 16, None),
        *(make("margin", depth, n, population, rho=rho)
          for population in (noise, noisy)
          for depth, n, rho in ((1, 100, 5.0), (2, 100, 5.0), (4, 100, 5.0), (1, 200, 7.0),
                                (1, 100, 9.5))),
        make("margin", 2, 600, easy),
        make("vote", 1, 600, easy), make("vote", 2, 600, easy),
        make("linear", 1, 600, easy), make("linear", 3, 100, noisy),
        make("square", 1, 100, noisy), make("square", 2, 100, noise),
    )  # fmt: skip
