r"""
Where a gradient flow ends, without integrating it
==================================================

The gradient flow of a diagonal linear network :math:`x = u \odot u - v \odot v` with weight
normalization ends at the minimizer of an explicit convex function. Plumbline solves that problem
with a two-sided certificate and compares the end with the least :math:`\ell_1` norm among all
interpolants: your own ``A`` and ``y`` in two lines.
"""

import matplotlib.pyplot as plt
import torch

from numerics import diagonal_linear as net

generator = torch.Generator().manual_seed(0)
A = torch.randn(20, 60, generator=generator, dtype=torch.float64)
sparse = torch.zeros(60, dtype=torch.float64)
sparse[[3, 17, 42]] = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
y = A @ sparse

least = net.minimum_l1(A, y)
print(f"least l1 norm of an interpolant: {float(least.value.value):.9f}")
end = net.limit(A, y, torch.full((60,), 0.1, dtype=torch.float64), eta=4.0)
widest = float((end.x.upper - end.x.lower).max())
print(f"end of the flow: ||x||_1 = {float(end.mass.value):.9f}, entries known to {widest:.1e}")

# %%
# The smaller the start, the closer the end to the least norm. Each point is a certified end.

scales = [0.1, 0.03, 0.01, 0.003, 0.001]
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for eta, label in ((4.0, "weight normalization, eta = 4"), (None, "plain flow")):
    gaps = []
    for scale in scales:
        start = torch.full((60,), scale, dtype=torch.float64)
        flow = net.plain_limit(A, y, start) if eta is None else net.limit(A, y, start, eta=eta)
        gaps.append(float(flow.mass.value) - float(least.value.value))
    axes.loglog(scales, gaps, "o-", label=label)
axes.set(xlabel="scale of the start", ylabel="||x||_1 - least")
axes.legend(frameon=False)
plt.show()
