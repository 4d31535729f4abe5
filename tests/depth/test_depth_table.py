"""False if the constructions of the depth page miss their bounds, at small depth and at 32."""

from __future__ import annotations

import math

from verify.weightnorm.depth_table import COLUMNS, main, rows


def test_no_witness_exceeds_its_bound_and_the_exact_ones_attain_it():
    names = [column.name for column in COLUMNS]
    for L, m, found in rows((1, 4, 32), (2, 5)):
        table = dict(zip(names, found, strict=True))
        assert all(math.isnan(r) or 0.3 < r <= 1 + 1e-9 for r in found), (L, m, table)
        assert table["gradient (T22)"] > 1 - 1e-9
        assert table["in x (T31)"] > 0.999
        if L > 1:
            assert table["first order (T23)"] > 1 - 1e-5
        if L == 4:
            assert abs(table["mixed (T25)"] - (1 - 0.5 / m)) < 1e-9


def test_the_bends_ratio_rises_with_the_depth():
    found = [row[2][3] for row in rows((4, 16, 64), (4,))]
    assert found == sorted(found)


def test_the_command_prints_a_line_for_each_size():
    assert len(main(["--depths", "2", "4", "--widths", "2"]).splitlines()) == 3
