r"""
A campaign that can be killed
=============================

Many claims over many architectures and seeds, for hours: every finished item is stored, and the
same command goes on where it was stopped. Here a small one is stopped half-way and taken up
again.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from verify import campaign

database = Path(tempfile.mkdtemp()) / "night.db"
plan = campaign.Plan(
    claims="input_gradient",
    depths=(1, 2, 3),
    widths=(2, 4),
    activations=("tanh",),
    seeds=2,
    networks=8,
    evaluations=200,
)
campaign.run(database, plan, limit=5)
stopped = campaign.read(database)
print(len(stopped.results), "of", len(stopped.items), "items")
campaign.run(database, plan)
whole = campaign.read(database)
print("finished:", whole.finished)
for line in whole.summaries():
    print(f"{line.claim}: {line.verdict.value}, best truth/bound {line.best_ratio:.6g}")
    print("at", line.best_at)

# %%
# The store holds one result for each item.

results = whole.results.values()
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.plot([result.best_ratio for result in results], "o")
axes.axhline(1, color="gray", linewidth=0.8)
axes.set(xlabel="item", ylabel="best truth/bound")
plt.show()
