"""The process that runs one job: limits, sandbox, program, result."""
