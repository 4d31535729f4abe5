"""Training of WeightNorm networks on the square loss, with checkpoints and trackers."""

from numerics.training.archive import SavedRun, load_run
from numerics.training.cone import ConePoints, attack_cone, sample_cone
from numerics.training.gradient import gradient_step, loss_and_gradient
from numerics.training.loop import train
from numerics.training.optimizers import OPTIMIZERS
from numerics.training.settings import Settings
from numerics.training.trackers import TRACKERS, Moment
from numerics.training.trajectory import Checkpoint, Records, TrainingStopped, Trajectory

__all__ = [
    "OPTIMIZERS",
    "TRACKERS",
    "Checkpoint",
    "ConePoints",
    "Moment",
    "Records",
    "SavedRun",
    "Settings",
    "TrainingStopped",
    "Trajectory",
    "attack_cone",
    "gradient_step",
    "load_run",
    "loss_and_gradient",
    "sample_cone",
    "train",
]
