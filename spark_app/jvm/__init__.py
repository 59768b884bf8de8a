"""Which Java runs Spark, and its classes kept in a file. The launcher imports it before anything is installed."""
