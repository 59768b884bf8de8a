"""What happens in the simulated network."""
