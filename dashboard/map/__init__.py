"""The map: its base, its layers, and where a disruption is."""
