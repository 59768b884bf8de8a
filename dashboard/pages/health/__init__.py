"""Data health: books, lags, dead letters."""
