"""Peak memory of one enclosure, measured in a fresh process (Linux)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

_SCRIPT = """
import sys, torch, numerics
torch.set_num_threads(1)
d, m, depth = map(int, sys.argv[1:])
small = numerics.WeightNormNetwork.random((4, 60, 60), seed=0)
numerics.hessian_norm(small, torch.ones(4, dtype=torch.float64))
network = numerics.WeightNormNetwork.random((d, *[m] * depth), seed=0)
x = torch.ones(d, dtype=torch.float64)
def status(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
open("/proc/self/clear_refs", "w").write("5")  # forget the peak of building the network
before = status("VmRSS")
numerics.hessian_norm(network, x, relative_width=1e-6)
after = status("VmHWM")
print(network.parameters * 8 / 1e6, (after - before) * 1024 / 1e6)
"""


def memory(sizes: Sequence[tuple[int, int, int]]) -> str:
    """Growth of the peak resident memory while one enclosure is computed, beside the weights."""
    lines = [
        "| size | weights MB | reduced matrix MB | peak growth MB | growth / weights |",
        "|---|---|---|---|---|",
    ]
    for d, m, depth in sizes:
        found = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(d), str(m), str(depth)],
            capture_output=True,
            text=True,
            check=True,
        )
        weights, grown = map(float, found.stdout.split())
        reduced = 8 * (m * (depth - 1)) ** 2 / 1e6
        lines.append(
            f"| ({d},{m},{depth}) | {weights:.1f} | {reduced:.1f} | {grown:.0f} "
            f"| {grown / weights:.1f} |"
        )
    return "\n".join(lines)
