"""The embedded local service: the Service Account's REST API, with jobs run on this machine.

It is for trials and for teaching. `embedded` starts it without importing a web framework;
`server` runs it; `http.app` answers requests; `executors` run jobs.
"""
