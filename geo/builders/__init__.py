"""Builders of the tables in `geo/data`, from the open data; run by hand."""
