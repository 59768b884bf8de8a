"""Lines: how each one is now, against what is usual."""
