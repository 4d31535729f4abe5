r"""
A certificate that training converges
=====================================

For two-layer ReLU networks with weight normalization, theorems of convergence ask for widths like
:math:`10^{10}`. A certificate computed from *one state* of a run proves linear convergence for
all later times, at widths people use.
"""

import matplotlib.pyplot as plt
import torch

from numerics import relu_two_layer as relu


def sphere(n, d, seed):
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x / x.norm(dim=-1, keepdim=True)


x = sphere(20, 20, seed=1)
y = torch.randn(20, generator=torch.Generator().manual_seed(0), dtype=torch.float64).sign()
network = relu.ReluNetwork.random(20, 2000, seed=0)
smoothness = float(relu.largest_eigenvalue(relu.kernels(network, x).tangent).upper)
step_size = 0.08 / smoothness
run = relu.train(network, x, y, learning_rate=step_size, steps=400, ask_every=10)
answer = run.first_certificate()
print(f"certified at step {answer.step}: rate {answer.found.rate:.4f}")
print(answer.found.statement.value)

# %%
# From the step at which the certificate is found, the residual stays below the dashed line.
# Nobody needs to run on to know it.

residuals = run.residuals[:, 0]
steps = torch.arange(len(residuals))
later = steps[steps >= answer.step]
start = float(residuals[answer.step])
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.semilogy(steps, residuals, label="measured residual")
axes.semilogy(
    later,
    start * (1 - step_size * answer.found.rate) ** (later - answer.step).double(),
    "--",
    label="certified",
)
axes.axvline(answer.step, color="gray", linewidth=0.8)
axes.set(xlabel="step", ylabel="||r||")
axes.legend(frameon=False)
plt.show()
