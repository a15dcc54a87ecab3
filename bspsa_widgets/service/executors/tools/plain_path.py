"""Starts programs of an environment whose path has a space or a non-ASCII character.

NEURON compiles with shell scripts and a makefile, which would split such a path, and the first
line of a Python script cannot contain it. The programs run through a link with another name
that exists while they run. It is created in the job's own process, which may be on another
machine and may have its own /tmp.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

_PLAIN: Final = re.compile(r"[\w./@%+,=-]+", re.ASCII)
_MAX_LENGTH: Final = 100  # characters; many systems cut a script's first line at 127
_THROUGH_A_LINK: Final = """
import contextlib, os, signal, subprocess, sys, tempfile
environment, program, *arguments = sys.argv[1:]
with tempfile.TemporaryDirectory(dir="/tmp") as folder:
    link = os.path.join(folder, "environment")
    os.symlink(environment, link)
    command = [os.path.join(link, program), *arguments]
    with open(command[0], "rb") as file:
        first = file.readline()
    if first.startswith(b"#!") and b"python" in first:
        command[:0] = [os.path.join(link, os.path.relpath(sys.executable, environment))]
    code = subprocess.call(command)
if code < 0:
    with contextlib.suppress(OSError):  # SIGKILL cannot be set
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


def command_of(program: Path, python: str) -> list[str]:
    """Return the command that starts a program of an environment, whatever the environment's path.

    Args:
        program: the program, in the folder of the environment's programs.
        python: path of the environment's Python.

    Returns:
        Program and arguments.
    """
    environment = program.parents[1]
    if is_plain(environment):
        return [str(program)]
    name = str(program.relative_to(environment))
    return [python, "-c", _THROUGH_A_LINK, str(environment), name]


def is_plain(environment: Path) -> bool:
    """Return whether an environment's programs work at its own path.

    Args:
        environment: folder of the environment.

    Returns:
        True if they do.
    """
    return len(str(environment)) <= _MAX_LENGTH and bool(_PLAIN.fullmatch(str(environment)))


def write_starters(programs: Path, python: str, folder: Path) -> None:
    """Write scripts that start those programs of an environment that are Python scripts.

    Args:
        programs: folder of the environment's programs.
        python: path of the environment's Python.
        folder: new folder for the scripts, to be the first on PATH.
    """
    folder.mkdir()
    for program in programs.iterdir():
        if program.is_file() and _is_python_script(program):
            starter = folder / program.name
            command = shlex.join(command_of(program, python))
            starter.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
            starter.chmod(0o755)


def _is_python_script(program: Path) -> bool:
    with program.open("rb") as file:
        first = file.readline(1000)
    return first.startswith(b"#!") and b"python" in first
