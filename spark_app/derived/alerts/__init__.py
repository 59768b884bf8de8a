"""Alerts: what is usual on a line, when it is far above that, and who is told. docs/alerts.md explains the rules."""
