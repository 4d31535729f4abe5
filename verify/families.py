"""The families that there are, and what the engine finds in each.

A family is one theorem family: a folder of the same name in `bounds`, `numerics` and `verify`.
`bounds.families.FAMILIES` is the one table of names; a package of somebody else's joins by the
entry-point group `plumbline.families`. `verify.<name>.FAMILY` is what this file collects.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bounds
from bounds.families import packages
from verify.case import Case
from verify.errors import VerifyError
from verify.subject import Subject

if TYPE_CHECKING:
    from verify.claim import Claim
    from verify.probability import Trial

__all__ = [
    "Control",
    "Family",
    "Registry",
    "all_claims",
    "all_controls",
    "all_trials",
    "default_subject",
    "families",
    "matching",
    "named",
    "sampled_subject",
    "selected",
    "subject_of_kind",
]


@dataclass(frozen=True, eq=False)
class Control:
    """A negative control: a claim that is wrong on purpose, and which right one it was made from.

    mistake: what was spoilt, in words. A verifier that cannot refute it is worth nothing.
    trial: the draws of its adversary, where the claim has a probability.
    """

    name: str
    base: str
    mistake: str
    claim: Claim
    trial: Trial | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Family:
    """Everything of one theorem family that the engine uses.

    Attributes:
        name: of its folder. title: for readers. notation: of its bounds.
        subjects: what its claims are about.
        claims: makes its shipped claims, by name. controls: makes its negative controls.
        trials: makes the trials of its claims that hold with a probability; `claims` has none of
            these, because a single case says nothing about them.
        sections: makers of what the report shows beside the rows of claims.
        witnesses: package whose folder `witnesses` holds those of tightness, "" for none.
        own_subject: (sampler, conditions, symbols) -> the subject of a user's claim about samples.
        saved_run: (folder, folder of data) -> cases of a training run that the family saved.
    """

    name: str
    title: str
    notation: bounds.Notation
    subjects: tuple[Subject, ...]
    claims: Callable[[], Mapping[str, Claim]]
    controls: Callable[[], tuple[Control, ...]] = tuple
    trials: Callable[[], tuple[Trial, ...]] = tuple
    sections: tuple[Callable[[Any], Any], ...] = field(default=())
    witnesses: str = ""
    own_subject: Callable[[Any, Sequence[Any], Sequence[Any]], Subject] | None = None
    saved_run: Callable[[Path, Path | None], Iterator[Case]] | None = None


@functools.cache
def families() -> tuple[Family, ...]:
    """All families, in the order of the table; each is loaded once.

    Returns
    -------
    tuple of Family

    Examples
    --------
    >>> import verify
    >>> verify.families()[0].name
    'weightnorm'
    """
    return tuple(package.FAMILY for package in packages("verify").values())


def subjects() -> Iterator[Subject]:
    """Every subject of every family."""
    for family in families():
        yield from family.subjects


def subject_of_kind(kind: str) -> Subject:
    """The subject that files and options call `kind`.

    Raises:
        VerifyError: there is none.
    """
    known = {subject.kind: subject for subject in subjects()}
    if kind not in known:
        raise VerifyError("kind", repr(kind), "one of " + ", ".join(known))
    return known[kind]


def default_subject() -> Subject:
    """What a user's claim is about unless it says otherwise: the first subject of the table."""
    return next(subjects())


def sampled_subject(sampler: Any, where: Sequence[Any], symbols: Sequence[Any]) -> Subject:
    """What a user's claim with a sampler of its own is about, by the first family that knows.

    Raises:
        VerifyError: no family does.
    """
    for family in families():
        if family.own_subject is not None:
            return family.own_subject(sampler, where, symbols)
    raise VerifyError("sampler", "a sampler", "a subject (no family makes one from a sampler)")


def all_claims() -> dict[str, Claim]:
    """All shipped claims, of every family.

    Returns
    -------
    dict of str to Claim
        By name.

    Examples
    --------
    >>> import verify
    >>> verify.claims()["hessian.closed"].bound.quantity
    'hessian_norm'
    """
    return {name: claim for family in families() for name, claim in family.claims().items()}


def all_controls() -> tuple[Control, ...]:
    """All negative controls."""
    return tuple(control for family in families() for control in family.controls())


def all_trials() -> tuple[Trial, ...]:
    """Every claim with a probability, on each distribution that its family tries it on."""
    return tuple(trial for family in families() for trial in family.trials())


@dataclass(frozen=True)
class Registry:
    """Where a command finds claims and controls by name: the shipped ones, or a caller's own."""

    claims: Callable[[], Mapping[str, Claim]] = all_claims
    controls: Callable[[], Sequence[Control]] = all_controls
    trials: Callable[[], Sequence[Trial]] = tuple


def named(name: str, known: Mapping[str, Claim]) -> Claim:
    """The claim of that name.

    Raises:
        VerifyError: there is none.
    """
    if name not in known:
        raise VerifyError("claim", repr(name), "one of " + ", ".join(known))
    return known[name]


def selected(pattern: str | None, known: Mapping[str, Claim], option: str) -> dict[str, Claim]:
    """The claims whose name contains or matches `pattern` (shell wildcards allowed).

    A corollary, the same formula with values put in, would only repeat the figures of the general
    statement it was made from: it is left out where that one is among the chosen.

    Raises:
        VerifyError: nothing matches.
    """
    chosen = {name: known[name] for name in matching(pattern, known, option)}
    return {n: c for n, c in chosen.items() if c.bound.parent not in chosen}


def matching(pattern: str | None, names: Iterable[str], option: str) -> list[str]:
    """The names that contain or match `pattern`; all of them without one.

    Raises:
        VerifyError: nothing matches; says which names come nearest.
    """
    known = list(names)
    if not pattern:
        return known
    found = [name for name in known if pattern in name or fnmatch(name, pattern)]
    if not found:
        shown = get_close_matches(pattern, known, n=5, cutoff=0.0)
        text = f"part of one of {len(known)} names, or a shell pattern"
        raise VerifyError(option, repr(pattern), f"{text}; nearest: {', '.join(shown)}")
    return found
