r"""
A generalization certificate
============================

A trained network goes in; out comes "with 95 % confidence its population error is below ...",
from a Rademacher bound that does not know the width. Everything that was chosen with an eye on
the data has to be declared beforehand.
"""

import matplotlib.pyplot as plt

from numerics.weightnorm.generalization import (
    aligned_network,
    certify,
    choices,
    held_out,
    network_class,
    principal,
    recipe_for,
    train_for_certificate,
)
from numerics.weightnorm.generalization.tasks import draw_split, find_task

split = draw_split(find_task("digits parity"))
pilot_map = principal(split.pilot, 20)  # fixed on pictures that are not part of the sample
declared = choices(1200, network_class("tanh", "outer", 1), maps=(pilot_map,))
z = pilot_map(split.x)
network = train_for_certificate(
    aligned_network(z, split.y, (8,), seed=0), z, split.y, recipe=recipe_for(1)
)
certificate = certify(network, split.x, split.y, choices=declared, delta=0.05)
print(certificate)
beside = held_out(network, split.held_x, split.held_y, input_map=pilot_map)
print(beside)

# %%
# The margins of the sample: the certificate pays for those below the margin that it chose.

margins = (network(z) * split.y).flatten()
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.hist(margins.detach().numpy(), bins=60)
axes.axvline(0, color="gray", linewidth=0.8)
axes.set(xlabel="margin y f(x)", ylabel="pictures")
plt.show()
