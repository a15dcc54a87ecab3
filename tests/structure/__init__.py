"""Figures of the source's structure: files, functions, docstrings, sizes."""
