"""One unit away, by the bits of a float: what nextafter gives, for every float there is."""

import math

import torch

from verify.perturbation import Arithmetic, _Roundings

MOST = torch.finfo(torch.float64).max
SPECIAL = [
    0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, -2.2250738585072014e-308,
    1.0, -1.0, 2.0, -0.5, 1e-310, MOST, -MOST, math.inf, -math.inf, math.nan,
]  # fmt: skip


def roundings(seed: int) -> _Roundings:
    return _Roundings(Arithmetic(), seed, 1, noting=False, snap=None, given=False)


def population() -> torch.Tensor:
    draw = torch.Generator().manual_seed(3)
    bits = torch.randint(-(2**62), 2**62, (2000,), generator=draw) * 2
    return torch.cat([torch.tensor(SPECIAL * 40, dtype=torch.float64), bits.view(torch.float64)])


def test_a_step_of_one_unit_is_the_next_float_on_the_drawn_side():
    values, seed = population(), 7
    moved = roundings(seed)._moved(values)
    sign = roundings(seed)._sign(values)
    outward = torch.copysign(torch.ones_like(values), values)
    away = torch.where(values == 0, outward, sign)
    expected = torch.nextafter(values, torch.inf * away)
    expected = torch.where(values.isfinite(), expected, values)
    assert torch.equal(moved.nan_to_num(), expected.nan_to_num())
    assert torch.equal(moved.signbit(), expected.signbit())
    assert torch.equal(moved.isnan(), values.isnan())


def test_zeros_move_away_from_zero_and_keep_their_sign():
    moved = roundings(1)._moved(torch.tensor([0.0, -0.0], dtype=torch.float64))
    assert moved.tolist() == [5e-324, -5e-324]


def test_parts_of_larger_tensors_move_too():
    values = torch.arange(12, dtype=torch.float64).reshape(3, 4).mT[::2]
    moved = roundings(1)._moved(values)
    assert moved.shape == values.shape
    assert not torch.equal(moved, values)
    assert torch.allclose(moved, values, rtol=1e-15, atol=1e-300)
