"""The panel that shows all jobs, live."""
