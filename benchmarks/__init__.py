"""Timed ratios against references that are written here, next to the measurement."""
