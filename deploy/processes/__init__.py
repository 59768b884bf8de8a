"""Processes: which programs there are, their supervision, signals, ports and standard input."""
