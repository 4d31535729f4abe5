"""Where the time of the largest enclosure goes, by library call."""

from __future__ import annotations

import torch
from torch.profiler import ProfilerActivity, profile

import numerics
from benchmarks.single import build


def largest_case(size: tuple[int, int, int], device: str, lines: int = 10) -> str:
    """Self time of the heaviest library calls while one enclosure is computed."""
    network, x = build(*size, device)
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
