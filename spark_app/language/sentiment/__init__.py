"""The sentiment of a transport notice."""
