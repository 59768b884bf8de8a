"""Incidents: the list, the life of one, how well announced ends held."""
