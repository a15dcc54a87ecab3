"""The service's data on disk: jobs, files, and the service's directory."""
