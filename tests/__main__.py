"""Every check of the project, with one command: `python -m tests [NAME …]`.

Installs what the browser test and the jobs need where it is missing. Each check is
a process of its own; the names of those that failed are printed last.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.browser.chromium import provide_chromium
from tests.floors import run_at_the_floors
from tests.service import slurm as own_slurm

ROOT = Path(__file__).parents[1]


# Much of a test's time is waiting for programs: two at once take less.
TWO_AT_ONCE = ("-n", "2", "--dist", "loadfile")
LONGEST = 600  # seconds that any of them may take: one that hangs must not hide what the others say


def run(*command: str, folder: Path = ROOT, **environment: str) -> bool:
    print("\n$", " ".join(command), flush=True)
    ours = os.environ | environment
    try:
        ended = subprocess.run(command, cwd=folder, env=ours, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        print(f"!!! It had not ended after {LONGEST} s.", flush=True)
        return False
    return ended.returncode == 0


def python(*arguments: str, folder: Path = ROOT, **environment: str) -> bool:
    return run(sys.executable, "-m", *arguments, folder=folder, **environment)


def style() -> bool:
    """Both linters' word on Python."""
    return all([python("ruff", "check", "."), python("ruff", "format", "--check", ".")])


def types() -> bool:
    """mypy --strict on the package."""
    return python("mypy")


def view() -> bool:
    """The view: installed as locked, checked, linted, tested, built."""
    js = ROOT / "js"
    is_installed = runpy.run_path(str(js / "hatch_build.py"))["is_installed"]
    if not is_installed(js, for_tests=True) and not run("npm", "ci", folder=js):
        return False
    return all([run("npm", "run", name, folder=js) for name in ("check", "test", "build")])


def unit() -> bool:
    """All but the browser."""
    return python("pytest", "tests", "--ignore=tests/browser", *TWO_AT_ONCE)


def floors() -> bool:
    """The unit tests at the lowest versions of what the package depends on."""
    return run_at_the_floors(sample=False)


def floors_sample() -> bool:
    """Some of them, others each time."""
    return run_at_the_floors(sample=True)


def faults() -> bool:
    """A sample of all that must not break, and of bugs to be caught; another one each time."""
    return all([python("tests.faults"), python("tests.faults", "--mutants", "1")])


def tutorials() -> bool:
    """Every cell of a copy of the tutorials, with a local service of its own, and a Slurm."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        slurm = {}
        if lost := own_slurm.missing():
            print(f"\n!!! The tutorial on Slurm runs without one: {lost}", flush=True)
        else:
            slurm = stack.enter_context(own_slurm.Slurm()).environment
        copy = Path(folder) / "notebooks"
        shutil.copytree(ROOT / "notebooks", copy)
        options = ("--nbval-lax", "-q", "-p", "no:cacheprovider", f"--rootdir={copy}")
        # What was submitted from this account before is none of these tests' business: a sweep
        # that ran an hour ago would not be sent again.
        homes = {f"XDG_{name}_HOME": str(Path(folder) / name.lower()) for name in ("DATA", "STATE")}
        return python(
            "pytest",
            *options,
            ".",
            folder=copy,
            BSPSA_SERVICE_DIR=str(Path(folder) / "service"),
            **homes,
            **slurm,
        )


def browser() -> bool:
    """The main job in a real JupyterLab in a real Chromium."""
    provide_chromium()
    return python("pytest", "tests/browser", *TWO_AT_ONCE)


EVERY_DAY = (style, types, view, unit, floors_sample, faults, tutorials, browser)
CHECKS: tuple[Callable[[], bool], ...] = (*EVERY_DAY, floors)


# What jobs need: a C++ compiler for .mod files, unzip, bubblewrap, and a Slurm to hand them to.
PROGRAMS = {
    "g++": "g++",
    "make": "make",
    "unzip": "unzip",
    "bwrap": "bubblewrap",
    "sbatch": "slurm-wlm",
    "slurmctld": "slurm-wlm",
    "munged": "munge",
}


def provide_programs() -> None:
    """Install what is missing, where that can be done; say loudly what stays missing."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])

    def missing() -> list[str]:
        lost = [package for name, package in PROGRAMS.items() if not shutil.which(name, path=path)]
        return list(dict.fromkeys(lost))

    if missing() and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        for package in missing():  # one by one: one that is not there must not stop the others
            command = ["apt-get", "install", "-y", "-qq", package]
            subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)
    if lost := missing():
        print(f"\n!!! NOT INSTALLED, AND SO NOT ALL IS TESTED: {', '.join(lost)}", flush=True)


def main(names: list[str]) -> int:
    chosen = [check for check in CHECKS if check.__name__ in names] if names else [*EVERY_DAY]
    if not chosen:
        print("There are:", ", ".join(check.__name__ for check in CHECKS))
        return 2
    # A shell's background job ignores Ctrl-C, and so would the programs that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    provide_programs()
    failed = []
    for check in chosen:
        start = time.monotonic()
        if not check():
            failed.append(check.__name__)
        print(f"-- {check.__name__}: {time.monotonic() - start:.0f} s", flush=True)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
