"""A training run in a folder, as the command line leaves it and as others read it.

run.json         what was asked for: data, network, training (schema "plumbline.training/1")
data.npz         the data of a run begun from Python, which no name stands for
step-*.checkpoint  networks, optimizer memory and records, see `numerics.storage`
records.json     the tracked quantities of a finished run, for readers without Python
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from numerics.activations import Activation, activation, signature
from numerics.data import Dataset, load
from numerics.data.own import checksum_of, write_own
from numerics.errors import NumericsError
from numerics.storage import PATTERN, read_whole
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.training.settings import Settings
from numerics.weightnorm.training.trajectory import Checkpoint, Records, Trajectory

SCHEMA = "plumbline.training/1"
_OWN = "data.npz"


@dataclass(frozen=True, eq=False, slots=True)
class SavedRun:
    """A run read back from its folder: the description in run.json and the trajectory so far."""

    description: dict[str, Any]
    trajectory: Trajectory
    folder: Path | None = None

    def data(self, folder: str | os.PathLike[str] | None = None) -> Dataset:
        """The data it was trained on, loaded anew; NumericsError if they are not the same."""
        wanted = self.description["data"]
        if not wanted.get("checksum"):
            raise NumericsError(
                argument="folder",
                found="a run.json without the checksum of its data",
                accepted="one that says which data they were: training on one data set (n, d)",
            )
        if wanted["name"] == _OWN:
            folder = self.folder
        return load(**wanted, folder=folder)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all; NumericsError when the folder cannot be written."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
        temporary.replace(path)
    except OSError as error:
        raise NumericsError(
            argument="out", found=f"{path.parent} ({error})", accepted="a writable folder"
        ) from error


def begin(
    folder: Path, network: WeightNormNetwork, x: Tensor, y: Tensor, settings: Settings
) -> None:
    """Write run.json and the data beside it, where no run.json is there yet.

    Data of a shape of its own for each network of a batch are not written, nor named in run.json.
    """
    if (folder / "run.json").exists():
        return
    data: dict[str, Any] = {"name": _OWN, "scale": "raw"}
    if x.ndim == 2 and y.ndim == 1:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_own(folder / _OWN, x, y)
        except OSError as error:
            raise NumericsError(
                argument="folder", found=f"{folder} ({error})", accepted="a writable folder"
            ) from error
        data["checksum"] = checksum_of(x, y)
    write_json(folder / "run.json", describe(data, network, settings))


def describe(
    data: dict[str, Any], network: WeightNormNetwork, settings: Settings
) -> dict[str, Any]:
    """The content of run.json: everything that is needed to read the checkpoints."""
    return {
        "schema": SCHEMA,
        "data": data,
        "network": {
            "widths": list(network.widths),
            "batch": network.batch,
            "activation": network.activation.name,
            "signature": signature(network.activation),
            "placement": network.placement,
        },
        "training": {
            "optimizer": settings.optimizer,
            "learning_rate": list(settings.learning_rate),
            "batch_size": settings.batch_size,
            "seed": settings.seed,
        },
    }


def records_content(records: Records) -> dict[str, Any]:
    """Records as JSON values; what is not finite becomes null."""
    values = {name: _finite(value.tolist()) for name, value in records.values.items()}
    return {"schema": SCHEMA, "steps": list(records.steps), "values": values}


def load_run(folder: str | os.PathLike[str], *, activations: Sequence[Activation] = ()) -> SavedRun:
    """The run in `folder`, finished or not, with all its checkpoints; on the CPU.

    activations: one's own, which run.json can only name; looked up before the shipped ones.
    Raises NumericsError for a folder without a run, another schema, a damaged checkpoint, an
    activation that is not known by its name or is another function under it.
    """
    root = Path(folder)
    try:
        description = json.loads((root / "run.json").read_text())
    except (OSError, ValueError) as error:
        raise NumericsError(
            argument="folder", found=f"{root} ({error})", accepted="a folder with a run.json"
        ) from error
    if not isinstance(description, dict) or description.get("schema") != SCHEMA:
        raise NumericsError(
            argument="folder", found=f"{root / 'run.json'} of another schema", accepted=SCHEMA
        )
    contents = [read_whole(path) for path in sorted(root.glob(PATTERN))]
    training = description["training"]
    settings = Settings(**{**training, "learning_rate": tuple(training["learning_rate"])})
    phi = _activation(description["network"], activations)
    checkpoints = tuple(_checkpoint(description["network"], phi, content) for content in contents)
    last = contents[-1] if contents else {"record_steps": [], "records": {}}
    records = Records(tuple(last["record_steps"]), last["records"])
    return SavedRun(description, Trajectory(settings, checkpoints, records), root)


def _activation(network: dict[str, Any], own: Sequence[Activation]) -> Activation:
    """The activation that run.json names, among one's own and the shipped ones."""
    name, wanted = network["activation"], network.get("signature")
    found = next((phi for phi in own if phi.name == name), None)
    if found is None:
        found = activation(name)
    if wanted is not None and signature(found) != wanted:
        raise NumericsError(
            argument="activations",
            found=f"{signature(found)}, another function under the name {name!r}",
            accepted=wanted,
        )
    return found


def _checkpoint(network: dict[str, Any], phi: Activation, content: dict[str, Any]) -> Checkpoint:
    values: list[torch.Tensor] = content["parameters"]
    weights, v = values[:-1], values[-1]
    widths = [weights[0].shape[-1], *(weight.shape[-2] for weight in weights)]
    if widths != network["widths"]:
        raise NumericsError(
            argument="folder",
            found=f"a checkpoint of step {content['step']} with widths {widths}",
            accepted=f"widths {network['widths']}, as run.json says",
        )
    found = WeightNormNetwork(tuple(weights), v, phi, network["placement"], network["batch"])
    return Checkpoint(content["step"], found, content["loss"])


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return value if math.isfinite(value) else None
