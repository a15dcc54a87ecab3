"""NSG's tools, each in an environment of its own, run for real: `python -m tests.tools`."""
