"""Read a campaign, finished or not, also while it runs."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from numerics.tabular import Tabular, optional
from verify.campaign.plan import Item, Plan
from verify.campaign.store import opened
from verify.campaign.work import Result
from verify.counterexample import Counterexample
from verify.counterexample.files import parse
from verify.errors import VerifyError
from verify.verdict import Verdict, worst


@dataclass(frozen=True)
class Summary:
    """One claim over a whole campaign; `best_at` is the item that gave `best_ratio`."""

    claim: str
    latex: str
    source: str
    verdict: Verdict
    done: int
    total: int
    networks: int
    evaluations: int
    best_ratio: float | None
    median_ratio: float | None
    best_at: str
    violations: int


@dataclass(frozen=True)
class Campaign(Tabular):
    """A stored campaign: its plan, its items and the results so far (item number -> result)."""

    path: Path
    plan: Plan
    items: tuple[Item, ...]
    results: dict[int, Result]
    claims: dict[str, dict[str, str]]
    versions: str
    seconds: float

    @property
    def finished(self) -> bool:
        """Nothing is left to do."""
        return len(self.results) == len(self.items)

    def __repr__(self) -> str:
        done, total = len(self.results), len(self.items)
        lines = [
            f"  {s.claim}: {s.verdict.value}, {s.done} of {s.total} items, {s.networks} networks"
            for s in self.summaries()
        ]
        return "\n".join([f"Campaign {self.path.name}: {done} of {total} items", *lines])

    def rows(self) -> list[dict[str, Any]]:
        """One row for each finished item: claim, shape, seed, and the result's fields."""
        return [
            asdict(self.items[k])
            | {n: v for n, v in json.loads(r.text()).items() if n != "counterexample"}
            | {"refuted": bool(r.counterexample)}
            for k, r in sorted(self.results.items())
        ]

    def plot(self, ax: Any = None) -> Any:
        """The largest truth/bound of every finished item, a strip for each claim, a line at 1.

        Parameters
        ----------
        ax : matplotlib axes, optional
            The current ones if None.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        NumericsError
            matplotlib is not installed.
        """
        axes = optional("matplotlib.pyplot", "plot").gca() if ax is None else ax
        strips: dict[str, list[float]] = {name: [] for name in self.claims}
        for k, result in self.results.items():
            if result.best_ratio is not None:
                strips[self.items[k].claim].append(result.best_ratio)
        for place, ratios in enumerate(strips.values()):
            axes.plot(sorted(ratios), [place] * len(ratios), "|", markersize=12)
        axes.axvline(1.0, linewidth=1, color="black")
        axes.set_yticks(range(len(strips)), list(strips))
        axes.invert_yaxis()
        axes.set_xlabel("truth / bound")
        axes.set_title(f"{self.path.name}: {len(self.results)} of {len(self.items)} items")
        return axes

    def summaries(self) -> list[Summary]:
        """One line for each claim, in the plan's order."""
        return [self._summary(name) for name in self.claims]

    def counterexamples(self) -> list[Counterexample]:
        """Every stored counterexample, in the order of the items."""
        return [parse(r.counterexample) for r in self.results.values() if r.counterexample]

    def _summary(self, name: str) -> Summary:
        own = [k for k, item in enumerate(self.items) if item.claim == name]
        pairs = [(self.items[k].label, self.results[k]) for k in own if k in self.results]
        rated = [(label, r.best_ratio) for label, r in pairs if r.best_ratio is not None]
        label, top = max(rated, key=lambda pair: pair[1], default=("", None))
        ratios = [ratio for _, ratio in rated]
        results = [r for _, r in pairs]
        return Summary(
            claim=name,
            latex=self.claims[name]["latex"],
            source=self.claims[name]["source"],
            verdict=worst({r.verdict for r in results}),
            done=len(results),
            total=len(own),
            networks=sum(r.networks for r in results),
            evaluations=sum(r.evaluations for r in results),
            best_ratio=top,
            median_ratio=median(ratios) if ratios else None,
            best_at=label,
            violations=sum(r.verdict is Verdict.VIOLATED for r in results),
        )


def read(path: str | os.PathLike[str]) -> Campaign:
    """The campaign stored in a database; claims of the user's need not be loadable for it.

    Raises:
        VerifyError: the file is missing, damaged, or no campaign database.
    """
    with opened(path) as store:
        meta, texts, finished = store.meta(), store.items(), store.finished()
        seconds = store.seconds()
    try:
        plan, described = Plan.parse(meta["plan"]), json.loads(meta["claims"])
        items = tuple(map(Item.parse, texts))
        results = {k: Result.parse(body) for k, body in finished.items()}
        if not set(results) <= set(range(len(items))):
            raise ValueError("results without an item")
    except (KeyError, TypeError, ValueError) as error:
        found = f"{path} is damaged ({type(error).__name__}: {error})"
        raise VerifyError("database", found, "a whole campaign database") from error
    versions = meta.get("versions", "")
    return Campaign(Path(path), plan, items, results, described, versions, seconds)
