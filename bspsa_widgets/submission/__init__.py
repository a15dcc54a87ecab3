"""Pack a folder, submit it once, and find out whether a job exists."""
