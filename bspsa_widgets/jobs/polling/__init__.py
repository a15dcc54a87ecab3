"""When a job is read again, and how often an endpoint may be asked."""
