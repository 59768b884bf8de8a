"""Datasets: what a page shows as rows with typed columns, for exports and the API alike."""
