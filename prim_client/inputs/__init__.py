"""PRIM over HTTP, within its quota."""
