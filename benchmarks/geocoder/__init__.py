"""How well and how fast texts are placed."""
