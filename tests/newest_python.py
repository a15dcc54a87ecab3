"""The unit tests on the newest Python that the package is for, where it can be had."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests.another_environment import UV, make_environment, run_unit_tests

VERSION = "3.13"
SAMPLE = 0.03  # of the test files: with the environment about 30 s on two cores


def run_on_newest_python(*, sample: bool) -> bool:
    """Run the unit tests in an environment of its own.

    Args:
        sample: run some of the files only, drawn by a seed that is printed.
    """
    python = find_python(VERSION)
    if python is None:
        print(f"\n!!! PYTHON {VERSION} IS NOT HERE, AND SO NOTHING IS TESTED ON IT.", flush=True)
        return True
    with tempfile.TemporaryDirectory() as folder:
        own = make_environment(Path(folder) / "environment", python)
        return run_unit_tests(own, SAMPLE if sample else 1)


def find_python(version: str) -> str | None:
    """Find an installed one: uv's, pyenv's, or one on PATH; nothing is downloaded."""
    # pyenv's programs refuse to run a version that is not the chosen one.
    environment = os.environ | {"PYENV_VERSION": version}
    command = (*UV, "python", "find", "--system", "--no-python-downloads", version)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = done.stdout.strip()
    return found if done.returncode == 0 and found else None
