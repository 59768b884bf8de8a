"""The durable log of messages and the socket that serves it."""
