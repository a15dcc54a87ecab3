"""Previews of result files as text, table, JSON, image or notebook; nothing is executed."""
