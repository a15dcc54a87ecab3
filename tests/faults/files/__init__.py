"""What goes wrong with files that are sent or fetched."""
