"""Campaigns: stored, resumable runs of claims over architectures, activations and seeds."""

from verify.campaign.plan import Item, Plan
from verify.campaign.read import Campaign, Summary, read
from verify.campaign.runner import run
from verify.campaign.work import Result

__all__ = ["Campaign", "Item", "Plan", "Result", "Summary", "read", "run"]
