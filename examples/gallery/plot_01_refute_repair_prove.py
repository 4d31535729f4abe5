r"""
Refute a textbook claim, repair it, prove it
============================================

Somebody writes :math:`\tanh x \le x - x^3/3` on the unit interval, from the first two terms of a
series. Plumbline finds where it fails, a third term repairs it, and the repaired claim is proved
on the whole interval.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
import torch

import verify

x = sp.Symbol("x", nonnegative=True)


def unit_interval(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


short = verify.Claim.of(
    "two terms", sp.tanh(x), x - x**3 / 3, sampler=unit_interval, where=[x <= 1]
)
refuted = verify.investigate(short)
print(refuted)

# %%
# The counterexample is a file with exact numbers. Another program, which shares no code with the
# search, confirms it in ball arithmetic.

folder = Path(tempfile.mkdtemp())
print(verify.confirm(refuted.counterexample.save(folder / "two_terms.json")).line)

# %%
# One more term of the series, and the search finds nothing. That is evidence, not a proof; branch
# and bound in ball arithmetic is one.

right = x - x**3 / 3 + 2 * x**5 / 15
longer = verify.Claim.of("three terms", sp.tanh(x), right, sampler=unit_interval, where=[x <= 1])
proof = verify.prove(longer)
print(proof.verdict.value)
print(proof.certificate.check().line)

# %%
# The gap between the two sides. Below zero the claim is false.

points = np.linspace(0, 1, 400)
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for expression, label in ((short.bound.expression, "two terms"), (right, "three terms")):
    gap = sp.lambdify(x, expression - sp.tanh(x), "numpy")
    axes.plot(points, gap(points), label=label)
axes.axhline(0, color="gray", linewidth=0.8)
axes.set(xlabel="x", ylabel="right side - tanh x")
axes.legend(frameon=False)
plt.show()
