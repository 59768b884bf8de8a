"""Places: how the points of the map were found, and what has none."""
