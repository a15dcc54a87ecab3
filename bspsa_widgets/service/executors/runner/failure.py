"""The error that ends a job with a message for its user."""

from __future__ import annotations


class JobFailure(Exception):
    """Failure of a job; the message is written to its standard error for the user."""
