"""Powers of two that bring every scalar of a Hessian form near 1 or below (`weightnorm.guarded`).

With y^(l-1) and gdot^l counted in units of 2^reach_l and the form in units of 2^form, a change of
units is exact:
    gain 2^-reach_l,  slope 2^(reach_l - reach_(l+1)),  bend 2^(2 reach_l - form),
    radial and own 2^-form,  link 2^(reach_l - form);       reach_(L+1) = form,
because ||alphadot^L|| enters the form as a factor of u. reach_l is chosen as large as gdot^l can
become and `form` as large as the largest term, errors included. Any choice would be correct.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.scaling import NOTHING, Shift, exponents, settled
from numerics.weightnorm.curvature.scalars import Scalars
from numerics.weightnorm.sweeps import Layer, Trace


def balancing_shifts(
    swept: Trace, values: list[Scalars], errors: list[Scalars]
) -> tuple[list[Scalars], Shift]:
    """Exponents (Q, m) to shift each layer's scalars by, and the form's unit (Q,).

    Nothing ([], None) for an unscaled sweep.
    """
    if swept.v_shift is None:
        return [], None
    sizes = [
        value.with_other(error, lambda a, b: exponents(a.abs() + b))
        for value, error in zip(values, errors, strict=True)
    ]
    missing = [_missing(layer, swept.v_shift) for layer in swept.layers]
    true = [a.with_other(b, torch.add) for a, b in zip(sizes, missing, strict=True)]
    reaches, form = _reaches(true)
    shifts = []
    for l, taken in enumerate(missing):
        reach = reaches[l]
        after = reaches[l + 1] if l + 1 < len(missing) else form
        moves = reach > NOTHING // 2  # else gdot is exactly 0 and what multiplies it is dropped
        dead = torch.full_like(reach, NOTHING)
        reach, after = settled(reach), settled(after)
        shifts.append(
            Scalars(
                gain=taken.gain - reach,
                slope=taken.slope + torch.where(moves, reach - after, dead),
                bend=taken.bend + torch.where(moves, 2 * reach - form, dead),
                radial=taken.radial - form,
                own=taken.own - form,
                link=taken.link + (torch.where(moves, reach - form, dead) if l > 0 else dead),
            )
        )
    return shifts, form.squeeze(-1)


def _missing(layer: Layer, v_shift: Tensor) -> Scalars:
    """The powers of two that the sweep left out of each scalar, (Q, m)."""
    if layer.turn_shift is None or layer.row_shift is None:
        raise RuntimeError("a scaled sweep has all its exponents")
    turn, rows = layer.turn_shift[:, 0], layer.row_shift
    return Scalars(
        gain=turn,
        slope=torch.zeros_like(turn),
        bend=v_shift.expand_as(turn),
        radial=v_shift + turn - rows,
        own=v_shift + turn - rows,
        link=v_shift - rows,
    )


def _reaches(true: list[Scalars]) -> tuple[list[Tensor], Tensor]:
    """reach_1, ..., reach_L and the form's unit, (Q, 1) each."""
    top = lambda t: t.amax(-1, keepdim=True)  # noqa: E731
    reaches: list[Tensor] = []
    terms: list[Tensor] = []
    y = torch.full_like(top(true[0].gain), NOTHING)
    for l, sizes in enumerate(true):
        reach = torch.maximum(top(sizes.gain), y)
        reaches.append(reach)
        terms += [top(sizes.radial), top(sizes.own), top(sizes.bend) + 2 * reach]
        if l > 0:
            terms.append(top(sizes.link) + reach)
        y = top(sizes.slope) + reach
    return reaches, settled(torch.stack([*terms, y]).amax(0))
