"""Clusters over time: which cluster of one tick is which of the tick before. docs/clusters.md explains the rules."""
