"""Submits many jobs with one call."""
