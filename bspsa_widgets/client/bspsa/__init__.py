"""The client of the BSP Service Account: each request, each response, and what a failure proves."""
