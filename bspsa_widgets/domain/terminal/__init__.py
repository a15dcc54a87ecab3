"""Text as a terminal shows it: control sequences, colours, overwritten lines."""
