"""The unit tests at the lowest versions of all that the package depends on.

Lower bounds that nobody tries come untrue: an environment with old versions would get a package
that does not work there. Others pin what is beside us (EBRAINS has ipywidgets==8.0.7). They are
tried on the oldest Python that the package is for: newer ones came after them, and for those
they may have to be compiled.
"""

from __future__ import annotations

import subprocess
import tempfile
import tomllib
from pathlib import Path

from tests.checks.another_environment import UV, find_python, make_environment, run_unit_tests
from tests.checks.command import ROOT

# ipywidgets before 8.1.5 calls what traitlets has deprecated; that is between the two.
THEIRS = "ignore:Deprecated in traitlets 4.1:DeprecationWarning"
SAMPLE = 0.05  # of the test files
PROJECT = ROOT / "pyproject.toml"


def run_at_the_floors(*, sample: bool) -> bool:
    """Run the unit tests in an environment of its own.

    Args:
        sample: run some of the files only, drawn by a seed that is printed.
    """
    version = _oldest_python()
    oldest = find_python(version)
    if oldest is None:
        print(f"\n!!! PYTHON {version} IS NOT HERE, AND SO NO LOWEST VERSION IS TRIED.", flush=True)
        return True
    with tempfile.TemporaryDirectory() as folder:
        lowest = _lowest(Path(folder), version)
        options = ("--constraint", str(lowest))
        python = make_environment(Path(folder) / "environment", oldest, *options)
        return run_unit_tests(python, SAMPLE if sample else 1, "-W", THEIRS)


def _oldest_python() -> str:
    """Return the oldest Python that the package is for, as in `3.11`."""
    with PROJECT.open("rb") as file:
        wanted: str = tomllib.load(file)["project"]["requires-python"]
    return wanted.removeprefix(">=")


def _lowest(folder: Path, version: str) -> Path:
    """Find the lowest versions of what we depend on, for a Python.

    Args:
        folder: where the file is written.
        version: of that Python.

    Returns:
        The file that names them.
    """
    lowest = folder / "lowest.txt"
    resolve = ("pip", "compile", "--quiet", "--resolution", "lowest-direct", "--extra", "service")
    wanted = ("--python-version", version, "--no-header", "--no-annotate")
    subprocess.run((*UV, *resolve, *wanted, PROJECT, "-o", lowest), check=True)
    print(lowest.read_text(encoding="utf-8"), flush=True)
    return lowest
