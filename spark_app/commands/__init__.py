"""The commands and processes of the package."""
