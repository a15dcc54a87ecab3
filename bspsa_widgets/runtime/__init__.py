"""The one background event loop, and the connections that run on it."""
