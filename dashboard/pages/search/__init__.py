"""Full text over everything that was published."""
