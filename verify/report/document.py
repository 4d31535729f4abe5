"""What `report.json` holds, as classes: they write it, read it back, and make its JSON Schema.

Numbers that do not exist are null; NaN and infinity never occur. The page, the paper's table and
the badge are made from this alone.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from verify.verdict import Verdict

__all__ = ["SCHEMA_VERSION", "Document", "decoded", "encoded", "json_schema"]

#: Raised by one whenever a field changes its meaning or goes away; new fields do not raise it.
SCHEMA_VERSION = 3

Ratio = Annotated[float | None, Meta(description="truth / bound: 1 is tight, above 1 refutes")]
NetworkId = Annotated[int, Meta(description="`id` in the table `networks`")]
Latex = Annotated[str, Meta(description="LaTeX")]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the document; unknown fields are an error."""


class Versions(Part, frozen=True, kw_only=True):
    """What the report was made with; null what is not installed."""

    plumbline: str
    python: str
    torch: str
    numpy: str
    sympy: str
    flint: str | None
    z3: str | None


class Made(Part, frozen=True, kw_only=True):
    """How the report was made: the same command, commit and versions give the same results."""

    command: str
    date: Annotated[str, Meta(description="day it began, UTC")]
    commit: Annotated[str | None, Meta(description="of the checkout; '+' if it was changed")]
    seed: int
    effort: Annotated[str, Meta(description="`quick`, `default` or `deep`")]
    device: str
    only: Annotated[str | None, Meta(description="the pattern of names asked for")]
    seconds: Annotated[float, Meta(description="wall time; with `date` all that differs "
                                               "between equal runs")]  # fmt: skip
    versions: Versions


class Overall(Part, frozen=True, kw_only=True):
    """The report in one sentence."""

    exit_code: Annotated[int, Meta(description="0 nothing refuted and nothing open, 1 refuted, "
                                               "3 something open")]  # fmt: skip
    sentence: str
    counts: Annotated[dict[str, int], Meta(description="verdict -> how many claims")]
    controls: Annotated[int, Meta(description="wrong claims put through the same machinery")]
    controls_refuted: int
    warnings: list[str]


class Network(Part, frozen=True, kw_only=True):
    """One case of the report: a batch of networks (classes, runs, data sets) of one shape."""

    id: int
    noun: Annotated[str, Meta(description="what it is: network, class, step ...")]
    origin: Annotated[str, Meta(description="`random`, `structured`, `trained`, `witness`")]
    label: Annotated[str, Meta(description="in words")]
    group: Annotated[str, Meta(description="the activation, where there is one")]
    axes: Annotated[dict[str, float], Meta(description="sizes by symbol: L, m ...")]
    step: Annotated[int | None, Meta(description="training step of a checkpoint")]
    size: Annotated[int, Meta(description="how many are in the batch")]


class Record(Part, frozen=True, kw_only=True):
    """One claim on one case: a line of `records.jsonl`."""

    claim: str
    network: NetworkId
    cases: int
    verdict: Verdict
    grade: str
    violations: int
    worst_ratio: Ratio
    median_ratio: Ratio
    median_truth: float | None
    median_bound: float | None


class Family(Part, frozen=True, kw_only=True):
    """A family of theorems."""

    name: str
    title: str
    papers: list[str]


class Assumption(Part, frozen=True, kw_only=True):
    """What a claim assumes."""

    sentence: str
    latex: Latex


class Share(Part, frozen=True, kw_only=True):
    """A claim on the cases of one origin."""

    cases: int
    worst_ratio: Ratio
    median_ratio: Ratio


class Exponent(Part, frozen=True, kw_only=True):
    """Growth in one symbol on the random grid: slopes of log median against log symbol."""

    symbol: str
    grid: Annotated[list[float], Meta(description="the values of the symbol")]
    formula: Annotated[float | None, Meta(description="slope of the bound on this grid")]
    truth: Annotated[float | None, Meta(description="slope of the truth on this grid")]
    limit: Annotated[str, Meta(description="exponent of the formula as the symbol grows without "
                                           "end; n/a where there is no closed form")]  # fmt: skip


class Curve(Part, frozen=True, kw_only=True):
    """Medians of truth and bound against a size or the training step."""

    axis: str
    group: str
    x: list[float]
    truth: list[float]
    bound: list[float]


class Matrix(Part, frozen=True, kw_only=True):
    """A tensor of a witness, as text; an axis longer than the page takes ends in dots."""

    name: str
    shape: list[int]
    rows: list[list[str]]


class Witness(Part, frozen=True, kw_only=True):
    """The case at which a claim came closest to failing, or failed."""

    ratio: Ratio
    verdict: Verdict
    origin: Annotated[str, Meta(description="`stored` (found by an attack, replayed in this run) "
                                            "or `this report`")]  # fmt: skip
    head: Annotated[str, Meta(description="what it is, in words")]
    matrices: list[Matrix]
    file: Annotated[str | None, Meta(description="for `check`: all numbers exactly")]
    stored_ratio: Ratio = None
    status: str = ""
    by_depth: dict[str, float] = {}
    by_width: dict[str, float] = {}


class Claim(Part, frozen=True, kw_only=True):
    """One claim: what it says, what came out, and on what evidence."""

    name: str
    family: Annotated[str, Meta(description="`name` in `families`, empty for none")]
    source: Annotated[str, Meta(description="paper, version, theorem, whose constant")]
    theorem: str
    tag: Annotated[str, Meta(description="of the statement in docs/theory.md")]
    quantity: Annotated[str, Meta(description="key of the left side")]
    sense: str
    latex: Annotated[str, Meta(description="the whole statement in LaTeX")]
    left: Latex
    formula: Latex
    definitions: list[Latex]
    probability: Annotated[str, Meta(description="LaTeX of 1 - delta; empty if it is certain")]
    assumptions: list[Assumption]
    verdict: Verdict
    sentence: Annotated[str, Meta(description="what the verdict means")]
    evidence: str
    grade: Annotated[str, Meta(description="`proved`, `balls`, `enclosed`, `perturbed`, "
                                           "`float64`, `statistical`, `searched`, "
                                           "`not run`")]  # fmt: skip
    noun: str
    cases: Annotated[int, Meta(description="how many networks (classes, steps ...)")]
    undecided: Annotated[int, Meta(description="comparisons that could not be decided")]
    worst_ratio: Ratio
    median_ratio: Ratio
    by_origin: dict[str, Share]
    exponents: list[Exponent]
    curves: list[Curve]
    worst_network: NetworkId | None
    witnesses: list[Witness]
    not_run_reason: str


class Control(Part, frozen=True, kw_only=True):
    """A negative control: a claim that is wrong on purpose."""

    name: str
    base: str
    mistake: str
    refuted: bool
    tried: int
    ratio: Annotated[float | None, Meta(description="truth / wrong bound at the witness")]
    witness: str


class Cell(Part, frozen=True, kw_only=True):
    """An entry of a table."""

    text: str
    latex: str = ""
    verdict: Verdict | None = None


class Table(Part, frozen=True, kw_only=True):
    """A table; a column whose name ends in '>' is right-aligned."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""


class Picture(Part, frozen=True, kw_only=True):
    """A drawing."""

    caption: str
    svg: str


class Section(Part, frozen=True, kw_only=True):
    """What a family shows beside its claims."""

    key: str
    title: str
    intro: str
    tables: list[Table]
    pictures: list[Picture]
    warnings: list[str]
    card: Annotated[list[str], Meta(description="a figure and what it counts, for the first "
                                                "screen; or nothing")]  # fmt: skip
    data: Annotated[Any, Meta(description="the family's own, see docs/report-schema.md")]


class Survivor(Part, frozen=True, kw_only=True):
    """A mutant that was not killed."""

    mutant: str
    fate: str
    reason: str


class Mutation(Part, frozen=True, kw_only=True):
    """Wrong versions of one bound, made by rule; those looser everywhere are no mistakes."""

    claim: str
    mutants: int
    looser: int
    mistakes: int
    killed: int
    score: float
    survivors: list[Survivor]


class Campaign(Part, frozen=True, kw_only=True):
    """A claim in a stored campaign."""

    claim: str
    source: str
    verdict: Verdict
    done: int
    total: int
    networks: int
    evaluations: int
    best_ratio: Ratio
    median_ratio: Ratio
    best_at: str
    violations: int


class Document(Part, frozen=True, kw_only=True):
    """The whole report."""

    schema_version: int
    title: str
    made: Made
    overall: Overall
    families: list[Family]
    claims: list[Claim]
    controls: list[Control]
    sections: list[Section]
    own: Annotated[list[dict[str, Any]], Meta(description="your own: fields of `verify.section`")]
    mutation: list[Mutation]
    campaign: list[Campaign]
    figures: list[Picture]
    networks: list[Network]


def encoded(part: Part) -> bytes:
    """As JSON, on one line."""
    return msgspec.json.encode(part)


def decoded(text: bytes | str) -> Document:
    """The document that `encoded` wrote.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return msgspec.json.decode(text, type=Document)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `report.json`; that of a line of `records.jsonl` stands in its $defs."""
    (whole, _), parts = msgspec.json.schema_components((Document, Record))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "$defs": parts}
