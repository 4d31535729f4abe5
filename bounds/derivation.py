"""The proof of a bound as a tree: bounds on lemmas, on machine-checked steps, on textbook facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bounds.algebra import STEPS, Evidence, Status, Step, prove
from bounds.bound import Bound
from bounds.catalogue import catalogue
from bounds.errors import BoundsError
from bounds.facts import FACTS, Fact
from bounds.latex import expression_latex, statement
from bounds.lemmas import LEMMAS

__all__ = ["Node", "derivation"]


@dataclass(frozen=True, slots=True)
class Node:
    """One statement of a proof.

    kind: "bound", "lemma" (has a left side to measure: `quantity`), "step" (algebra, with
    `evidence` if it was run) or "fact". `seen`: its proof is already printed higher up.
    """

    name: str
    kind: str
    latex: str
    note: str
    children: tuple[Node, ...] = ()
    quantity: str | None = None
    evidence: Evidence | None = None
    seen: bool = False

    def walk(self) -> Iterator[Node]:
        """All nodes, this one first, in the order of print."""
        yield self
        for child in self.children:
            yield from child.walk()

    def line(self) -> str:
        """The node in one line of text."""
        state = f" [{self.evidence.status.value}]" if self.evidence else ""
        again = " (see above)" if self.seen else ""
        return f"{self.name} ({self.kind}){state}: {self.note}{again}"

    def __str__(self) -> str:
        return "\n".join(_text(self, "", ""))


def _text(node: Node, first: str, rest: str) -> Iterator[str]:
    yield first + node.line()
    if node.kind in ("bound", "lemma") and not node.seen:
        yield f"{rest}{'|  ' if node.children else '   '}{node.latex}"
    for number, child in enumerate(node.children):
        last = number == len(node.children) - 1
        yield from _text(child, rest + "+- ", rest + ("   " if last else "|  "))


def _step_latex(step: Step) -> str:
    goals = [expression_latex(goal) for goal in step.goals]
    goals += [rf"{expression_latex(identity)} = 0" for identity in step.identities]
    return r",\quad ".join(goals)


def _source_note(bound: Bound) -> str:
    measured = f"left side measured by {bound.quantity}"
    return measured if bound.source.tag == "lemma" else f"{bound.source}; {measured}"


def _leaf(name: str, evidence: dict[str, Evidence]) -> Node:
    if name in STEPS:
        step = STEPS[name]
        return Node(name, "step", _step_latex(step), step.sentence, evidence=evidence.get(name))
    fact: Fact = FACTS[name]
    return Node(name, "fact", fact.latex, fact.sentence)


def _node(name: str, seen: set[str], evidence: dict[str, Evidence]) -> Node:
    statements = {**catalogue(), **LEMMAS}
    if name not in statements:
        return _leaf(name, evidence)
    bound = statements[name]
    kind = "lemma" if name in LEMMAS else "bound"
    note, latex = _source_note(bound), statement(bound)
    if name in seen:
        return Node(name, kind, latex, note, quantity=bound.quantity, seen=True)
    seen.add(name)
    uses = (bound.parent,) if bound.parent and bound.parent != name else bound.uses
    children = tuple(_node(used, seen, evidence) for used in uses)
    return Node(name, kind, latex, note, children, bound.quantity)


def step_names(bound: Bound) -> tuple[str, ...]:
    """Names of the algebraic steps that the proof of a bound rests on."""
    return tuple(dict.fromkeys(n.name for n in derivation(bound).walk() if n.kind == "step"))


def derivation(bound: Bound, *, check: bool = False, timeout: float = 10.0) -> Node:
    """The proof tree of a bound of the catalogue or a lemma.

    With check=True every algebraic step is discharged (z3 or exact expansion, `timeout` seconds
    per goal) and its evidence stored in the node. BoundsError for a bound that is in neither.
    """
    known = {**catalogue(), **LEMMAS}
    name = bound.name
    if name not in known:
        raise BoundsError(argument="bound", found=name, accepted="a bound of the catalogue")
    tree = _node(name, set(), {})
    if not check:
        return tree
    steps = {n.name for n in tree.walk() if n.kind == "step"}
    return _node(name, set(), {n: prove(STEPS[n], timeout=timeout) for n in sorted(steps)})


def unproved(node: Node) -> tuple[str, ...]:
    """Names of the steps in a checked tree that are not proved (or were not run)."""
    return tuple(
        n.name
        for n in node.walk()
        if n.kind == "step" and (n.evidence is None or n.evidence.status is not Status.PROVED)
    )
