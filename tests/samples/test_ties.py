"""What sorts, counts, looks up or chooses inside a Python function is decided by ties: what
rounding ties, or parts, refutes nothing.

Every entry of `ALARMS` is a true theorem whose float64 value is wrong by a whole step; every entry
of `FALSE` uses the same operations on numbers that no rounding exchanges, and is really false.
"""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import bounds
import verify
from tests.samples.test_jumps import claim_of, matrices, one_if, scalars, vectors, whole
from verify import Claim, Verdict
from verify.verdict import UNDECIDED

D = torch.float64


def drawn(claim, seed=0, count=8):
    (shape,) = claim.subject.shapes(claim)
    return claim.subject.drawn(shape, count, seed)


def nearly(n, scale=1e-17):
    """Vectors whose softmax is 1/n in every entry, as float64 sees it."""
    return lambda g, count: {"a": scale * vectors(n)(g, count)["a"]}


def soft(a):
    return torch.softmax(a, -1)


def equal_parts(a):
    """Seven numbers that are all a_1, computed seven ways."""
    x = a[:, 0].abs() + 1
    return torch.stack([x, x * 3 / 3, x / 3 * 3, x.sqrt().square(), x.log().exp(), 1 / (1 / x),
                        (x + 0.1) - 0.1], -1)  # fmt: skip


def different(rows, count):
    """How many different numbers each row has, less 1."""
    return torch.stack([count(row) - 1.0 for row in rows])


def distinct(row):
    return torch.ones_like(row.unique()).sum()


def length(row):
    return torch.tensor(len(row.unique()), dtype=D)


def in_a_row(row):
    return torch.ones_like(row.unique_consecutive()).sum()


def bins(x):
    return torch.bincount(x.long(), minlength=128).double()


def running(a):
    return a.cummax(-1).indices


def there_and_back(x):
    return x.log().exp()


def singular(a):
    return a.unsqueeze(-1) * a.unsqueeze(-2)


def python_index(a):
    """The position leaves torch as Python's number."""
    return torch.stack([one_if(torch.tensor(int(s.argmax()) != int(r.argmax())))
                        for s, r in zip(soft(a), a, strict=True)])  # fmt: skip


def python_truth(x):
    """Python's truth value of a float."""
    return torch.stack([0 * t + (1.0 if (s * s - t) else 0.0)
                        for s, t in zip(x.sqrt(), x, strict=True)])  # fmt: skip


def python_whole(x):
    """Python's whole part of a float: e^(log x) is the whole number x."""
    return torch.stack([t - int(s) for s, t in zip(there_and_back(x), x, strict=True)])


ALARMS = {
    "unique": (lambda a: different(equal_parts(a), distinct), 0, vectors(2)),
    "length": (lambda a: different(equal_parts(a), length), 0, vectors(2)),
    "consecutive": (lambda a: different(equal_parts(a), in_a_row), 0, vectors(2)),
    "counts": (lambda a: torch.stack([7 - 1.0 * r.unique(return_counts=True)[1].max().double()
                                      for r in equal_parts(a)]), 0, vectors(2)),
    "sort indices": (lambda a: one_if(soft(a).argsort(-1) != a.argsort(-1)).sum(-1), 0, nearly(5)),
    "long sort": (lambda a: one_if(soft(a).argsort(-1) != a.argsort(-1)).sum(-1), 0, nearly(100)),
    "topk": (lambda a: one_if(soft(a).topk(2).indices != a.topk(2).indices).sum(-1), 0, nearly(9)),
    "long argmax": (lambda a: one_if(soft(a).argmax(-1) != a.argmax(-1)), 0, nearly(100)),
    "max of an axis": (lambda a: one_if(soft(a).max(-1).indices != a.max(-1).indices), 0,
                       nearly(60)),
    "python index": (python_index, 0, nearly(40)),
    "kthvalue": (lambda a: one_if(soft(a).kthvalue(3).indices != a.kthvalue(3).indices), 0,
                 nearly(9)),
    "median": (lambda a: one_if(soft(a).median(-1).indices != a.median(-1).indices), 0, nearly(9)),
    "running maximum": (lambda a: one_if(running(soft(a)) != running(a)).sum(-1), 0, nearly(9)),
    "isin": (lambda x: one_if(~torch.isin(there_and_back(x), x)), 0, scalars(1, 9)),
    "decimals": (lambda x: ((x / 100 + 1 - 1) - 0.005).round(decimals=2) * 100 + 0.5,
                 sp.Symbol("x"), whole(3, 99)),
    "bins": (lambda x: bins(x)[x.long()] - bins(there_and_back(x))[x.long()], 0, whole(3, 99)),
    "searchsorted": (lambda x: torch.searchsorted(torch.arange(128, dtype=D), there_and_back(x))
                     - x, 0, whole(3, 99)),
    "bucketize": (lambda x: torch.bucketize(there_and_back(x), torch.arange(128, dtype=D)) - x,
                  0, whole(3, 99)),
    "histogram": (lambda x: (torch.histc(there_and_back(x), 100, 0, 100)
                             - torch.histc(x, 100, 0, 100)).abs().max() + 0 * x, 0, whole(3, 99)),
    "floor of a quotient": (lambda x: x - torch.div(there_and_back(x), 1, rounding_mode="floor"),
                            0, whole(3, 99)),
    "floor divide": (lambda x: x - there_and_back(x) // 1, 0, whole(3, 99)),
    "remainder": (lambda x: there_and_back(x) % 1, 0, whole(3, 99)),
    "equal sums": (lambda a: one_if(a.sum(-1) != a.flip(-1).sum(-1)), 0, vectors(9)),
    "closeness": (lambda a: torch.stack([one_if(torch.tensor(not torch.allclose(
        r, r.flip(-1), rtol=0, atol=0))) for r in equal_parts(a)]), 0, vectors(2)),
    "mode": (lambda a: torch.stack([one_if(one_if(r == r.mode().values).sum() < 7)
                                    for r in equal_parts(a)]), 0, vectors(2)),
    "coordinates that differ": (lambda a: torch.cdist(equal_parts(a)[:, None], equal_parts(a).flip(
        -1)[:, None], p=0.0)[:, 0, 0], 0, vectors(2)),
    "sign of a determinant": (lambda a: torch.linalg.slogdet(singular(a))[0].abs(), 0, vectors(5)),
    "copied sign": (lambda x: torch.copysign(torch.ones_like(x), x - there_and_back(x)) * -1,
                    -1, whole(3, 99)),
    "logical": (lambda x: torch.logical_and(x - there_and_back(x), x).double(), 0, whole(3, 99)),
    "truth in python": (python_truth, 0, scalars(1, 9)),
    "whole part in python": (python_whole, 0, whole(3, 99)),
    "into integers": (lambda x: x - torch.zeros_like(x, dtype=torch.int64).copy_(there_and_back(x)),
                      0, whole(3, 99)),
    "hard threshold": (lambda x: -torch.nn.functional.threshold(there_and_back(x) - x, 0.0, 1.0),
                       -1, whole(3, 99)),
    "binary exponent": (lambda x: 4 - torch.frexp((x * 8).log().exp() / x).exponent.double(), 0,
                        whole(3, 99)),
}  # fmt: skip
FALSE = {
    "unique": (lambda a: torch.stack([torch.ones_like(r.unique()).sum() for r in a.sin()]), 6,
               vectors(7)),
    "sort indices": (lambda a: one_if(soft(a).argsort(-1) != (-a).argsort(-1)).sum(-1), 0,
                     vectors(5)),
    "sorted values": (lambda a: soft(a).sort(-1).values[:, -1], sp.Rational(1, 5), nearly(5, 1.0)),
    "sorted ties": (lambda a: equal_parts(a).sort(-1).values[:, 3], 1, vectors(2)),
    "topk": (lambda a: a.exp().topk(2).indices.double().sum(-1), 2, vectors(9)),
    "isin": (lambda x: one_if(torch.isin(x.floor(), torch.arange(9, dtype=D))), 0, scalars(1, 9)),
    "decimals": (lambda x: (x.sin()).round(decimals=1) - x.sin(), sp.Rational(1, 100),
                 scalars(1, 9)),
    "bins": (lambda x: bins(there_and_back(x + 0.5)).max() + 0 * x, 1, whole(3, 9)),
    "searchsorted": (lambda x: torch.searchsorted(torch.arange(99, dtype=D), x.exp().log())
                     - x, 0, scalars(1.1, 1.9)),
    "histogram": (lambda x: torch.histc(x.sqrt(), 10, 0, 3).max() + 0 * x, 3, scalars(1.1, 8.9)),
    "floor divide": (lambda x: x.sin() // 0.3, 2, scalars(1, 9)),
    "remainder": (lambda x: x.exp() % 1, sp.Rational(1, 2), scalars(1, 2)),
    "equal sums": (lambda a: one_if(a.sum(-1) != 2 * a.sum(-1)), 0, vectors(9)),
    "argmax": (lambda a: soft(a).argmax(-1).double(), 6, vectors(8)),
    "sign of a determinant": (lambda a, b: torch.linalg.slogdet(a)[0], 0, matrices(3)),
    "python index": (python_index, -1, vectors(4)),
    "truth in python": (lambda x: torch.stack([0 * t + (1.0 if (t - 1) else 0.0) for t in x]), 0,
                        scalars(2, 9)),
    "whole part in python": (lambda x: torch.stack([t - int(t) for t in x.sin() + 1]),
                             sp.Rational(1, 2), scalars(1, 9)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALARMS)
def test_a_true_claim_that_a_tie_breaks_is_never_refuted(name):
    left, right, _ = entry = ALARMS[name]
    claim = claim_of(entry)
    values = drawn(claim).values
    bound = values["x"] if right == sp.Symbol("x") else float(right)
    assert bool((left(**values) > bound).any()), "no false alarm to begin with"
    assert verify.check(claim, drawn(claim)).verdict is not Verdict.VIOLATED


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_beyond_every_tie_is_refuted(name):
    claim = claim_of(FALSE[name])
    assert verify.check(claim, drawn(claim, count=24)).verdict is Verdict.VIOLATED


@pytest.mark.slow
@pytest.mark.parametrize("name", FALSE)
def test_an_attack_at_the_default_budget_refutes_it_too(name):
    assert verify.investigate(claim_of(FALSE[name])).verdict is Verdict.VIOLATED


def test_an_order_that_two_roundings_hide_from_each_other_stays_open():
    """sqrt(x)^2 = x, but x + 1e-17 is not x: the truth values differ, and float64 cannot say so."""

    def alike(x):
        return one_if((x.sqrt().square() == x) == (x + 1e-17 == x))

    claim = Claim.of("mine", alike, 0, sampler=scalars(1, 9))
    for seed in range(4):
        assert verify.check(claim, drawn(claim, seed)).verdict is not Verdict.VIOLATED


def test_an_operation_without_a_derivative_is_searched_without_gradients():
    """torch builds a graph for // and refuses to go back through it."""
    claim = claim_of((lambda x: x.sin() // 0.3, sp.Rational(5, 2), scalars(1, 9)))
    assert verify.investigate(claim, evaluations=60).verdict is Verdict.VIOLATED


@pytest.mark.slow
def test_an_operation_without_a_derivative_of_networks_is_searched_too():
    """Whose outputs of 0 lie at a jump of //: every entry is judged by itself."""
    nu, K, L = map(bounds.symbol, ("nu", "K", "L"))
    slack = Claim.of("mine", lambda network, x: network(x).abs() // 0.3, 9 * nu * K**L + 9)
    assert verify.investigate(slack, evaluations=60).verdict is not Verdict.VIOLATED


def ties_in(index, n=5):
    """Vectors of which one has two equal largest entries, as float64 sees its softmax."""

    def draw(generator, count):
        a = vectors(n)(generator, count)["a"]
        a[index % count] = torch.tensor([1.0, 1 + 1e-16, 0, 0, -1])
        return {"a": a}

    return draw


def test_a_tie_leaves_only_its_own_entry_of_a_batch_open():
    def argmax(a):
        return soft(a).argmax(-1).double()

    true = claim_of((argmax, sp.Rational(9, 2), ties_in(3)))
    found = verify.check(true, drawn(true))
    assert (found.decided == UNDECIDED).nonzero().flatten().tolist() == [3]
    wrong = claim_of((argmax, sp.Rational(3, 2), ties_in(3)))
    beyond = argmax(**drawn(wrong).values) > 1.5
    beyond[3] = False
    found = verify.check(wrong, drawn(wrong))
    assert beyond.any()
    assert found.violations.tolist() == beyond.nonzero().flatten().tolist()


def test_an_entry_worth_another_number_alone_than_in_its_batch_refutes_nothing():
    """A batch of exactly eight counts one more: an entry alone does not have its value there."""

    def argmax(a):
        return soft(a).argmax(-1).double() + float(len(a) == 8)

    claim = claim_of((argmax, sp.Rational(9, 2), ties_in(3)))
    case = drawn(claim)
    assert bool((argmax(**case.values) > 4.5).any()), "nothing to begin with"
    assert verify.check(claim, case).verdict is Verdict.UNDECIDED
