"""One attack under way: how the budget is divided, and in what order the methods come."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from numerics.errors import ContradictionError
from verify.attack.ascent import UNUSABLE, Found, ascend, nowhere, polish, screen
from verify.attack.covariance import evolve
from verify.attack.judge import Judge
from verify.attack.meter import Meter
from verify.attack.regimes import Held
from verify.attack.steps import descend
from verify.subject import Carry, Growing, Space, Stepping, joined, rows, size

_KEEP = 3  # one architecture in so many goes on to the next round
_GROWN, _GROWN_STEPS = 6, 35  # candidates and steps of a climb in a larger shape
_GROWS = 1e-4  # gain in the logarithm of the ratio that makes it worth going on
_STEPS = 200  # longest climb in one go
_LEAST_STEPS = 20  # a climb narrower rather than shorter than this
_POLISHED, _JUDGED, _HEARD = 2, 4, 3
_MET = 1e-6  # a margin this close to 0: the bound is met, and the climb has nothing more to gain
_ROUNDING = 1e-12  # margins below this are no violation the judge could confirm
#: What a space or a measurement raises where it has no numbers: it loses itself and nothing else.
_REFUSED = (*UNUSABLE, ValueError, ArithmeticError)


@dataclass(frozen=True)
class Shares:
    """Of a run's budget; what is left is for the second opinion, without gradients."""

    rounds: float
    growth: float
    polish: float

    @property
    def second(self) -> float:
        return max(0.0, 1.0 - self.rounds - self.growth - self.polish)


FREE, GROWING, HELD = Shares(0.7, 0.0, 0.1), Shares(0.55, 0.15, 0.1), Shares(0.45, 0.5, 0.05)


@dataclass
class Lead:
    """One architecture under attack and the best candidates it has."""

    space: Space
    generator: torch.Generator
    found: Found | None = None

    @property
    def free(self) -> Space:
        """The space without whatever its candidates are held to."""
        return self.space.space if isinstance(self.space, Held) else self.space

    @property
    def best(self) -> float:
        return self.found.best if self.found else -math.inf

    def add(self, new: Found, keep: int) -> Found:
        """Keep, and return, the best candidates of old and new."""
        if self.found is not None:
            by = new.by if new.best > self.found.best else self.found.by
            values = torch.cat([self.found.values, new.values])
            new = Found(joined(self.found.point, new.point), values, by)
        self.found = new.top(keep)
        return self.found


def _mixed(pool: Found, fresh: Found, count: int, by_lot: int, generator: torch.Generator) -> Found:
    """The best, and so many by lot from the fresh starts: where a bound is met from one side, all
    good starts lie there, and another side is only found from starts that look worse."""
    drawn = torch.randperm(size(fresh.point), generator=generator)[:by_lot].to(fresh.values.device)
    best = pool.top(count - by_lot)
    return Found(
        joined(best.point, rows(fresh.point, drawn)),
        torch.cat([best.values, fresh.values[drawn]]),
        pool.by,
    )


def _going_on(leads: list[Lead], waiting: Iterator[Lead]) -> tuple[list[Lead], list[Lead]]:
    """The best third, and no others. Where a bound is met nothing tells those that meet it apart:
    the best of them, and architectures that have not been looked at, as far as there are any."""
    best = sorted(leads, key=lambda lead: -lead.best)
    met = sum(lead.best > -_MET for lead in leads)
    new = list(itertools.islice(waiting, met - 1)) if met else []
    return best[: max(1, len(leads) // _KEEP, met - len(new))], new


@dataclass
class Run:
    """Divides a budget: rounds over architectures, growth, polish, second opinion, judgement."""

    meter: Meter
    judge: Judge
    evaluations: int
    shares: Shares
    batch: int
    stop: bool
    _met: bool = False  # somewhere; then starts are drawn by lot, since the best lead there again

    def search(self, waiting: Iterator[Lead], count: int) -> bool:
        """Spend the budget on these architectures, `count` of them at first; the judge remembers
        the result. True if the search may stop, a violation being found."""
        leads = alive = list(itertools.islice(waiting, count))
        rounds = 1 + math.ceil(math.log(len(leads)) / math.log(_KEEP)) if len(leads) > 1 else 2
        for left in reversed(range(rounds)):
            if self._round(alive, self.shares.rounds * self.evaluations / rounds):
                return True
            if left:
                kept, new = _going_on(alive, waiting)
                alive, leads = [*kept, *new], [*leads, *new]
        best = max(leads, key=lambda lead: lead.best)
        end = self.meter.evaluations + int(self.shares.growth * self.evaluations)
        grown = self._grow(best, end)
        if self.judge.refuted and self.stop:
            return True
        unspent = end - self.meter.evaluations
        if unspent > _LEAST_STEPS and self._round(alive, unspent):
            return True
        grown_too = [] if grown is None else [grown]
        return self._finish(sorted([*leads, *grown_too], key=lambda lead: -lead.best))

    def _round(self, alive: list[Lead], evaluations: float) -> bool:
        """An equal share of so many evaluations for each; True if the search may stop."""
        share = max(1, int(evaluations / len(alive)))
        for lead in alive:
            self._turn(lead, share)
            with self._alone(lead):
                self._climb(lead)
            if self._refuted(lead):
                return True
        return False

    def _grow(self, lead: Lead, end: int) -> Lead | None:
        """The lead continued to larger shapes for as long as its ratio grows with them."""
        best: Lead | None = None
        while lead.found is not None and isinstance(lead.space, Growing):
            before = lead.best
            for space, carry in lead.space.larger():
                left = min(_GROWN * _GROWN_STEPS, end - self.meter.evaluations)
                if left < _LEAST_STEPS:
                    return best
                larger = Lead(space, lead.generator)
                with self._alone(larger):
                    self._grown(lead.found, larger, carry, left)
                if self._refuted(larger):
                    return larger
                if larger.best > before + _GROWS:
                    best = lead = larger
                    break
            if lead.best == before:
                break
        return best

    def _grown(self, found: Found, larger: Lead, carry: Carry, share: int) -> None:
        self._turn(larger, share)
        count = max(1, min(_GROWN, share // _LEAST_STEPS))
        start = found.top(math.ceil(count / 2))
        twice = rows(start.point, torch.arange(count) // 2 % size(start.point))
        point = larger.space.retract(carry(twice, larger.generator), twice)
        values = torch.full((count,), -1e3, dtype=torch.float64, device=found.values.device)
        steps = max(1, share // count)
        climbed = ascend(larger.space, Found(point, values, found.by), steps, self.meter)
        larger.add(climbed, self.batch)

    @contextmanager
    def _alone(self, lead: Lead) -> Iterator[None]:
        """What goes wrong in one architecture ends with it."""
        try:
            yield
        except ContradictionError:  # a fault of ours: nothing hides it
            raise
        except _REFUSED as error:
            self.judge.pass_over(lead.space.shape, error)

    def _turn(self, lead: Lead, share: int) -> None:
        self.meter.architecture = lead.space.shape.name
        self.meter.limit(share)

    def _climb(self, lead: Lead) -> None:
        """Fresh starts, then the best of them and of earlier rounds climb together."""
        count = max(1, min(self.batch, self.meter.left // _LEAST_STEPS))
        most = max(2, min(2 * self.batch, self.meter.left // 4))
        looked_at = count if self._met else most
        fresh = screen(lead.space, looked_at, lead.generator, self.meter, most)
        if fresh is None:
            return
        pool = lead.add(fresh, self.batch)
        if fresh.nowhere:
            raise nowhere(lead.space)
        count = max(1, min(self.batch, self.meter.left // _LEAST_STEPS))
        steps = max(1, min(_STEPS, self.meter.left // count))
        by_lot = min(size(fresh.point), count - count // 4 if self._met else count // 2)
        start = _mixed(pool, fresh, count, by_lot, lead.generator)
        climbed = (
            ascend(lead.space, start, steps, self.meter)
            if lead.space.differentiable
            else evolve(lead.space, start, lead.generator, self.meter)
        )
        self._met |= lead.add(climbed, self.batch).best > -_MET

    def _finish(self, leads: list[Lead]) -> bool:
        best = leads[:_JUDGED]
        for lead in best[:_POLISHED]:
            self._turn(lead, int(self.shares.polish * self.evaluations / _POLISHED))
            with self._alone(lead):
                self._polish(lead)
            if self._refuted(lead):
                return True
        for lead in best:
            self._turn(lead, int(self.shares.second * self.evaluations / len(best)))
            with self._alone(lead):
                self._second_opinion(lead)
            self._hear(lead)
        return self.judge.refuted and self.stop

    def _polish(self, lead: Lead) -> None:
        if lead.found and isinstance(lead.free, Stepping):
            best_one = lead.found.top(1)
            lead.add(descend(lead.free, best_one, lead.generator, self.meter), self.batch)
        if lead.found and lead.space.differentiable:
            lead.add(polish(lead.free, lead.found.top(2), self.meter), self.batch)

    def _second_opinion(self, lead: Lead) -> None:
        """Without gradients, from fresh starts and from the best."""
        fresh = screen(
            lead.space, min(self.batch, self.meter.left // 8), lead.generator, self.meter
        )
        if fresh is None or lead.found is None:
            return
        both = joined(fresh.point, lead.found.top(2).point)
        values = torch.cat([fresh.values, lead.found.top(2).values])
        started = Found(both, values, lead.found.by)
        walked = evolve(lead.space, started, lead.generator, self.meter)
        lead.add(walked, self.batch)

    def _refuted(self, lead: Lead) -> bool:
        """Ask the judge as soon as the search believes in a violation.

        Its second and third best are heard too: the best may owe its ratio to cancellation.
        """
        if lead.found is None:
            return False
        believed = int((lead.found.values[:_HEARD] > _ROUNDING).sum())
        return any(self._hear(lead, index) for index in range(believed)) and self.stop

    def _hear(self, lead: Lead, index: int = 0) -> bool:
        if lead.found is None:
            return False
        with self._alone(lead):
            case = lead.space.case(lead.found.point, index)
            return self.judge.hear(case, lead.found.by, lead.space.shape)
        return False
