r"""
An inequality about matrices
============================

A claim need not speak of networks. Any torch function with a sampler is a left side, numbers
named ``r`` and so on stand on the right, and the attack climbs the ratio.
"""

import matplotlib.pyplot as plt
import sympy as sp
import torch

import verify


def matrices(generator, count):
    return {"A": torch.randn(count, 3, 4, generator=generator, dtype=torch.float64)}


def spectral_norm(A):
    return torch.linalg.matrix_norm(A, ord=2)


def largest_row(A):
    return torch.linalg.vector_norm(A, dim=-1).amax(-1)


r = sp.Symbol("r", nonnegative=True)
wrong = verify.Claim.of("rows", spectral_norm, r, sampler=matrices, measures={"r": largest_row})
print(verify.investigate(wrong))

# %%
# Three rows: the factor is the root of three, and it is attained.

right = verify.Claim.of(
    "root of the rows", spectral_norm, sp.sqrt(3) * r, sampler=matrices, measures={"r": largest_row}
)
print(verify.investigate(right))

# %%
# Random matrices are far from the worst one: this is why a search is needed.

A = matrices(torch.Generator().manual_seed(0), 4000)["A"]
ratios = spectral_norm(A) / (3**0.5 * largest_row(A))
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.hist(ratios.numpy(), bins=60)
axes.axvline(1, color="tab:orange", linestyle="--")
axes.set(xlabel="truth / bound of 4000 random matrices", ylabel="matrices")
plt.show()
