"""What goes wrong in the local service, and in the jobs that it runs."""
