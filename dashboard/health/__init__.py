"""The health of the data: books, gaps, lags."""
