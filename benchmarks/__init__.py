"""Measurements: fixed input, asserted results, medians; `./pulse bench` lists them."""
