"""`python -m numerics.weightnorm.train`: train WeightNorm networks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from numerics.activations import ACTIVATIONS
from numerics.commandline import OneLineParser
from numerics.data import DATASETS, Dataset, load
from numerics.data.own import SUFFIX
from numerics.errors import NumericsError
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.training.archive import describe, load_run, records_content, write_json
from numerics.weightnorm.training.loop import train
from numerics.weightnorm.training.optimizers import OPTIMIZERS
from numerics.weightnorm.training.settings import check_settings
from numerics.weightnorm.training.starts import picture_network, uniform_network
from numerics.weightnorm.training.trackers import DEFAULT_TRACKERS, TRACKERS
from numerics.weightnorm.training.trajectory import TrainingStopped, Trajectory

STOPPED, WRONG_USAGE, INTERRUPTED = 1, 2, 130


def main(
    arguments: Sequence[str] | None = None, *, prog: str = "python -m numerics.weightnorm.train"
) -> int:
    """Run the command; the exit code: 0 done, 1 overflow, 2 wrong usage, 130 interrupted."""
    options = _parser(prog).parse_args(arguments)
    try:
        _run(options)
    except TrainingStopped as stopped:
        write_json(options.out / "records.json", records_content(stopped.trajectory.records))
        _say(stopped)
        return STOPPED
    except NumericsError as error:
        _say(error)
        return WRONG_USAGE
    except KeyboardInterrupt:
        _say(f"interrupted; the same command with --resume continues from {options.out}")
        return INTERRUPTED
    return 0


def _say(message: object) -> None:
    sys.stderr.write(f"numerics.weightnorm.training: {message}\n")


def _run(options: argparse.Namespace) -> None:
    spec = _data_spec(options)
    data = load(**spec, folder=options.data_dir, fetch=options.fetch)
    network = _network(options, data).to(options.device, getattr(torch, options.dtype))
    settings = check_settings(
        network,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        batch_size=options.batch_size,
        seed=options.seed,
    )
    run_file = options.out / "run.json"
    if not run_file.exists():
        write_json(run_file, describe(spec | {"checksum": data.checksum}, network, settings))
    trajectory = train(
        network,
        data.x,
        data.y,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        batch_size=options.batch_size,
        seed=options.seed,
        steps=options.steps,
        checkpoint_every=options.checkpoint_every,
        track_every=options.track_every,
        trackers=options.trackers,
        folder=options.out,
        resume=options.resume,
    )
    write_json(options.out / "records.json", records_content(trajectory.records))
    _show(trajectory, load_run(options.out).description, options.out)


def _data_spec(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `load` that say which data, without where they are."""
    names = ("target", "scale", "positive", "n", "split")
    chosen = {name: getattr(options, name) for name in names}
    return {"name": options.data, **chosen, "seed": options.data_seed}


def _network(options: argparse.Namespace, data: Dataset) -> WeightNormNetwork:
    widths = (data.x.shape[1], *options.widths)
    if options.start == "pictures":
        if len(options.widths) != 1 or options.networks is not None:
            raise NumericsError(
                argument="start",
                found=f"pictures with widths {options.widths} and {options.networks} networks",
                accepted="one hidden layer and one network",
            )
        return picture_network(
            data.x, options.widths[0], options.activation, row_norm=options.start_scale,
            seed=options.seed, placement=options.placement,
        )  # fmt: skip
    common = {"seed": options.seed, "batch": options.networks, "placement": options.placement}
    if options.start == "uniform":
        return uniform_network(widths, options.activation, half_width=options.start_scale, **common)
    return WeightNormNetwork.random(
        widths, options.activation, weight_scale=options.start_scale, **common
    )


def _show(trajectory: Trajectory, description: dict[str, Any], out: Path) -> None:
    table = Table(title=f"{description['data']['name']}, widths {description['network']['widths']}")
    for heading in ("step", "loss (smallest)", "loss (largest)"):
        table.add_column(heading, justify="right")
    for checkpoint in trajectory.checkpoints:
        low, high = checkpoint.loss.min().item(), checkpoint.loss.max().item()
        table.add_row(str(checkpoint.step), f"{low:.6g}", f"{high:.6g}")
    Console().print(table)
    sys.stdout.write(f"saved in {out}\n")


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"found {text!r}; accepted: widths with commas, as 64,64"
        ) from None


def _data(text: str) -> str:
    if text in DATASETS:
        return text
    if text.endswith(SUFFIX):
        return str(Path(text).resolve())
    raise argparse.ArgumentTypeError(
        f"found {text!r}; accepted: {', '.join(DATASETS)}, or a .npz file"
    )


def _rates(text: str) -> float | tuple[float, ...]:
    try:
        rates = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"found {text!r}; accepted: a number, or one per network with commas"
        ) from None
    return rates[0] if len(rates) == 1 else rates


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog=prog,
        description="Train WeightNorm networks on the square loss and keep checkpoints and "
        "tracked quantities in a folder.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run")
    _add_data(parser.add_argument_group("data"))
    _add_network(parser.add_argument_group("network"))
    _add_training(parser.add_argument_group("training"))
    return parser


def _add_data(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--data",
        type=_data,
        default="digits",
        help=f"{', '.join(DATASETS)}, or a .npz file with arrays x (n, d) and y (n,) (%(default)s)",
    )
    add("--data-dir", metavar="DIR", help="folder with MNIST's or CIFAR-10's official files")
    add("--fetch", action="store_true", help="download them with scikit-learn instead")
    add(
        "--target",
        choices=("parity", "one-vs-rest", "value"),
        default="parity",
        help="parity, class against rest, or label / 9 (%(default)s)",
    )
    add("--positive", type=int, default=0, help="the class +1 of one-vs-rest (%(default)s)")
    add("--scale", choices=("unit", "raw"), default="unit", help="unit norm or raw (%(default)s)")
    add("--split", choices=("train", "test"), help="part of the data (train where present)")
    add("--n", type=int, help="this many examples (all)")
    add("--data-seed", type=int, default=0, help="seed that draws them (%(default)s)")


def _add_network(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--widths", type=_widths, default=(64, 64), help="hidden widths (64,64)")
    add("--activation", choices=tuple(ACTIVATIONS), default="tanh", help="activation (%(default)s)")
    add(
        "--placement",
        choices=("inner", "outer"),
        default="inner",
        help="of the width factor (%(default)s)",
    )
    add("--networks", type=int, help="train a batch of this many networks (one, unbatched)")
    add(
        "--start",
        choices=("gaussian", "uniform", "pictures"),
        default="gaussian",
        help="initial draw (%(default)s)",
    )
    add(
        "--start-scale",
        type=float,
        default=1.0,
        help="its standard deviation, half width times sqrt(m), or row norm (%(default)s)",
    )
    add(
        "--dtype",
        choices=("float64", "float32"),
        default="float64",
        help="training precision (%(default)s)",
    )
    add("--device", default="cpu", help="cpu or cuda (%(default)s)")


def _add_training(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--optimizer", choices=tuple(OPTIMIZERS), default="gd", help="optimizer (%(default)s)")
    add("--learning-rate", type=_rates, default=1.0, help="one, or one per network (%(default)s)")
    add("--batch-size", type=int, help="mini-batch size (all data)")
    add("--steps", type=int, default=200, help="number of updates (%(default)s)")
    add("--seed", type=int, default=0, help="seed of start and mini-batches (%(default)s)")
    add("--checkpoint-every", type=int, help="steps between checkpoints (first and last only)")
    add("--track-every", type=int, default=10, help="steps between records (%(default)s)")
    add(
        "--trackers",
        nargs="+",
        choices=tuple(TRACKERS),
        metavar="NAME",
        default=DEFAULT_TRACKERS,
        help=f"what is recorded, of {', '.join(TRACKERS)}",
    )
    add("--resume", action="store_true", help="continue the run in --out")


if __name__ == "__main__":
    sys.exit(main())
