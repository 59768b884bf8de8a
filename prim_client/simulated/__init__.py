"""PRIM without PRIM: a network with a life of its own, and a server that answers, and fails, like theirs."""
