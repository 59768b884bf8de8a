"""`./pulse replay`: what it reads, where it keeps its files, its run and what it shows."""
