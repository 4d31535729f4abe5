"""Training of WeightNorm networks on the square loss, with checkpoints and trackers."""

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
    "Moment",
    "Records",
    "Settings",
    "TrainingStopped",
    "Trajectory",
    "gradient_step",
    "loss_and_gradient",
    "train",
]
