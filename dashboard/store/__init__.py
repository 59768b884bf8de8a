"""The serving store as the screens read it."""
