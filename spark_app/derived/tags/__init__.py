"""Tags, search words, and trends as derived folds."""
