r"""
A certified Hessian norm at ten million parameters
==================================================

The Hessian of a network with :math:`p` parameters is a :math:`p \times p` matrix. Its spectral
norm lies between two numbers that are *certified*: the lower end is the value of the quadratic
form along a vector, the upper end a Cholesky factorization of a matrix of size :math:`m_1 + \dots
+ m_L`, with every rounding error accounted for.
"""

import time

import matplotlib.pyplot as plt
import torch

import numerics

network = numerics.WeightNormNetwork.random((3072, 2048, 2048), "tanh", seed=0)
parameters = sum(W.numel() for W in network.weights) + network.v.numel()
x = torch.randn(3072, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
x = x / x.norm()
begin = time.perf_counter()
norm = numerics.hessian_norm(network, x)
seconds = time.perf_counter() - begin
print(f"{parameters:,} parameters: the Hessian would fill {parameters**2 * 8 / 1e12:.0f} TB")
print(f"{float(norm.lower):.12f} <= ||Hess f||_2 <= {float(norm.upper):.12f}")
print(f"{seconds:.1f} s on the machine that built this page")
print(norm.quality.value)

# %%
# How the norm falls with the width: one call takes a batch of networks, and gives both ends for
# each.

widths = (16, 32, 64, 128, 256)
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for depth in (1, 2, 4):
    ends = []
    for width in widths:
        batch = numerics.WeightNormNetwork.random((64,) + (width,) * depth, "tanh", seed=1, batch=8)
        inputs = torch.ones(64, dtype=torch.float64) / 8
        ends.append(numerics.hessian_norm(batch, inputs))
    middle = [float(end.upper.median()) for end in ends]
    axes.plot(widths, middle, "o-", label=f"L = {depth}")
axes.set(xscale="log", yscale="log", xlabel="width m", ylabel="median ||Hess f||_2 of 8 networks")
axes.legend(frameon=False)
plt.show()
