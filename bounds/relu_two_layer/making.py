"""How a statement of this family is written down: one short call."""

from __future__ import annotations

from typing import Any

import sympy as sp

from bounds.relu_two_layer.symbols import NOTATION
from bounds.statement import Assumption, Bound, Source

__all__ = ["stated"]

_PAPER, _VERSION = "[DGM20]", "arXiv 2006.06878"


def stated(
    name: str,
    tag: str,
    quantity: str,
    expression: Any,
    needs: tuple[Assumption, ...] = (),
    uses: tuple[str, ...] = (),
    **changes: Any,
) -> Bound:
    """The statement `relu.NAME` on `relu.QUANTITY`, with its tag; steps and facts by short name."""
    return Bound(
        name=f"relu.{name}",
        quantity=f"relu.{quantity}",
        expression=sp.sympify(expression),
        assumptions=needs,
        source=Source(_PAPER, _VERSION, "", f"ReLU {tag}"),
        uses=tuple(_whole(used) for used in uses),
        notation=NOTATION,
        **changes,
    )


_SHARED = ("rayleigh", "cauchy_schwarz_inequality", "chain_rule", "pythagoras", "frobenius")


def _whole(used: str) -> str:
    if used.startswith("~"):
        return used[1:]
    return used if used in _SHARED or used.startswith("relu.") else f"relu.{used}"
