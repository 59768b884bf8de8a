"""Derived folds: what follows from stored messages, in tables of its own. Imports no Spark."""
