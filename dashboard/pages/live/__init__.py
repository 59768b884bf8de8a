"""The first page: map, figures, table and timeline of one window."""
