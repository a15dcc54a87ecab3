"""Decides when each job is polled, and how often a service may be asked."""
