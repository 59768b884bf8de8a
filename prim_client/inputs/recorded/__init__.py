"""Recordings as an input."""
