"""What both panels share."""
