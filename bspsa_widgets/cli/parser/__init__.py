"""Arguments of the commands."""
