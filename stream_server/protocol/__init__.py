"""The line protocol of the log, and its client."""
