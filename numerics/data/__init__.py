"""Data to train on: digits (embedded), MNIST and CIFAR-10 (official files or OpenML)."""

from numerics.data.dataset import Dataset, Scale, Target
from numerics.data.load import DATASETS, load

__all__ = ["DATASETS", "Dataset", "Scale", "Target", "load"]
