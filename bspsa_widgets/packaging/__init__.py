"""From a folder to a zip: which files (selection), their hashes (manifest), the bytes (archive)."""
