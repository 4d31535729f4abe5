"""Campaigns: stored, resumable runs of claims over architectures, activations and seeds."""

from typing import TYPE_CHECKING

from numerics.lazy import lazy_door
from verify.errors import VerifyError

if TYPE_CHECKING:
    from verify.campaign.cluster import Cluster
    from verify.campaign.plan import Item, Plan
    from verify.campaign.read import Campaign, Summary, read
    from verify.campaign.runner import run
    from verify.campaign.work import Result

__all__ = ["Campaign", "Cluster", "Item", "Plan", "Result", "Summary", "read", "run"]

lazy_door(__name__, VerifyError)
