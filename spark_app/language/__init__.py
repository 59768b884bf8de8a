"""What the French texts say."""
