"""The commands: what each is for, where its options and its work stand."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMMANDS", "NAME", "Command"]

#: The distribution and its console script.
NAME = "plumbnn"


@dataclass(frozen=True)
class Command:
    """One command.

    help: a line. options: module with `add(parser)`, loaded for this command alone; "" where the
    work reads its own arguments. work: "module:function" of the options (or the arguments).
    """

    help: str
    options: str
    work: str


COMMANDS = {
    "report": Command(
        "check every claim; write a page, its data, a badge, LaTeX for a paper",
        "verify.commands.report", "verify.report.cli:run_command",
    ),
    "attack": Command(
        "search for counterexamples: bounds, controls, tightness, mutants, witnesses",
        "verify.commands.attack", "verify.attack.cli:run_command",
    ),
    "prove": Command(
        "prove claims of your own in formulas on their whole domain",
        "verify.commands.prove", "verify.prove.cli:run_command",
    ),
    "campaign": Command(
        "long stored runs over claims, architectures and seeds",
        "verify.commands.campaign", "verify.campaign.cli:run_command",
    ),
    "counterexample": Command(
        "show a stored counterexample, re-check it, turn it into a test",
        "verify.commands.counterexample", "verify.counterexample.cli:run_command",
    ),
    "check": Command(
        "the independent checker: counterexample files and proof certificates",
        "verify.commands.check", "verify.commands.check:run_command",
    ),
    "scaling": Command(
        "how the largest truth grows with depth or width, beside the bound",
        "verify.commands.scaling", "verify.scaling.cli:run_command",
    ),
    "train": Command(
        "train networks step by step on digits, MNIST, CIFAR-10 or your data",
        "", "numerics.weightnorm.train:main",
    ),
    "figures": Command(
        "the figures of [CV25], our bounds over the measured curves",
        "", "verify.weightnorm.figures:main",
    ),
    "bench": Command(
        "measure speed against other tools (in a checkout)",
        "", "verify.commands.bench:main",
    ),
}  # fmt: skip
