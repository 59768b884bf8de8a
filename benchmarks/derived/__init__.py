"""Clusters, incidents, alerts and the derived folds."""
