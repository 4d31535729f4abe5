"""TEMPORARY shim."""
import torch

from numerics.enclosure import Enclosure, Quality


def _e(v):
    s=1e-14*v.abs(); return Enclosure(v-s,v+s,Quality.EXACT_TO_ROUNDING,"shim")
def vector_norm(t,dim=-1): return _e(torch.linalg.vector_norm(t,dim=dim))
def mean_abs(t,dim=-1): return _e(t.abs().mean(dim))
def mean_square(t,dim=-1): return _e(t.square().mean(dim))
