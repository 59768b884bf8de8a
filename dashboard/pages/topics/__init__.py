"""Topics: what the published texts are about."""
