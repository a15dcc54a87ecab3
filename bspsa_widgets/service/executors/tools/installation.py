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

_PATIENCE: Final = 30.0  # seconds to ask a Python what it can import; usually takes 0.05
_QUERY = """
import importlib.metadata as m, importlib.util as u, sys
found = u.find_spec(sys.argv[1]) is not None
try: version = m.version(sys.argv[2])
except m.PackageNotFoundError: version = ""
print(int(found), version)
"""


class Step(NamedTuple):
    """A program to run before the main file, or the main file itself.

    Attributes:
        command: program and arguments.
        failure: message if it fails; empty: the main file has failed.
        advice: advice to add to the message.
    """

    command: Sequence[str]
    failure: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Installation:
    """A tool in a Python environment.

    Attributes:
        tool: the tool.
        python: path of the Python that runs it.
    """

    tool: InstalledTool
    python: str

    @property
    def folder(self) -> Path:
        """Folder of the environment's programs."""
        return Path(self.python).parent

    def program(self, name: str) -> str | None:
        """Return the path of a program: beside the Python, or on PATH.

        Args:
            name: name of the program.

        Returns:
            The path; None if it is missing.
        """
        beside = self.folder / name
        return str(beside) if os.access(beside, os.X_OK) else shutil.which(name)

    def command(self, name: str) -> list[str] | None:
        """Return the command that starts a program.

        Args:
            name: name of the program.

        Returns:
            Program and arguments; None if it is missing.
        """
        found = self.program(name)
        if found is None:
            return None
        is_own = Path(found).parent == self.folder
        return command_of(Path(found), self.python) if is_own else [found]

    def missing(self) -> str:
        """Return the first thing that is not installed.

        Returns:
            Its name; empty if the tool can run.
        """
        if not os.access(self.python, os.X_OK):
            return self.python
        if self.tool.module and not self._query(self.tool.module, self.tool.distribution)[0]:
            return self.tool.label
        missing_programs = [name for name in self.tool.programs if self.program(name) is None]
        return f"{self.tool.label}'s program {missing_programs[0]}" if missing_programs else ""

    def version(self) -> str:
        """Return the tool's version.

        Returns:
            The version; empty if it is not known.
        """
        if not self.tool.distribution:
            return platform.python_version() if self._is_own else ""
        return self._query(self.tool.module, self.tool.distribution)[1]

    def steps(self, main: MainFile, processes: int) -> list[Step]:
        """Return the steps that run a main file.

        Args:
            main: the main file.
            processes: number of processes, used if the tool can run in parallel.

        Returns:
            The steps; the last one runs the main file.

        Raises:
            JobFailure: the tool does not run such a file, or is not complete.
        """
        suffix = main.path.suffix
        if suffix not in self.tool.runs:
            kinds = " and ".join(self.tool.suffixes)
            raise JobFailure(
                f"{main.name} is not a file that {self.tool.label} runs; {kinds} files can be run."
            )
        requested = self.tool.parallel.get(suffix, ()) if processes > 1 else ()
        command = self._filled(requested, main, processes)
        command = command or self._filled(self.tool.runs[suffix], main, processes)
        if command is None:
            raise JobFailure(f"{self.tool.label} is not complete. {self.tool.install}")
        if suffix == ".hoc" and lacks_library(self.python):
            raise JobFailure(f"{NEEDED}.")
        return [*self._mechanisms(main), Step(command)]

    def runs_in_parallel(self, main: MainFile) -> bool:
        """Return whether the tool can run such a file in several processes.

        Args:
            main: the main file.

        Returns:
            True if it can.
        """
        return main.path.suffix in self.tool.parallel

    def _mechanisms(self, main: MainFile) -> list[Step]:
        """Return the step that compiles the .mod files beside the main file.

        The result goes to the folder where NEURON looks for it.
        """
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
        """Return what is missing for compiling, or else which NEURON compiles."""
        compilers = ("g++", "c++", "clang++", "gcc", "cc", "clang", os.environ.get("CXX", ""))
        missing_programs = [] if any(map(shutil.which, compilers)) else ["a C++ compiler"]
        missing_programs += [] if shutil.which("make") else ["make"]
        if missing_programs:
            named = " and ".join(missing_programs)
            return f"That needs {named}, not installed here (apt-get install g++ make)."
        version = self._query("neuron", "neuron")[1]
        return f"Here NEURON {version} compiles them." if version else ""

    def _filled(self, requested: Sequence[str], main: MainFile, processes: int) -> list[str] | None:
        """Return the command with names replaced; None if it is empty or a program is missing."""
        suffixes = {"python": self.python, "main": main.name, "processes": str(processes)}
        filled: list[str] = []
        for part in requested:
            name = re.fullmatch(r"\{(\w+)\}", part)
            if name is None or name[1] in suffixes:
                filled.append(suffixes[name[1]] if name else part)
            elif found := self.command(name[1]):
                filled += found
            else:
                return None
        return filled or None

    @property
    def _is_own(self) -> bool:
        return self.python == sys.executable

    def _query(self, module: str, distribution: str) -> tuple[bool, str]:
        """Return whether a module can be imported, and its distribution's version."""
        if self._is_own:
            try:
                version = importlib.metadata.version(distribution)
            except importlib.metadata.PackageNotFoundError:
                version = ""
            return importlib.util.find_spec(module) is not None, version
        command = [self.python, "-I", "-c", _QUERY, module, distribution]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_PATIENCE, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return False, ""
        found, _, version = done.stdout.strip().partition(" ")
        return found == "1", version


def installation_of(tool: InstalledTool, python: str | None) -> Installation:
    """Return the installation of a tool.

    Args:
        tool: the tool.
        python: path of the Python that runs it; None: this one.

    Returns:
        The installation.
    """
    return Installation(tool, python or sys.executable)


def python_of(path_text: str) -> str:
    """Return the path of a Python.

    Args:
        path_text: the Python, or the folder of its environment.

    Returns:
        The path.
    """
    path = Path(path_text).expanduser()
    return str(path / "bin" / "python" if path.is_dir() else path)
