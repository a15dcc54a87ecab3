"""Text as a terminal shows it: control sequences, colours, lines that are written over."""
