"""Two-layer ReLU networks with weight normalization, after [DGM20] (arXiv 2006.06878)."""

from bounds.relu_two_layer import courses, draws, limits, moves, states
from bounds.relu_two_layer.facts import FACTS, STEPS
from bounds.relu_two_layer.limits import DIRECTION, GAIN, PLAIN
from bounds.relu_two_layer.symbols import NOTATION

__all__ = ["BOUNDS", "DIRECTION", "FACTS", "GAIN", "NOTATION", "PLAIN", "STEPS"]

BOUNDS = (*states.BOUNDS, *limits.BOUNDS, *moves.BOUNDS, *courses.BOUNDS, *draws.BOUNDS)
