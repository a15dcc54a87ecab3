"""Folder → zip: which files (selection), what they are (manifest), the bytes (archive)."""
