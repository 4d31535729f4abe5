"""The attack: an adversarial search for a network on which a claim fails."""

from verify.attack.result import AttackResult, Budget, Progress

__all__ = ["AttackResult", "Budget", "Progress"]
