"""Frozen values: what a system offers, what is asked of it, what it answers. No I/O."""
