"""The attack: an adversarial search for a case on which a claim fails."""

from verify.attack.engine import attack, attack_spaces
from verify.attack.result import AttackResult, Budget, Progress

__all__ = ["AttackResult", "Budget", "Progress", "attack", "attack_spaces"]
