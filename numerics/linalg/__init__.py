"""Certified linear algebra that knows no network."""
