"""Rigorous float64 intervals: arithmetic, functions, and formulas evaluated in them."""

from bounds.interval.core import Interval

__all__ = ["Interval"]
