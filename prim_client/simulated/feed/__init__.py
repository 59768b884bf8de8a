"""What the simulated feed is made of: its network, its days, one publication."""
