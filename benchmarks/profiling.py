"""Where the time of the largest enclosure goes, by library call."""

from __future__ import annotations

import torch
from torch.profiler import ProfilerActivity, profile

import numerics
from benchmarks.single import build
from numerics import WeightNormNetwork


def largest_case(size: tuple[int, int, int], device: str, lines: int = 10) -> str:
    """Self time of the heaviest library calls while one enclosure is computed."""
    network, x = build(*size, device)
    return _profiled(network, x, device, lines)


def batch_case(count: int, device: str, lines: int = 10) -> str:
    """The same for a batch of tiny networks."""
    network = WeightNormNetwork.random((6, 8, 8, 8), seed=0, batch=count, device=device)
    x = torch.ones(6, dtype=torch.float64, device=device) / 6**0.5
    return _profiled(network, x, device, lines)


def _profiled(network: WeightNormNetwork, x: torch.Tensor, device: str, lines: int) -> str:
    activities = [ProfilerActivity.CPU]
    if device != "cpu":
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as record:
        numerics.hessian_norm(network, x, relative_width=1e-6)
    events = sorted(record.key_averages(), key=lambda e: -e.self_cpu_time_total)
    total = sum(event.self_cpu_time_total for event in events)
    table = ["| call | self time s | share | calls |", "|---|---|---|---|"]
    for event in events[:lines]:
        seconds = event.self_cpu_time_total / 1e6
        share = 100.0 * event.self_cpu_time_total / total
        table.append(f"| {event.key} | {seconds:.3f} | {share:.0f} % | {event.count} |")
    if torch.cuda.is_available() and device != "cpu":
        table.append(record.key_averages().table(sort_by="cuda_time_total", row_limit=lines))
    return "\n".join(table)
