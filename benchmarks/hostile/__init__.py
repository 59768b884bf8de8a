"""Hostile inputs and clients."""
