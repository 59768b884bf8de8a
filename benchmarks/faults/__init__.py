"""Kills and faults on purpose."""
