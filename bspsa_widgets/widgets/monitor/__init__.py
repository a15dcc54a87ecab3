"""The panel that shows all jobs and keeps them up to date."""
