"""The attack: an adversarial search for a network on which a claim fails."""

from verify.attack.architecture import Architecture, architectures
from verify.attack.engine import attack, attack_spaces
from verify.attack.result import AttackResult, Budget, Progress
from verify.attack.space import Point, Space

__all__ = [
    "Architecture",
    "AttackResult",
    "Budget",
    "Point",
    "Progress",
    "Space",
    "architectures",
    "attack",
    "attack_spaces",
]
