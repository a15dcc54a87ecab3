"""Lists a job's files, downloads them, compares them with local files, unpacks archives."""
