"""The unit tests at the lowest versions of all that the package depends on.

Lower bounds that nobody tries come untrue: an environment with old versions would get a package
that does not work there. Others pin what is beside us (EBRAINS has ipywidgets==8.0.7).
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

# ipywidgets before 8.1.5 calls what traitlets has deprecated; that is between the two.
THEIRS = "ignore:Deprecated in traitlets 4.1:DeprecationWarning"

# What depends on other packages; the rest runs jobs and JupyterLab, which do not change by it.
FOLDERS = ("cli", "client", "domain", "packaging", "service", "submission", "widgets")
SAMPLE = 0.12  # of the test files
LONGEST = 1200  # seconds


def run_at_the_floors(*, sample: bool) -> bool:
    """Run the unit tests in an environment of its own.

    Args:
        sample: run some of the files only, drawn by a seed that is printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        files = _sample() if sample else [f"tests/{name}" for name in FOLDERS]
        options = ("-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile", "-W", THEIRS)
        return _run(str(python), "-m", "pytest", *options, *files)


def _environment(folder: Path) -> Path:
    """Make an environment with the lowest versions of what we depend on; return its Python."""
    lowest = folder / "lowest.txt"
    uv = (sys.executable, "-m", "uv")
    project = ROOT / "pyproject.toml"
    resolve = ("pip", "compile", "--quiet", "--resolution", "lowest-direct", "--extra", "service")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = ("--python-version", version, "--no-header", "--no-annotate")
    subprocess.run((*uv, *resolve, *wanted, project, "-o", lowest), check=True)
    print(lowest.read_text(encoding="utf-8"), flush=True)
    environment = folder / "environment"
    python = environment / "bin" / "python"
    subprocess.run((*uv, "venv", "--quiet", "--python", sys.executable, environment), check=True)
    install = ("pip", "install", "--quiet", "--python", python, "--constraint", lowest)
    subprocess.run((*uv, *install, "--editable", f"{ROOT}[dev]"), check=True)
    return python


def _sample() -> list[str]:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    files = sorted(
        path.relative_to(ROOT).as_posix()
        for name in FOLDERS
        for path in (ROOT / "tests" / name).glob("test_*.py")
    )
    return sorted(random.Random(seed).sample(files, round(SAMPLE * len(files))))


def _run(*command: str) -> bool:
    print("\n$", " ".join(command), flush=True)
    try:
        ended = subprocess.run(command, cwd=ROOT, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        print(f"!!! It had not ended after {LONGEST} s.", flush=True)
        return False
    return ended.returncode == 0
