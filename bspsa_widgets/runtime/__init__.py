"""The background event loop, and the connections to services that run on it."""
