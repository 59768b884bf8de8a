"""From the log to the store: places, sentiment, clusters, windows, sinks. Owns the store contract."""
