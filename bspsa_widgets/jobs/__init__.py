"""Finds the user's jobs, follows them, cancels and deletes them."""
