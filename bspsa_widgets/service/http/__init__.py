"""The REST service: requests, responses, limits."""
