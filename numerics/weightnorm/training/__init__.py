"""Training of WeightNorm networks on the square loss, with checkpoints and trackers."""

from numerics.weightnorm.training.archive import SavedRun, load_run
from numerics.weightnorm.training.cone import ConePoints, attack_cone, sample_cone
from numerics.weightnorm.training.gradient import gradient_step, loss_and_gradient
from numerics.weightnorm.training.loop import train
from numerics.weightnorm.training.optimizers import OPTIMIZERS
from numerics.weightnorm.training.settings import Settings
from numerics.weightnorm.training.trackers import TRACKERS, Moment
from numerics.weightnorm.training.trajectory import Checkpoint, Records, TrainingStopped, Trajectory

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
