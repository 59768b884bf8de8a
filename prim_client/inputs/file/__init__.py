"""The file input: messages of your own, as CSV or JSON lines."""
