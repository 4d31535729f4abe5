"""What `certify` returns: the certified value with every part it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Certificate:
    """With probability >= 1 - delta over the iid sample: the population value of `loss` <= value.

    value: the certified value, cut at the largest value of the loss; bound: before that cut.
    empirical, complexity, confidence: the parts. In G3, G4, G7 the bound is their sum. In G8, G9 it
        is kl^(-1)(empirical, complexity + confidence) / derandomization, the last in `details`.
    choices: K, how many alternatives the union covers; covers: which.
    nu1, rho, margin: nu1 = ||v||_1/sqrt(m), rho = kappa nu1/gamma, gamma; None where not used.
    trivial: what is certified without any network (the majority, or the mean), measured on the
        same sample and for comparison only.
    input_map, network: provenance in words. details: numbers that belong to one statement.
    Assumed, not checked: the sample is iid and nothing but `covers` was chosen by looking at it.
    """

    statement: str
    loss: str
    value: float
    bound: float
    empirical: float
    complexity: float
    confidence: float
    delta: float
    n: int
    choices: int
    covers: tuple[str, ...]
    nu1: float
    rho: float | None
    margin: float | None
    trivial: float
    input_map: str
    network: str
    details: dict[str, float] = field(default_factory=dict)

    @property
    def vacuous(self) -> bool:
        """Whether the trivial predictor's value on the sample is at least as good."""
        return self.value >= self.trivial

    def __str__(self) -> str:
        parts = [
            f"{self.loss} <= {self.value:.4f} with probability {1 - self.delta:g}"
            f" ({self.statement})",
            f"  empirical {self.empirical:.4f}, complexity {self.complexity:.4f}, "
            f"confidence {self.confidence:.4f}, n = {self.n}",
            f"  nu1 = {self.nu1:.4g}"
            + _optional("rho", self.rho)
            + _optional("margin", self.margin),
            f"  union over K = {self.choices}: {', '.join(self.covers)}",
            f"  network: {self.network}",
            f"  input map: {self.input_map}",
            f"  trivial {self.trivial:.4f}" + (", so vacuous" if self.vacuous else ""),
        ]
        return "\n".join(parts)


@dataclass(frozen=True)
class HeldOut:
    """Errors on data that had no part in training or choice, and exact intervals for their rate.

    upper: with probability >= 1 - delta the true rate is below (one-sided); interval: two-sided at
    the same delta (Clopper and Pearson 1934). Exact for iid data not used in any way before.
    """

    errors: int
    n: int
    delta: float
    upper: float
    interval: tuple[float, float]

    @property
    def rate(self) -> float:
        return self.errors / self.n


def _optional(name: str, value: float | None) -> str:
    return "" if value is None else f", {name} = {value:.4g}"
