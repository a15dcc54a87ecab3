"""Every check of the project, with one command: `python -m tests [NAME …]`.

Installs what the browser test and the jobs need where it is missing. Each check is
a process of its own, and some run beside each other; the names of those that failed are
printed last. `python -m tests unit PATH …` passes what follows on to pytest.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from find_libpython import find_libpython

from tests.browser.chromium import provide_chromium
from tests.checks.command import ROOT, python
from tests.checks.floors import run_at_the_floors
from tests.checks.newest_python import run_on_newest_python
from tests.checks.parts import Command, run_parts
from tests.checks.view import run_view_tests
from tests.service.executors.slurm import slurm as own_slurm

# Much of a test's time is waiting for programs: several at once take less.
TWO_AT_ONCE = ("-n", "2", "--dist", "loadfile")
THREE_AT_ONCE = ("-n", "3", "--dist", "loadfile")


def style() -> bool:
    """Both linters' word on Python."""
    return all([python("ruff", "check", "."), python("ruff", "format", "--check", ".")])


def types() -> bool:
    """mypy --strict on the package."""
    return python("mypy")


def view() -> bool:
    """The view: installed as locked, checked, linted, tested, built."""
    return run_view_tests()


def unit(*wanted: str) -> bool:
    """All but the browser, or what pytest's arguments ask for."""
    return python("pytest", "--ignore=tests/browser", *THREE_AT_ONCE, *wanted)


def floors() -> bool:
    """The unit tests at the lowest versions of what the package depends on."""
    return run_at_the_floors(sample=False)


def floors_sample() -> bool:
    """Some of them, others each time."""
    return run_at_the_floors(sample=True)


def python313() -> bool:
    """The unit tests on Python 3.13, where it is installed."""
    return run_on_newest_python(sample=False)


def python313_sample() -> bool:
    """Some of them, others each time."""
    return run_on_newest_python(sample=True)


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
    return provide_chromium() and python("pytest", "tests/browser", *TWO_AT_ONCE)


# Each group ends before the next begins: the view is installed and built before the browser shows
# it, and what is a matter of tenths of a second has both cores for itself.
EVERY_DAY = (
    (view, types, style, tutorials, floors_sample, python313_sample),
    (unit,),
    (browser,),
    (faults,),
)
CHECKS: dict[str, Callable[..., bool]] = {
    check.__name__: check for check in (*itertools.chain(*EVERY_DAY), floors, python313)
}
AT_ONCE = 2
PART = "--part"  # in front of a check's name: it alone, and of what is installed not a word


# What jobs and their tests need: a C++ compiler for .mod files and Python's library for NEURON,
# unzip, git, bubblewrap, and a Slurm to hand them to.
PROGRAMS = {
    "git": "git",
    "g++": "g++",
    "make": "make",
    "unzip": "unzip",
    "bwrap": "bubblewrap",
    "sbatch": "slurm-wlm",
    "slurmctld": "slurm-wlm",
    "munged": "munge",
}
LIBPYTHON = "python3-dev"


def provide_programs() -> list[str]:
    """Install what is missing, where that can be done; say loudly what stays missing."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])

    def missing() -> list[str]:
        lost = [package for name, package in PROGRAMS.items() if not shutil.which(name, path=path)]
        return list(dict.fromkeys([*lost, *([] if find_libpython() else [LIBPYTHON])]))

    if missing() and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        for package in missing():  # one by one: one that is not there must not stop the others
            command = ["apt-get", "install", "-y", "-qq", package]
            subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)
    lost = missing()
    print(*_not_all(lost), sep="\n", flush=True)
    return lost


def _not_all(lost: list[str]) -> list[str]:
    return [f"!!! NOT INSTALLED, AND SO NOT ALL IS TESTED: {', '.join(lost)}"] if lost else []


def perform(groups: Sequence[Mapping[str, Command]], lost: list[str]) -> int:
    """Run checks, each whatever became of the others, and say what failed.

    Args:
        groups: the checks' commands by their names, one group after the other.
        lost: what is not installed.

    Returns:
        The exit code.
    """
    failed = [name for group in groups for name in run_parts(group, AT_ONCE)]
    said = f"Failed: {', '.join(failed)}" if failed else "All checks passed."
    print("", said, *_not_all(lost), sep="\n", flush=True)
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    # A shell's background job ignores Ctrl-C, and so would the programs that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    match arguments:
        case [first, name] if first == PART:
            return 0 if CHECKS[name]() else 1
        case ["unit", *wanted] if wanted and not set(wanted) <= set(CHECKS):
            return 0 if unit(*wanted) else 1
    if not set(arguments) <= set(CHECKS):
        print("There are:", ", ".join(CHECKS))
        return 2
    groups = [[check.__name__ for check in group] for group in EVERY_DAY]
    if arguments:
        groups = [[name] for name in dict.fromkeys(arguments)]
    own = (sys.executable, "-m", "tests", PART)
    return perform([{n: (*own, n) for n in group} for group in groups], provide_programs())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
