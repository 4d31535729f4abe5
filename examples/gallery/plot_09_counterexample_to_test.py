r"""
From a counterexample to a test
===============================

A refuted claim leaves a file behind. The file becomes a test that fails for as long as the claim
is wrong.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch

import bounds
import numerics
import verify

nu, K, L, m = map(bounds.symbol, ("nu", "K", "L", "m"))
claim = verify.Claim.of("textbook", "input_gradient_norm", nu * (K / m**0.5) ** L)
findings = verify.investigate(claim, evaluations=60)
print(findings)

# %%
# The file, and the test made from it.

folder = Path(tempfile.mkdtemp())
saved = findings.counterexample.save(folder / "textbook.json")
(folder / "my_claims.py").write_text(
    "import bounds, sympy, verify\n"
    "nu, K, L, m = map(bounds.symbol, ('nu', 'K', 'L', 'm'))\n"
    "claim = verify.Claim.of('textbook', 'input_gradient_norm', nu * (K / m**0.5) ** L)\n"
)
command = [sys.executable, "-m", "verify.counterexample", "pytest", str(saved)]
command += ["--claims", str(folder / "my_claims.py"), "--out", str(folder / "test_textbook.py")]
subprocess.run(command, check=True)
run = subprocess.run(
    [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(folder / "test_textbook.py"),
    ],
    capture_output=True,
    text=True,
)
print(run.stdout.splitlines()[-1])

# %%
# How wrong the claim is depends on the width: at equal rows the spectral norm of unit rows is the
# root of their number.

widths = (1, 2, 4, 8, 16)
ratios = []
for width in widths:
    rows = torch.zeros(width, 2, dtype=torch.float64)
    rows[:, 0] = 1
    network = numerics.WeightNormNetwork.from_tensors(
        [rows], torch.full((width,), width**-0.5).double()
    )
    case = verify.network_case(network, torch.zeros(2, dtype=torch.float64))
    ratios.append(verify.check(claim, case).best_ratio)
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.loglog(widths, ratios, "o-")
axes.axhline(1, color="gray", linewidth=0.8)
axes.set(xlabel="width m", ylabel="truth / claim")
plt.show()
