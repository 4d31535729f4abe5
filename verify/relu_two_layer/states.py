"""One network on one data set: quantities and symbols of M1 to M5."""

from __future__ import annotations

import math

from bounds.relu_two_layer import NOTATION
from numerics import Enclosure
from numerics.relu_two_layer import (
    eigenvalues,
    input_norm,
    kernels,
    largest_eigenvalue,
    plain_kernel,
    radial_defect,
)
from numerics.relu_two_layer.balls import Ball, between, exact
from numerics.relu_two_layer.dense import jacobian_gram
from numerics.relu_two_layer.forward import Sweep
from numerics.relu_two_layer.kernels import active_gram, gram
from numerics.relu_two_layer.state import State, outputs, state, times
from verify.quantity import Quantity
from verify.relu_two_layer.cases import StateCase
from verify.relu_two_layer.reading import Symbols, enclosed, flat, quantity
from verify.relu_two_layer.shared import remembered

__all__ = ["QUANTITIES", "SYMBOLS", "state_of"]

_LATEX = NOTATION.quantities


@remembered
def state_of(case: StateCase) -> State:
    return state(case.network, case["x"], case["y"])


@remembered
def _kernels(case: StateCase) -> tuple[Enclosure, Enclosure]:
    found = kernels(case.network, case["x"])
    return found.tangent, found.gain


def _swept(case: StateCase) -> Sweep:
    return state_of(case).swept


def _gain_sum(case: StateCase) -> Enclosure:
    swept = _swept(case)
    by_gain = swept.features * exact(swept.c).unsqueeze(-2)
    by_gain = by_gain / exact(math.sqrt(swept.m), like=by_gain)
    return enclosed(times(by_gain, exact(swept.g)))


def _product(case: StateCase, weighted: bool) -> Enclosure:
    swept = _swept(case)
    left = swept.features
    if weighted:
        left = left * swept.rho.square().unsqueeze(-2)
    return flat(enclosed(left @ swept.features.mT / exact(float(swept.m), like=left)))


def _power(case: StateCase) -> Enclosure:
    here = state_of(case)
    return enclosed((here.r * outputs(here.swept.features, here.swept)).sum(-1))


def _ratios(case: StateCase) -> Ball:
    return _swept(case).rho.abs()


def _least_ratio(case: StateCase) -> Enclosure:
    rho = _ratios(case)
    return enclosed(between(rho.lower.amin(-1).clamp_min(0.0), rho.upper.amin(-1)))


QUANTITIES: tuple[Quantity, ...] = (
    quantity(
        "tangent_entry", "(JJ^T)_{ij}", "pair",
        lambda case: flat(jacobian_gram(case.network, case["x"])),
    ),
    quantity(
        "radial", r"\langle u_k,\nabla_{v_k}\mathcal{L}\rangle", "unit",
        lambda case: radial_defect(case.network, case["x"], case["y"]),
    ),
    quantity("gain_sum", r"\sum_k g_k\partial f_i/\partial g_k", "input", _gain_sum),
    quantity(
        "gain_power", r"\langle g,\nabla_g\mathcal{L}\rangle", "data",
        lambda case: enclosed((state_of(case).by_g * exact(case["g"])).sum(-1)),
    ),
    quantity(
        "tangent_norm", r"\|\Lambda\|", "data", lambda case: largest_eigenvalue(_kernels(case)[0])
    ),
    quantity("gain_norm", r"\|G\|", "data", lambda case: largest_eigenvalue(_kernels(case)[1])),
    quantity(
        "tangent_eigenvalue", r"\lambda_j(\Lambda)", "eigenvalue",
        lambda case: eigenvalues(_kernels(case)[0]),
    ),
)  # fmt: skip

SYMBOLS: Symbols = {
    "n": ("data", lambda case: case.length("n")),
    "d": ("data", lambda case: case.length("d")),
    "m": ("data", lambda case: case.length("m")),
    "chi": ("data", lambda case: input_norm(case["x"])),
    "rho_min": ("data", _least_ratio),
    "rho_max": ("data", lambda case: enclosed(_ratios(case).maximum(-1))),
    "x_ij": ("pair", lambda case: flat(enclosed(gram(_swept(case))))),
    "e_ij": ("pair", lambda case: flat(
        enclosed(active_gram(_swept(case), _swept(case).rho.square())))),
    "w_ij": ("pair", lambda case: _product(case, True)),
    "s_ij": ("pair", lambda case: _product(case, False)),
    "f_i": ("input", lambda case: enclosed(state_of(case).f)),
    "power": ("data", _power),
    "h_j": ("eigenvalue", lambda case: eigenvalues(plain_kernel(case.network, case["x"]))),
}  # fmt: skip
