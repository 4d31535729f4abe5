"""Figures 1 and 2 with the published settings: `python -m verify.weightnorm.figures 1`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from numerics.commandline import OneLineParser
from numerics.data import Dataset
from numerics.errors import NumericsError
from numerics.weightnorm.training import TrainingStopped
from numerics.weightnorm.training.presets import FigureSetting, figure_data, figure_setting
from verify.errors import VerifyError
from verify.weightnorm.steps.curves import FigureCurve, curves
from verify.weightnorm.steps.figure import figure_svg, findings

STOPPED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
#: fixed, so that a longer run continues a shorter one
CHECKPOINT_EVERY = 25
#: where the real data are looked for without --data-dir and PLUMBLINE_DATA
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def main(
    arguments: Sequence[str] | None = None, *, prog: str = "python -m verify.weightnorm.figures"
) -> int:
    """Run the command; exit code 0 done, 1 training overflowed, 2 wrong usage, 130 interrupted."""
    options = _parser(prog).parse_args(arguments)
    try:
        _run(options)
    except TrainingStopped as stopped:
        return _fail(stopped, STOPPED)
    except (NumericsError, VerifyError) as error:
        return _fail(error, WRONG_USAGE)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command continues", INTERRUPTED)
    return 0


def _fail(message: object, code: int) -> int:
    sys.stderr.write(f"verify.weightnorm.figures: {message}\n")
    return code


def _run(options: argparse.Namespace) -> None:
    start = time.perf_counter()
    setting = figure_setting(options.number)
    data = find_data(setting, options.data_dir, digits=options.digits)
    name = f"figure{setting.number}-{data.name}"
    found = list(
        curves(
            setting, data, options.out / f"{name}-runs-{options.seed}", steps=options.steps,
            track_every=options.every, track_n=options.examples, seed=options.seed,
            device=options.device, checkpoint_every=CHECKPOINT_EVERY,
        )
    )  # fmt: skip
    save(options.out, name, figure_svg(setting, data.name, found), found)
    for line in findings(found):
        sys.stdout.write(line + "\n")
    seconds = time.perf_counter() - start
    sys.stdout.write(f"saved {options.out / name}.svg and .json in {seconds:.0f} s\n")


def find_data(setting: FigureSetting, folder: str | None, *, digits: bool) -> Dataset:
    """The figure's real data where they are found, else the digits, saying so on stderr.

    Looked for in `folder`, else in PLUMBLINE_DATA, else in shared/data beside the repository.

    Raises:
        NumericsError: a folder was named and does not hold the data.
    """
    known = folder or os.environ.get("PLUMBLINE_DATA") or (BESIDE if BESIDE.is_dir() else None)
    if digits or known is None:
        if not digits:
            sys.stderr.write(f"no folder with {setting.data}: digits in its place\n")
        return figure_data(setting, None, digits=True)
    return figure_data(setting, known)


def save(out: Path, name: str, svg: str, found: Sequence[FigureCurve]) -> None:
    """name.svg and name.json in `out`, each whole or not at all.

    Raises:
        VerifyError: the folder cannot be written.
    """
    content = json.dumps({"curves": [_plain(curve) for curve in found]}, indent=1) + "\n"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for suffix, text in ((".svg", svg), (".json", content)):
            partial = out / f"{name}{suffix}.partial"
            partial.write_text(text)
            partial.replace(out / f"{name}{suffix}")
    except OSError as error:
        raise VerifyError("--out", f"{out} ({error})", "a folder that can be written") from error


def _plain(curve: FigureCurve) -> dict[str, Any]:
    values = {field.name: np.asarray(getattr(curve, field.name)) for field in fields(curve)}
    return {name: _finite(value.tolist()) for name, value in values.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return value if np.isfinite(value) else None


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog=prog,
        description="Train with the settings of figure 1 or 2 of [CV25] and draw our bounds over "
        "the measured curves. Repeating a command resumes it.",
    )
    add = parser.add_argument
    add("number", type=int, help="1 (CIFAR-10, widths 1024, 2048) or 2 (MNIST, 512, 1024)")
    add("--data-dir", metavar="DIR", help="folder with the official files")
    add("--digits", action="store_true", help="scikit-learn's digits instead of the real data")
    add("--steps", type=int, default=100, help="iterations (%(default)s)")
    add("--every", type=int, default=2, help="iterations between records (%(default)s)")
    add("--examples", type=int, default=256, help="examples judged on (%(default)s)")
    add("--seed", type=int, default=0, help="seed of start and batches (%(default)s)")
    add("--device", default="cpu", help="cpu or cuda (%(default)s)")
    add("--out", type=Path, default=Path("report"), help="folder for the results (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
