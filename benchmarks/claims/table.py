"""All claims of the bench."""

from benchmarks.claims.known import Known
from benchmarks.claims.matrices import MATRICES
from benchmarks.claims.networks import NETWORKS
from benchmarks.claims.scalars import SCALARS
from benchmarks.claims.vectors import VECTORS

__all__ = ["BENCH"]

BENCH: tuple[Known, ...] = (*SCALARS, *VECTORS, *MATRICES, *NETWORKS)
