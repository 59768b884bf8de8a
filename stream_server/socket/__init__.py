"""The socket that serves the log."""
