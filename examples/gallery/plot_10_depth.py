r"""
What depth really costs
=======================

The gradient bound of the literature, `gradient.summed`, grows like the root of the depth. Is that
the networks, or the proof? The attack finds the largest gradient at each depth, at a fixed norm
of everything else, and fits the exponent: the truth does not grow.
"""

import matplotlib.pyplot as plt

import verify

regime = {"nu": 100.0, "omega": 1.0, "xi": 1.0}  # the parameters' part dominates
law = verify.scaling_law(
    verify.claims()["gradient.summed"],
    over=("L",),
    regime=regime,
    sizes={"L": (1, 2, 4, 8, 16)},
    groups=("identity",),
)
print("\n".join(law.lines()))

# %%
# The suprema that the search found, the bound, and the median of random networks, which shows
# nothing of either.

cells = law.laws[0].cells
depths = [cell.sizes["L"] for cell in cells]
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for what, label in (
    ("bound", "bound"),
    ("truth", "largest found"),
    ("random", "median of random ones"),
):
    axes.loglog(depths, [getattr(cell, what) for cell in cells], "o-", label=label)
axes.set(xlabel="depth L", ylabel="||grad f||")
axes.legend(frameon=False)
plt.show()
