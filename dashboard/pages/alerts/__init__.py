"""Alerts: which lines are far above what is usual."""
