"""The proof of a bound as a tree: bounds on lemmas, on machine-checked steps, on textbook facts."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from bounds.algebra import Evidence, Status, Step, prove
from bounds.algebra.steps import STEPS
from bounds.condition import Source
from bounds.errors import BoundsError
from bounds.facts import FACTS, Fact
from bounds.families import gather
from bounds.latex import expression_latex
from bounds.textbooks import textbook

__all__ = ["Node", "derivation", "facts", "prove_all", "step_names", "steps", "unproved"]


class Statement(Protocol):
    """What a derivation needs to know of a bound or a lemma."""

    @property
    def name(self) -> str: ...
    @property
    def quantity(self) -> str: ...
    @property
    def source(self) -> Source: ...
    @property
    def uses(self) -> tuple[str, ...]: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def given(self) -> tuple[tuple[str, str], ...]: ...
    def latex(self) -> str:
        """The statement in LaTeX."""


@dataclass(frozen=True, slots=True)
class Node:
    """One statement of a proof.

    kind: "bound", "lemma" (has a left side to measure: `quantity`), "step" (algebra, with
    `evidence` if it was run) or "fact" (of the textbook `source`). `seen`: its proof is already
    printed higher up.
    """

    name: str
    kind: str
    latex: str
    note: str
    children: tuple[Node, ...] = ()
    quantity: str | None = None
    evidence: Evidence | None = None
    seen: bool = False
    source: str = ""

    def walk(self) -> Iterator[Node]:
        """All nodes, this one first, in the order of print."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def standing(self) -> str:
        """Of a leaf, what it rests on: a machine (and how) or a textbook; "" of other nodes."""
        if self.kind == "fact":
            return f"textbook: {self.source}"
        if self.kind != "step":
            return ""
        if self.evidence is None:
            return "by machine, not run here"
        if self.evidence.status is Status.PROVED:
            return f"proved by machine: {self.evidence.method}"
        return f"{self.evidence.status.value}: {self.evidence.method}"

    def line(self) -> str:
        """The node in one line of text."""
        state = f" [{self.standing}]" if self.standing else ""
        again = " (see above)" if self.seen else ""
        return f"{self.name} ({self.kind}){state}: {self.note}{again}"

    def count(self) -> str:
        """The different leaves of the tree by what they rest on, in a sentence."""
        leaves = {n.name: n for n in self.walk() if n.kind in ("step", "fact")}
        steps = [n for n in leaves.values() if n.kind == "step"]
        ways = [n.evidence.method for n in steps if _proved(n) and n.evidence is not None]
        how = ", ".join(f"{ways.count(way)} by {way}" for way in sorted(set(ways)))
        ran = sum(n.evidence is not None for n in steps)
        shown = f"{len(ways)} of {len(steps)} proved by machine" + (f" ({how})" if how else "")
        machine = shown if ran else f"{len(steps)} for a machine, not run here"
        return f"{len(leaves)} leaves: {machine}, {len(leaves) - len(steps)} from textbooks"

    def __str__(self) -> str:
        text = "\n".join(_text(self, "", ""))
        return f"{text}\n{self.count()}" if self.children else text

    def __repr__(self) -> str:
        """Its own line and what the proof rests on; `print` shows the tree."""
        return f"{self.line()}\n{self.count()}" if self.children else self.line()

    def _repr_html_(self) -> str:
        """The tree, folded below its first level."""
        return _folded(self, open_=True)


def _proved(node: Node) -> bool:
    return node.evidence is not None and node.evidence.status is Status.PROVED


def _text(node: Node, first: str, rest: str) -> Iterator[str]:
    yield first + node.line()
    if node.kind in ("bound", "lemma") and not node.seen:
        yield f"{rest}{'|  ' if node.children else '   '}{node.latex}"
    for number, child in enumerate(node.children):
        last = number == len(node.children) - 1
        yield from _text(child, rest + "+- ", rest + ("   " if last else "|  "))


def _folded(node: Node, *, open_: bool = False) -> str:
    line = html.escape(node.line())
    shown = node.kind in ("bound", "lemma") and not node.seen
    formula = f"<div>$\\displaystyle {html.escape(node.latex)}$</div>" if shown else ""
    if not node.children:
        return f"<div style='margin-left:1.2em'>{line}{formula}</div>"
    inside = "".join(_folded(child) for child in node.children)
    state = " open" if open_ else ""
    return (
        f"<details{state} style='margin-left:1.2em'><summary>{line}</summary>{formula}{inside}"
        "</details>"
    )


def _step_latex(step: Step) -> str:
    goals = [expression_latex(goal) for goal in step.goals]
    goals += [rf"{expression_latex(identity)} = 0" for identity in step.identities]
    return r",\quad ".join(goals)


def steps() -> Mapping[str, Step]:
    """Every algebraic step of every family, name to step; read only."""
    return MappingProxyType({**STEPS, **gather("STEPS")})


def facts() -> Mapping[str, Fact]:
    """Every textbook fact a derivation may end in, name to fact; read only."""
    return MappingProxyType({**FACTS, **gather("FACTS")})


def prove_all(*, timeout: float = 10.0) -> tuple[Evidence, ...]:
    """The evidence for every algebraic step of every derivation, in order.

    Parameters
    ----------
    timeout : float
        Seconds per goal.

    Returns
    -------
    tuple of Evidence
        `as_dict` of each makes JSON of it.

    Examples
    --------
    >>> import bounds
    >>> found = bounds.prove_all(timeout=1e-3)  # too short for most; those say so
    >>> {item.status for item in found} <= set(bounds.Status)
    True
    """
    return tuple(prove(step, timeout=timeout) for step in steps().values())


def _source_note(bound: Statement) -> str:
    measured = f"left side measured by {bound.quantity}"
    return measured if bound.source.tag == "lemma" else f"{bound.source}; {measured}"


def _leaf(name: str, evidence: Mapping[str, Evidence]) -> Node:
    if name in steps():
        step = steps()[name]
        return Node(name, "step", _step_latex(step), step.sentence, evidence=evidence.get(name))
    if name not in facts():
        raise BoundsError("uses", name, "a bound, a lemma, a step or a fact of some family")
    fact = facts()[name]
    return Node(name, "fact", fact.latex, fact.sentence, source=textbook(name))


def _node(name: str, seen: set[str], evidence: Mapping[str, Evidence]) -> Node:
    lemmas: Mapping[str, Statement] = gather("LEMMAS")
    statements: Mapping[str, Statement] = {**gather("BOUNDS"), **lemmas}
    if name not in statements:
        return _leaf(name, evidence)
    bound = statements[name]
    kind = "lemma" if name in lemmas else "bound"
    note, latex = _source_note(bound), bound.latex()
    if name in seen:
        return Node(name, kind, latex, note, quantity=bound.quantity, seen=True)
    seen.add(name)
    uses = (bound.parent,) if bound.parent and bound.parent != name else bound.uses
    children = tuple(_node(used, seen, evidence) for used in uses)
    return Node(name, kind, latex, note, children, bound.quantity)


def step_names(bound: Statement) -> tuple[str, ...]:
    """Names of the algebraic steps that the proof of a bound rests on."""
    return tuple(dict.fromkeys(n.name for n in derivation(bound).walk() if n.kind == "step"))


def derivation(bound: Statement, *, check: bool = False, timeout: float = 10.0) -> Node:
    """The proof tree of a bound of the catalogue or a lemma.

    With check=True every algebraic step is discharged (z3 or exact expansion, `timeout` seconds
    per goal) and its evidence stored in the node. BoundsError for any other bound, also one that
    only shares a name with a bound of the catalogue: nobody wrote down its proof.
    """
    name = bound.name
    shipped: Statement | None = {**gather("BOUNDS"), **gather("LEMMAS")}.get(name)
    if shipped is None or (shipped != bound and not _is_special_case(bound, shipped)):
        raise BoundsError("bound", f"{name}, whose proof is not known", "a bound of the catalogue")
    tree = _node(name, set(), {})
    if not check:
        return tree
    used = sorted({n.name for n in tree.walk() if n.kind == "step"})
    return _node(name, set(), {n: prove(steps()[n], timeout=timeout) for n in used})


def _is_special_case(bound: Statement, general: Statement) -> bool:
    """Whether further values were put into a statement (`Bound.substitute` keeps its name)."""
    done = len(general.given)
    return len(bound.given) > done and bound.given[:done] == general.given


def unproved(node: Node) -> tuple[str, ...]:
    """Names of the steps in a checked tree that are not proved (or were not run)."""
    return tuple(
        n.name
        for n in node.walk()
        if n.kind == "step" and (n.evidence is None or n.evidence.status is not Status.PROVED)
    )
