"""Clusters over time."""
