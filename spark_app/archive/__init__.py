"""The archive: every hit in a Delta table."""
