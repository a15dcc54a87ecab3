"""The unit tests at the lowest versions of all that the package depends on.

Lower bounds that nobody tries come untrue: an environment with old versions would get a package
that does not work there. Others pin what is beside us (EBRAINS has ipywidgets==8.0.7).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.another_environment import UV, make_environment, run_unit_tests
from tests.command import ROOT

# ipywidgets before 8.1.5 calls what traitlets has deprecated; that is between the two.
THEIRS = "ignore:Deprecated in traitlets 4.1:DeprecationWarning"
SAMPLE = 0.05  # of the test files


def run_at_the_floors(*, sample: bool) -> bool:
    """Run the unit tests in an environment of its own.

    Args:
        sample: run some of the files only, drawn by a seed that is printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        lowest = _lowest(Path(folder))
        options = ("--constraint", str(lowest))
        python = make_environment(Path(folder) / "environment", sys.executable, *options)
        return run_unit_tests(python, SAMPLE if sample else 1, "-W", THEIRS)


def _lowest(folder: Path) -> Path:
    """Find the lowest versions of what we depend on; return the file that names them."""
    lowest = folder / "lowest.txt"
    project = ROOT / "pyproject.toml"
    resolve = ("pip", "compile", "--quiet", "--resolution", "lowest-direct", "--extra", "service")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = ("--python-version", version, "--no-header", "--no-annotate")
    subprocess.run((*UV, *resolve, *wanted, project, "-o", lowest), check=True)
    print(lowest.read_text(encoding="utf-8"), flush=True)
    return lowest
