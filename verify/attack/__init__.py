"""The attack: an adversarial search for a case on which a claim fails."""

from typing import TYPE_CHECKING

from numerics.lazy import lazy_door
from verify.errors import VerifyError

if TYPE_CHECKING:
    from verify.attack.engine import attack, attack_spaces
    from verify.attack.result import AttackResult, Budget, Progress

__all__ = ["AttackResult", "Budget", "Progress", "attack", "attack_spaces"]

lazy_door(__name__, VerifyError)
