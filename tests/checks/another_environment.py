"""The unit tests in another environment: with other versions, or on another Python."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from tests.checks.command import ROOT, run

# What depends on other packages and on Python; the rest runs JupyterLab, which does not change.
FOLDERS = (
    *("batch", "cli", "client", "domain", "jobs", "logs", "packaging", "records", "results"),
    *("runtime", "service", "submission", "widgets"),
)
LONGEST = 1200.0  # seconds
UV = (sys.executable, "-m", "uv")


def this_python() -> str:
    """Return the version of this Python, as in `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def find_python(version: str) -> str | None:
    """Return an installed Python: this one, uv's, pyenv's, or one on PATH.

    Nothing is downloaded.

    Args:
        version: as in `3.11`.
    """
    if version == this_python():
        return sys.executable
    # pyenv's programs refuse to run a version that is not the chosen one.
    environment = os.environ | {"PYENV_VERSION": version}
    command = (*UV, "python", "find", "--system", "--no-python-downloads", version)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = done.stdout.strip()
    return found if done.returncode == 0 and found else None


def make_environment(folder: Path, python: str, *options: str) -> Path:
    """Install the package and what its tests need.

    Args:
        folder: a new one.
        python: that it is made with.
        options: uv's, for what is installed.

    Returns:
        Its Python.
    """
    subprocess.run((*UV, "venv", "--quiet", "--python", python, folder), check=True)
    own = folder / "bin" / "python"
    install = ("pip", "install", "--quiet", "--python", own, *options)
    subprocess.run((*UV, *install, "--editable", f"{ROOT}[dev]"), check=True)
    return own


def run_unit_tests(python: Path, share: float, *options: str) -> bool:
    """Run them, or some of their files.

    Args:
        python: the environment's.
        share: of the files, drawn by a seed that is printed; 1: all.
        options: pytest's.
    """
    files = _sample(share) if share < 1 else [f"tests/{name}" for name in FOLDERS]
    plain = ("-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile")
    return run(str(python), "-m", "pytest", *plain, *options, *files, longest=LONGEST)


def _sample(share: float) -> list[str]:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    files = sorted(
        path.relative_to(ROOT).as_posix()
        for name in FOLDERS
        for path in (ROOT / "tests" / name).rglob("test_*.py")
    )
    return sorted(random.Random(seed).sample(files, round(share * len(files))))
