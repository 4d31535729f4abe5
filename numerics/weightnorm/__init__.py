"""Deep WeightNorm networks: the model, its true quantities, their curvature, its training."""
