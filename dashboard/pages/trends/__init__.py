"""Trends: what is unusual now beside what is frequent, and where."""
