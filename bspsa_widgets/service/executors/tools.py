"""NSG's tools that can run on this machine: Python, and NEURON where it is installed."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.service.executors.main_file import MainFile
from bspsa_widgets.service.executors.run import JobFailure

_INSTALL = (
    "Install it where the local service runs: pip install neuron"
    " (a C compiler is needed too for .mod files)."
)


class Step(NamedTuple):
    """A program to run; `explanation` is told to the user where it fails, if there is one."""

    command: Sequence[str]
    explanation: str = ""


class Program(NamedTuple):
    """What a tool does with a main file; `steps` raises JobFailure where it cannot."""

    steps: Callable[[MainFile], list[Step]]


def find_program(tool: str) -> Program:
    """The program behind an NSG tool.

    Raises:
        JobFailure: it does not run here, or NEURON is not installed.
    """
    if tool == "PY_TG":
        return Program(_python)
    if "NEURON" in tool.upper():
        if importlib.util.find_spec("neuron") is None:
            raise JobFailure(f"{tool} needs NEURON, which is not installed. {_INSTALL}")
        return Program(_neuron)
    raise JobFailure(
        f"The tool {tool} does not run on this machine. The local service runs PY_TG (Python)"
        " and the NEURON tools; use another service for the rest."
    )


def _python(main: MainFile) -> list[Step]:
    if main.path.suffix != ".py":
        raise JobFailure(f"{main.name} is not a Python file; PY_TG runs .py files.")
    return [Step([sys.executable, main.name])]


def _neuron(main: MainFile) -> list[Step]:
    if main.path.suffix == ".py":
        return [*_mechanisms(main), Step([sys.executable, main.name])]
    if main.path.suffix == ".hoc":
        return [*_mechanisms(main), Step([_find("nrniv"), main.name])]
    raise JobFailure(f"{main.name} is not a NEURON file; .py and .hoc files can be run.")


def _mechanisms(main: MainFile) -> list[Step]:
    """Compile the .mod files beside the main file, into the folder where NEURON looks."""
    source = main.path.parent
    if not any(path.suffix == ".mod" for path in source.iterdir()):
        return []
    # Mechanisms compiled on the user's machine may not fit this one.
    shutil.rmtree(main.folder / platform.machine(), ignore_errors=True)
    explanation = "The .mod files could not be compiled. That needs a C compiler (gcc, make)"
    where = source.relative_to(main.folder).as_posix()
    return [Step([_find("nrnivmodl"), where], explanation)]


def _find(program: str) -> str:
    beside = Path(sys.executable).parent / program
    found = str(beside) if beside.is_file() else shutil.which(program)
    if found is None:
        raise JobFailure(f"NEURON's program {program} is not installed. {_INSTALL}")
    return found
