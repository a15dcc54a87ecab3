"""The internal async client. httpx stays inside this folder."""
