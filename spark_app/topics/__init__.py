"""What the messages are about: topics with Spark ML."""
