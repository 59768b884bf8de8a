"""The serving store: its contract (`tables`), its engine, its readers. Imports no Spark."""
