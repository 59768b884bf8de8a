"""One window of the store through one choice."""
