"""The HTTP server: the application, the API, feeds, metrics, security."""
