"""How a job fails in words."""

from __future__ import annotations


class JobFailure(Exception):
    """The job failed for a reason that its user should read in its standard error."""
