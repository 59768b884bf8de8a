"""The streaming query: the only room beside the topics that imports pyspark."""
