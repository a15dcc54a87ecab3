"""Where a tool is installed, and the commands that run it from there."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.runner.main_file import MainFile
from bspsa_widgets.service.executors.tools.plain_path import command_of
from bspsa_widgets.service.executors.tools.python_library import NEEDED, WITHOUT, lacks_library
from bspsa_widgets.service.executors.tools.tool import InstalledTool

_PATIENCE: Final = 30.0  # seconds for a Python to say what it can import; it takes 0.05
_ASK = """
import importlib.metadata as m, importlib.util as u, sys
found = u.find_spec(sys.argv[1]) is not None
try: version = m.version(sys.argv[2])
except m.PackageNotFoundError: version = ""
print(int(found), version)
"""


class Step(NamedTuple):
    """A program to run before the main file, or the main file itself.

    Attributes:
        failure: what it means where it fails; empty: it is the main file that has failed.
        advice: said then, too.
    """

    command: Sequence[str]
    failure: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Installation:
    """A tool in a Python environment.

    Attributes:
        tool: which one. python: the Python that runs it.
    """

    tool: InstalledTool
    python: str

    @property
    def folder(self) -> Path:
        """Where the programs of its environment lie."""
        return Path(self.python).parent

    def program(self, name: str) -> str | None:
        """A program: beside the Python, or on PATH."""
        beside = self.folder / name
        return str(beside) if os.access(beside, os.X_OK) else shutil.which(name)

    def command(self, name: str) -> list[str] | None:
        """What starts a program; None where it is missing."""
        found = self.program(name)
        if found is None:
            return None
        is_own = Path(found).parent == self.folder
        return command_of(Path(found), self.python) if is_own else [found]

    def missing(self) -> str:
        """The first thing that is not installed; empty where the tool can run."""
        if not os.access(self.python, os.X_OK):
            return self.python
        if self.tool.module and not self._asked(self.tool.module, self.tool.distribution)[0]:
            return self.tool.label
        lost = [name for name in self.tool.programs if self.program(name) is None]
        return f"{self.tool.label}'s program {lost[0]}" if lost else ""

    def version(self) -> str:
        """Of the tool; empty where it is not known."""
        if not self.tool.distribution:
            return platform.python_version() if self._is_own else ""
        return self._asked(self.tool.module, self.tool.distribution)[1]

    def steps(self, main: MainFile, processes: int) -> list[Step]:
        """What runs a main file.

        Args:
            processes: to run it with, where the tool can be run so.

        Raises:
            JobFailure: the tool does not run such a file.
        """
        suffix = main.path.suffix
        if suffix not in self.tool.runs:
            kinds = " and ".join(self.tool.suffixes)
            raise JobFailure(
                f"{main.name} is not a file that {self.tool.label} runs; {kinds} files can be run."
            )
        wanted = self.tool.parallel.get(suffix, ()) if processes > 1 else ()
        command = self._filled(wanted, main, processes)
        command = command or self._filled(self.tool.runs[suffix], main, processes)
        if command is None:
            raise JobFailure(f"{self.tool.label} is not complete. {self.tool.install}")
        if suffix == ".hoc" and lacks_library(self.python):
            raise JobFailure(f"{NEEDED}.")
        return [*self._mechanisms(main), Step(command)]

    def runs_in_parallel(self, main: MainFile) -> bool:
        """Whether the tool has a way to run such a file in several processes."""
        return main.path.suffix in self.tool.parallel

    def _mechanisms(self, main: MainFile) -> list[Step]:
        """Compile the .mod files beside the main file, into the folder where NEURON looks."""
        source = main.path.parent
        if not self.tool.compiler or not any(path.suffix == ".mod" for path in source.iterdir()):
            return []
        # Mechanisms compiled on the user's machine may not fit this one.
        shutil.rmtree(main.folder / platform.machine(), ignore_errors=True)
        where = source.relative_to(main.folder).as_posix()
        command = [*(self.command(self.tool.compiler) or [""]), where]
        if lacks_library(self.python):
            command = ["env", *(f"{name}={value}" for name, value in WITHOUT.items()), *command]
        return [Step(command, "The .mod files could not be compiled", self._needs_for_compiling())]

    def _needs_for_compiling(self) -> str:
        """What is missing, where something is; else what compiles."""
        compilers = ("g++", "c++", "clang++", "gcc", "cc", "clang", os.environ.get("CXX", ""))
        lost = [] if any(map(shutil.which, compilers)) else ["a C++ compiler"]
        lost += [] if shutil.which("make") else ["make"]
        if lost:
            return (
                f"That needs {' and '.join(lost)}, not installed here (apt-get install g++ make)."
            )
        version = self._asked("neuron", "neuron")[1]
        return f"Here NEURON {version} compiles them." if version else ""

    def _filled(self, wanted: Sequence[str], main: MainFile, processes: int) -> list[str] | None:
        """The command with all names put in; None where there is none, or a program is missing."""
        known = {"python": self.python, "main": main.name, "processes": str(processes)}
        filled: list[str] = []
        for word in wanted:
            name = re.fullmatch(r"\{(\w+)\}", word)
            if name is None or name[1] in known:
                filled.append(known[name[1]] if name else word)
            elif found := self.command(name[1]):
                filled += found
            else:
                return None
        return filled or None

    @property
    def _is_own(self) -> bool:
        return self.python == sys.executable

    def _asked(self, module: str, distribution: str) -> tuple[bool, str]:
        """Whether a module can be imported, and the version of what brings it."""
        if self._is_own:
            try:
                version = importlib.metadata.version(distribution)
            except importlib.metadata.PackageNotFoundError:
                version = ""
            return importlib.util.find_spec(module) is not None, version
        command = [self.python, "-I", "-c", _ASK, module, distribution]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_PATIENCE, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return False, ""
        found, _, version = done.stdout.strip().partition(" ")
        return found == "1", version


def place_of(tool: InstalledTool, python: str | None) -> Installation:
    """Where a tool is run: with `python`, or with this one where it is None."""
    return Installation(tool, python or sys.executable)


def python_of(given: str) -> str:
    """The Python program that is named by itself, or by its environment's folder."""
    path = Path(given).expanduser()
    return str(path / "bin" / "python" if path.is_dir() else path)
