"""The tables that can be taken away: what a page shows, as rows with typed columns, for export and API alike."""
