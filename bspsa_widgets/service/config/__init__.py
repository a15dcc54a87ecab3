"""The settings of the service and of a job."""
