"""What the service keeps on disk: jobs, files, its directory."""
