"""Two windows side by side."""
