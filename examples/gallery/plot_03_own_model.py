r"""
A claim about a model of your own
=================================

Any ``torch.nn.Module`` can stand in a claim: here a small residual network, and the bound that
multiplies the spectral norms of its blocks. The module is copied to float64 and never touched.
"""

import matplotlib.pyplot as plt
import sympy as sp
import torch
from torch import nn

import verify


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.outer = nn.Linear(4, 1)

    def forward(self, x):
        return self.outer(x + torch.tanh(self.inner(x)))


torch.manual_seed(0)
model = Residual()


def product(p):
    norm = torch.linalg.matrix_norm
    return norm(p["outer.weight"], 2) * norm(p["inner.weight"], 2)


def with_skip(p):
    norm = torch.linalg.matrix_norm
    return norm(p["outer.weight"], 2) * (1 + norm(p["inner.weight"], 2))


s = sp.Symbol("s", nonnegative=True)


def claim(name, measure):
    return verify.Claim.about_module(
        name, model, "input_gradient_norm", s, measures={"s": measure},
        inputs={"x": verify.domain.ball(4)}, parameters=0.5,
    )  # fmt: skip


# %%
# Whoever forgets the skip connection is refuted.

forgotten = verify.investigate(claim("product of norms", product), evaluations=300)
print(forgotten.verdict.value, f"{forgotten.best_ratio:.3f}")

# %%
# With it, nothing is found.

right = verify.investigate(claim("one more for the skip", with_skip), evaluations=300)
print(right.verdict.value, f"{right.best_ratio:.3f}")

# %%
# The gradient along a line of inputs, beside both right sides.

line = torch.linspace(-3, 3, 200)[:, None] * torch.ones(4)
line.requires_grad_()
(gradient,) = torch.autograd.grad(model(line).sum(), line)
values = dict(model.named_parameters())
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.plot(line[:, 0].detach(), gradient.norm(dim=-1), label="||grad||")
axes.axhline(float(product(values)), color="tab:red", linestyle="--", label="without the skip")
axes.axhline(float(with_skip(values)), color="tab:green", linestyle="--", label="with it")
axes.set(xlabel="input along (1, 1, 1, 1)")
axes.legend(frameon=False)
plt.show()
