"""Screens and exports. Reads the store, never Spark."""
