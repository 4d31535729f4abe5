"""The code of docs/tutorial.md: a wrong textbook claim refuted and repaired, three times."""

import tempfile
from pathlib import Path

import sympy as sp
import torch

import bounds
import verify

nu, K, L, m = map(bounds.symbol, ("nu", "K", "L", "m"))
folder = Path(tempfile.mkdtemp())

print("# 1. the textbook claim")
textbook = verify.Claim.of("textbook", "input_gradient_norm", nu * (K / sp.sqrt(m)) ** L)
refuted = verify.investigate(textbook)
print(refuted)

print("# 2. somebody else's arithmetic")
stored = refuted.counterexample.save(folder / "textbook.json")
print(verify.confirm(stored).line)

print("# 3. the repaired claim")
repaired = verify.Claim.of("repaired", "input_gradient_norm", nu * K**L)
print(verify.investigate(repaired))

print("# 4. the lemma behind it")


def matrices(generator, count):
    return {"A": torch.randn(count, 3, 4, generator=generator, dtype=torch.float64)}


def spectral_norm(A):
    return torch.linalg.matrix_norm(A, ord=2)


def largest_row(A):
    return torch.linalg.vector_norm(A, dim=-1).amax(-1)


r = sp.Symbol("r", nonnegative=True)
options = {"sampler": matrices, "measures": {"r": largest_row}}
lemma = verify.Claim.of("lemma", spectral_norm, r, **options)
print(verify.investigate(lemma))
mended = verify.Claim.of("mended lemma", spectral_norm, sp.sqrt(3) * r, **options)
print(verify.investigate(mended))

print("# 5. a formula against a formula")
x = sp.Symbol("x", nonnegative=True)


def line(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


series = verify.Claim.of("series", sp.tanh(x), x - x**3 / 3, sampler=line, where=[x <= 1])
found = verify.investigate(series)
print(found)
print(verify.confirm(found.counterexample.save(folder / "series.json")).line)
longer = verify.Claim.of(
    "longer series", sp.tanh(x), x - x**3 / 3 + 2 * x**5 / 15, sampler=line, where=[x <= 1]
)
print(verify.investigate(longer))

print("# 6. where samples may lie")


def entropy(p):
    return torch.special.entr(p).sum(-1)


four = verify.Claim.of(
    "entropy",
    entropy,
    sp.log(4),
    domain=lambda n: {"p": verify.domain.simplex(n)},
    dimensions=range(2, 6),
)
print(verify.investigate(four))


def product(A, B):
    return (A @ B).diagonal(dim1=-2, dim2=-1).sum(-1)


def traces(A, B):
    return A.diagonal(dim1=-2, dim2=-1).sum(-1) * B.diagonal(dim1=-2, dim2=-1).sum(-1)


cone = verify.domain.positive_semidefinite(3)
trace = verify.Claim.of(
    "trace", product, r, domain={"A": cone, "B": cone}, measures={"r": traces}
)
print(verify.investigate(trace))
