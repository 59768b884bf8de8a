"""Inputs to polls to messages: owns the message contract, text cleaning, the differ and the settings."""
