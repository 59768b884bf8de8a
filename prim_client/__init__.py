"""Inputs to polls to messages: owns the message contract, text cleaning, the differ and the settings."""

__version__ = "0.9.0"  # of the whole project: packaging, User-Agent and the launcher read it here
