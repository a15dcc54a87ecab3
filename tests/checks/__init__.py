"""What `python -m tests` runs, and how."""
