r"""
Bound and truth along training
==============================

A network is trained on scikit-learn's digits; at each checkpoint the Hessian norm is enclosed and
the bounds are evaluated at the network's own numbers.
"""

import matplotlib.pyplot as plt

import numerics
import verify
from numerics.data import load
from numerics.weightnorm.training import train

data = load("digits", n=100, target="one-vs-rest")
start = numerics.WeightNormNetwork.random((64, 32, 32), "tanh", seed=0, weight_scale=0.1)
run = train(start, data.x, data.y, learning_rate=1.0, steps=200, checkpoint_every=25)
for name in ("hessian.closed.summed", "hessian.closed", "hessian.chain"):
    print(name, verify.claims()[name].bound.source)

# %%
# Truth, and three bounds, at the first four pictures.

names = ("hessian.closed.summed", "hessian.closed", "hessian.chain")
lines = {name: [] for name in ("truth", *names)}
for checkpoint in run.checkpoints:
    case = verify.network_case(checkpoint.network, data.x[:4])
    checks = {name: verify.check(verify.claims()[name], case) for name in names}
    lines["truth"].append(float(checks[names[0]].upper.max()))
    for name in names:
        lines[name].append(float(checks[name].bound.max()))
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for name, values in lines.items():
    axes.semilogy(run.steps, values, "o-", label=name)
axes.set(xlabel="step", ylabel="||Hess f||_2")
axes.legend(frameon=False)
plt.show()
