"""Samples of named tensors: no theorems of ours, only an empty notation that users extend."""

from bounds.notation import Notation

__all__ = ["BOUNDS", "NOTATION"]

NOTATION = Notation("samples", {})
BOUNDS = ()
