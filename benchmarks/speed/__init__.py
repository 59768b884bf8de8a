"""Throughput, latency, memory."""
