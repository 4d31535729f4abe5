"""The witness families against their bounds, by depth and width.

`python -m verify.weightnorm.depth_table` prints the table.

Every entry is (certified lower end of the truth)/(the bound of the catalogue) on the construction
of T22, T23, T25, T27 or T31 (`numerics.weightnorm.witnesses`), or T33 (`scale_family`, whose widths
are given by the depth). Curved ones use `soft_corner`, for
which K = sup|phi'| = 1 and beta = sup|phi''| = 1 by construction.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bounds
import numerics
from numerics.weightnorm.scale_family import ScaleFamily
from numerics.weightnorm.witnesses import (
    Shape,
    Witness,
    bend_witness,
    gradient_witness,
    input_curvature_witness,
    jacobian_witness,
    mixed_witness,
)
from verify.errors import VerifyError

__all__ = ["COLUMNS", "Column", "main", "rows"]

_OMEGA, _NU = 0.5, 3.0


@dataclass(frozen=True)
class Column:
    """One family: what it is called, the least depth it exists at, and its ratio to the bound."""

    name: str
    least: int
    ratio: Callable[[int, int], float]


def _bound(name: str, L: int, m: int, nu: float, omega: float, beta: float) -> float:
    bound = bounds.get(name)
    values = {"L": L, "m": m, "m_min": m, "m_max": m, "omega": omega, "nu": nu, "xi": 1.0,
              "K": 1.0, "beta": beta, "p": 0.5}  # fmt: skip
    return float(bound.evaluate(**{s: values[s] for s in bound.symbols}))


def _second(found: Witness) -> float:
    if found.direction is None:
        raise VerifyError("witness", "no direction", "one that attains along a direction")
    form = numerics.second_directional_derivative(found.network, found.x, found.direction)
    return float(form.lower)


def _gradient(L: int, m: int) -> float:
    found = gradient_witness(Shape(L, m, nu=_NU, omega=_OMEGA))
    truth = numerics.gradient_norm(found.network, found.x)
    return float(truth.lower) / _bound("gradient.phi0_zero", L, m, _NU, _OMEGA, 0.0)


def _first_order(L: int, m: int) -> float:
    """||Hess f|| for nu -> 0, where the Jacobian of T23 is all there is."""
    found = jacobian_witness(Shape(L, m, nu=1e-6, omega=_OMEGA))
    truth = numerics.hessian_norm(found.network, found.x)
    return float(truth.lower) / _bound("hessian.closed.phi0_zero", L, m, 1e-6, _OMEGA, 0.0)


def _mixed(L: int, m: int) -> float:
    """The mixed term against M_L nu/(m omega^2) (T25)."""
    constant = (L / (L - 2)) ** ((L - 2) / 2)
    return (
        _second(mixed_witness(Shape(L, m, nu=_NU, omega=_OMEGA))) * m * _OMEGA**2 / _NU / constant
    )


def _bend(L: int, m: int) -> float:
    """The bend against its part of `hessian.closed` at beta = 1 (T27)."""
    truth = _second(bend_witness(Shape(L, m), corner=1e-4 / L))
    flat, bent = (_bound("hessian.closed.phi0_zero", L, m, 1.0, 1.0, b) for b in (0.0, 1.0))
    return truth / (bent - flat)


def _input(L: int, m: int) -> float:
    found = input_curvature_witness(Shape(L, m), corner=1e-5)
    truth = numerics.input_hessian_norm(found.network, found.x)
    return float(truth.lower) / _bound("input_hessian", L, m, 1.0, 1.0, 1.0)


def _signs(L: int, m: int) -> float:
    """n Rhat/(K^L nu X) of the scale family (widths 200^(2(L-l)), whatever m) against T17."""
    return ScaleFamily.falling_widths(L, 200).floor_ratio() / (math.sqrt(2 * L * math.log(2)) + 1)


COLUMNS = (
    Column("gradient (T22)", 1, _gradient),
    Column("first order (T23)", 2, _first_order),
    Column("mixed (T25)", 4, _mixed),
    Column("bend (T27)", 3, _bend),
    Column("in x (T31)", 1, _input),
    Column("Rademacher (T33)", 1, _signs),
)


def rows(depths: Sequence[int], widths: Sequence[int]) -> list[tuple[int, int, list[float]]]:
    """(L, m, ratio by column); nan where a family does not exist at that depth."""
    return [
        (L, m, [c.ratio(L, m) if c.least <= L else math.nan for c in COLUMNS])
        for L in depths
        for m in widths
    ]


def main(arguments: Sequence[str] | None = None) -> str:
    """The table as text, for the depths and widths that the command line gives."""
    p = argparse.ArgumentParser(prog="python -m verify.weightnorm.depth_table", description=__doc__)
    p.add_argument("--depths", type=int, nargs="+", default=(1, 2, 4, 8, 16, 32, 64))
    p.add_argument("--widths", type=int, nargs="+", default=(2, 16))
    chosen = p.parse_args(arguments)
    lines = ["   L    m " + "".join(f"{c.name:>19}" for c in COLUMNS)]
    for L, m, found in rows(chosen.depths, chosen.widths):
        cells = ("-" if math.isnan(r) else f"{r:.6f}" for r in found)
        lines.append(f"{L:4} {m:4} " + "".join(f"{cell:>19}" for cell in cells))
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    sys.stdout.write(main() + "\n")
