"""What must not break, broken on purpose: `python -m tests.faults [--full]`.

Each row of `rows.ROWS` is a module of its own, named after what goes wrong. It plays one
case for each seed, and counts what may never be: a job made twice, a job lost, an untrue
word. What is true is said by the ledger of a service that fails on command.
"""
