"""Reads and follows what a job prints, and explains failures."""
