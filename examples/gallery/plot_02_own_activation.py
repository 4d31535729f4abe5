r"""
An activation of your own
=========================

An activation is a formula. Plumbline proves the suprema :math:`K = \sup|\varphi'|` and
:math:`\beta = \sup|\varphi''|` that the theorems ask for, makes the torch functions with a proved
rounding constant, and takes it wherever a shipped activation's name is taken.
"""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
import torch

import numerics
import verify

t = sp.Symbol("t", real=True)
bent = verify.activation.from_formula(t / 2 + sp.atan(2 * t) / 4, name="bent")
definition = verify.activation.definition_of(bent)
print("K    =", definition.K)
print("beta =", definition.beta)

# %%
# Networks, quantities and claims take the object itself.

network = numerics.WeightNormNetwork.random((5, 16, 16), bent, seed=0, batch=40)
x = torch.ones(5, dtype=torch.float64) / 5**0.5
case = verify.network_case(network, x)
for name in ("gradient", "hessian.closed"):
    found = verify.check(verify.claims()[name], case)
    print(f"{name:16} {found.verdict.value}, worst truth/bound {found.best_ratio:.3f}")

# %%
# The derivatives, with the proved suprema.

points = np.linspace(-4, 4, 600)
suprema = (definition.K, definition.beta)
figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for order, (panel, supremum) in enumerate(zip(axes, suprema, strict=True), start=1):
    derivative = sp.lambdify(t, sp.diff(t / 2 + sp.atan(2 * t) / 4, t, order), "numpy")
    panel.plot(points, derivative(points))
    for sign in (-1, 1):
        panel.axhline(sign * float(supremum), color="tab:orange", linestyle="--", linewidth=1)
    panel.set(xlabel="t", title=f"derivative {order}, supremum {float(supremum):.4g}")
plt.show()
