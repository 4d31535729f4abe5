"""Generalization certificates as claims: finite classes, independent draws, a section."""
