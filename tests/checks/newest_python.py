"""The unit tests on the newest Python that the package is for, where it can be had."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.checks.another_environment import (
    find_python,
    make_environment,
    run_unit_tests,
    this_python,
)

VERSION = "3.13"
SAMPLE = 0.03  # of the test files: with the environment about 30 s on two cores


def run_on_newest_python(*, sample: bool) -> bool:
    """Run the unit tests in an environment of its own.

    Args:
        sample: run some of the files only, drawn by a seed that is printed.
    """
    if this_python() == VERSION:
        print(f"\nSkipped: this is Python {VERSION}, on which all unit tests run.", flush=True)
        return True
    python = find_python(VERSION)
    if python is None:
        print(f"\n!!! PYTHON {VERSION} IS NOT HERE, AND SO NOTHING IS TESTED ON IT.", flush=True)
        return True
    with tempfile.TemporaryDirectory() as folder:
        own = make_environment(Path(folder) / "environment", python)
        return run_unit_tests(own, SAMPLE if sample else 1)
