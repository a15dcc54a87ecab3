"""Programs of an environment whose path has a space or a letter beyond ASCII.

NEURON's compile is shell scripts and a makefile, which take such a path for two, and the first
line of a Python script cannot name it. They run where it has another name, for as long as they
run: in the job's own process, since that may be on another machine, and sees a /tmp of its own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_PLAIN: Final = re.compile(r"[\w./@%+,=-]+", re.ASCII)
_MOST: Final = 100  # characters; many systems cut a script's first line at 127
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
    """What starts a program of an environment, whatever the environment's path.

    Args:
        program: in the folder of the environment's programs. python: the environment's.
    """
    environment = program.parents[1]
    if _PLAIN.fullmatch(str(environment)) and len(str(environment)) <= _MOST:
        return [str(program)]
    name = str(program.relative_to(environment))
    return [python, "-c", _THROUGH_A_LINK, str(environment), name]
