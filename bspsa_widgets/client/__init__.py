"""Async clients of services. httpx is used only in this package."""
