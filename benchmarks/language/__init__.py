"""Whether polarity and trends mean anything."""
