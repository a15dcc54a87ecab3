"""The client of the BSP Service Account: each request, each response, what a failure proves.

"api.md section N" in comments and docstrings of this package refers to `tests/contract/api.md`
in the source repository: how the service behaves, with the source of each fact.
"""
