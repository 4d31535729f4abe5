"""What was left open when the sample was drawn: the finite union that a certificate covers.

A certificate holds for everything in `Choices` at once, so whatever was decided by looking at the
sample must be in it, and the rest must have been fixed before. Not to be counted, because the
class holds them all: seeds, starts, optimizers, steps, and (outer placement) widths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.errors import NumericsError
from numerics.validation import check_count
from numerics.weightnorm.generalization.complexity import odd_factor, symmetrization_constant
from numerics.weightnorm.generalization.directed import up
from numerics.weightnorm.generalization.maps import InputMap, unit_sphere
from numerics.weightnorm.generalization.norms import Symmetry, kappa_above, symmetry_of
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.network import Placement, WeightNormNetwork

RATIO = 1.2  # of neighbouring points of the default grids
SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0)
VOTES = (5, 9, 15, 25, 41, 65, 101, 161, 251, 401, 601, 1001)


@dataclass(frozen=True, eq=False)
class NetworkClass:
    """All networks of one activation, placement and depth, over all weights (and widths).

    widths: hidden widths (m_1, ..., m_L), or None for every width. With the outer placement every
    width is one class. With the inner one G2 fails for all widths at once (the functions
    sqrt(m) phi(t/sqrt(m)) differ, and contraction needs one), so G3 and G4 ask for the widths.
    symmetry: "odd" or "vanishing" for an activation of one's own, on one's own word.
    """

    activation: Activation
    placement: Placement
    depth: int
    widths: tuple[int, ...] | None = None
    symmetry: Symmetry | None = None

    @staticmethod
    def of(network: WeightNormNetwork) -> NetworkClass:
        """The class of this network; with it you say that depth (and widths) were fixed before."""
        outer = network.placement == "outer"
        widths = None if outer else network.widths[1:]
        return NetworkClass(network.activation, network.placement, network.depth, widths)

    def holds(self, network: WeightNormNetwork) -> bool:
        """Whether the network is in this class; activations are compared by identity."""
        return (
            network.activation is self.activation
            and network.placement == self.placement
            and network.depth == self.depth
            and self.widths in (None, network.widths[1:])
        )

    def gain(self) -> float:
        """kappa, times sqrt(2 L log 2) + 1 for activations that are not odd (T17, T18)."""
        factor = odd_factor(self.depth, odd=self.is_odd())
        return up(kappa_above(self.activation, self.depth) * factor, 1)

    def is_odd(self) -> bool:
        """Whether phi is odd; NumericsError for an activation of which nothing is known."""
        return (self.symmetry or symmetry_of(self.activation)) == "odd"

    def describe(self) -> str:
        """The class in words."""
        widths = "all widths" if self.widths is None else f"widths {self.widths}"
        return f"{self.activation.name}, {self.placement}, depth {self.depth}, {widths}"


@dataclass(frozen=True, eq=False)
class Choices:
    """Everything a certificate covers at once; see `choices` to build one.

    rho: grid of kappa nu1/gamma (G3). scales: grid of kappa nu1 (G4). votes: (N, k) of G8.
    pairs: (mu, tau) of G9. priors: None for the one made from no data, or fitted on a pilot.
    others: the number of any further alternatives (losses, label codings, ...).
    """

    classes: tuple[NetworkClass, ...]
    maps: tuple[InputMap, ...]
    rho: tuple[float, ...]
    scales: tuple[float, ...]
    votes: tuple[tuple[int, int], ...]
    pairs: tuple[tuple[float, float], ...]
    priors: tuple[Prior | None, ...]
    others: int

    def count(self, *parts: str) -> tuple[int, tuple[str, ...]]:
        """K = product of the sizes of these fields and `others`, and what they are in words."""
        sizes = [(part, len(getattr(self, part))) for part in parts]
        total = math.prod(size for _, size in sizes) * self.others
        words = tuple(f"{size} {_WORDS[part]}" for part, size in sizes)
        return total, (*words, f"{self.others} others") if self.others > 1 else words


_WORDS = {
    "classes": "network classes",
    "maps": "input maps",
    "rho": "values of rho",
    "scales": "values of kappa nu1",
    "votes": "votes (N, k)",
    "pairs": "pairs (mu, tau)",
    "priors": "priors",
}


def choices(
    n: int,
    *classes: NetworkClass | WeightNormNetwork,
    maps: tuple[InputMap, ...] | None = None,
    rho: tuple[float, ...] | None = None,
    scales: tuple[float, ...] = (1.0,),
    votes: tuple[tuple[int, int], ...] | None = None,
    pairs: tuple[tuple[float, float], ...] | None = None,
    priors: tuple[Prior | None, ...] = (None,),
    others: int = 1,
) -> Choices:
    """Choices for a sample of size n; a network among `classes` stands for its class.

    Defaults depend on n alone: rho on the grid 1.2^j up to sqrt(n)/c_n, beyond which G3 says
    nothing; votes and pairs on fixed lists. maps: default the normalization x/||x||.
    Raises NumericsError for empty lists, values out of range and classes that repeat.
    """
    check_count(n, "n")
    found = tuple(NetworkClass.of(c) if isinstance(c, WeightNormNetwork) else c for c in classes)
    result = Choices(
        classes=found,
        maps=(unit_sphere(),) if maps is None else maps,
        rho=rho_grid(n) if rho is None else rho,
        scales=scales,
        votes=vote_list() if votes is None else votes,
        pairs=pair_list(n) if pairs is None else pairs,
        priors=priors,
        others=check_count(others, "others"),
    )
    _check(result)
    return result


def network_class(
    activation: str | Activation, placement: Placement, depth: int, **more: object
) -> NetworkClass:
    """A class by the activation's name or object; see `NetworkClass` for widths and symmetry."""
    return NetworkClass(find_activation(activation), placement, check_count(depth, "depth"), **more)  # type: ignore[arg-type]


def rho_grid(n: int, ratio: float = RATIO) -> tuple[float, ...]:
    """ratio^j for j = 0, 1, ... up to sqrt(n)/c_n, at least the point 1 (G6)."""
    if not ratio > 1.0:
        raise NumericsError(argument="ratio", found=repr(ratio), accepted="a number above 1")
    top = math.sqrt(n) / symmetrization_constant(n)
    count = max(0, math.floor(math.log(max(top, 1.0)) / math.log(ratio)))
    return tuple(ratio**j for j in range(count + 1))


def vote_list() -> tuple[tuple[int, int], ...]:
    """(N, k): N odd, k the integer below N/2 + tau sqrt(N)/2 for tau in 0, 1/2, ..., 2."""
    pairs = {(n, min(n - 1, int((n + t * math.sqrt(n)) / 2))) for n in VOTES for t in SHIFTS}
    return tuple(sorted(pairs))


def pair_list(n: int, ratio: float = RATIO) -> tuple[tuple[float, float], ...]:
    """(mu, tau): mu = ratio^j up to 2 sqrt(n), where mu^2/(2n) = 2, and tau in 0, 1/2, ..., 2."""
    count = math.floor(math.log(2.0 * math.sqrt(n)) / math.log(ratio))
    return tuple((ratio**j, tau) for j in range(count + 1) for tau in SHIFTS)


def _check(found: Choices) -> None:
    for name in _WORDS:
        entries = getattr(found, name)
        if not isinstance(entries, tuple) or not entries:
            raise NumericsError(argument=name, found=repr(entries), accepted="a non-empty tuple")
    for name in ("rho", "scales"):
        if not all(0.0 < value < math.inf for value in getattr(found, name)):
            raise NumericsError(
                argument=name, found=str(getattr(found, name)), accepted="finite numbers > 0"
            )
    if not all(0 <= k < count for count, k in found.votes):
        raise NumericsError(argument="votes", found=str(found.votes), accepted="0 <= k < N")
    if not all(mu > 0.0 for mu, _ in found.pairs):
        raise NumericsError(argument="pairs", found=str(found.pairs), accepted="mu > 0")
