"""Incidents behind the disruptions: lineage, phases, effective life. Pure; imports no Spark."""
