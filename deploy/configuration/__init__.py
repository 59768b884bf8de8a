"""The settings of everybody, read strictly; folders and secrets of one user."""
