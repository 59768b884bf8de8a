"""The simulator of PRIM: a network in which things happen, and a server that answers, and fails, as PRIM's does."""
