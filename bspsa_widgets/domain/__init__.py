"""Immutable values: systems and their fields, job requests, and responses. No I/O."""
