"""Mutation of claims: bounds made wrong by rule, to see whether the attack notices."""

from verify.mutation.equivalent import Comparison, Looseness, compare
from verify.mutation.mutants import Mutant, mutants
from verify.mutation.score import Fate, Outcome, Score, mutation_score

__all__ = [
    "Comparison",
    "Fate",
    "Looseness",
    "Mutant",
    "Outcome",
    "Score",
    "compare",
    "mutants",
    "mutation_score",
]
