"""The beginning of a result file, as text, table, JSON, image or notebook; nothing is run."""
