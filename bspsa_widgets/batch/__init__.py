"""Submit many jobs with one call."""
