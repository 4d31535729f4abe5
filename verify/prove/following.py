"""What the checker itself would follow, asked before it is put into a certificate."""

from __future__ import annotations

from collections.abc import Mapping

from verify import checker

__all__ = ["limit_is_followed"]

#: low, high (None: infinite), and whether each does not belong, as a certificate has them
Ends = tuple[str | None, str | None, bool, bool]


def limit_is_followed(
    text: str, name: str, end: str | None, sign: int, sides: Mapping[str, Ends]
) -> bool:
    """Whether the checker finds the limit of a formula at an end, and calls it not negative.

    Args:
        text, name: the formula and the variable that goes to the end.
        end: the end's formula; None at infinity (at minus infinity for sign 1).
        sign: 1 where the end is the lower one, -1 where it is the upper one.
        sides: where the variables lie.
    """
    proof = checker.loaded("prove/recheck.py")
    found = {n: (proof.boxes.end(s[0]), proof.boxes.end(s[1]), *s[2:]) for n, s in sides.items()}
    box = {n: proof.Side(*side) for n, side in found.items()}
    work = proof.Proof(box, frozenset())
    try:
        work.limit(proof.tree.parse(text, box), box, name, proof.boxes.end(end), sign)
    except (ValueError, ArithmeticError, RecursionError, checker.Rejected):
        return False
    return True
