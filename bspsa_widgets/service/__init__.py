"""The embedded local service: the Service Account's REST API, running jobs on this machine.

It is for trying out and for teaching. `embedded` starts it (and imports no web
framework); `server` runs it; `app` answers requests; `executors` run jobs.
"""
