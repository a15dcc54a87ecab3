"""Which file of an unpacked archive a tool runs, and in which folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.service.executors.run import JobFailure

USUAL_NAMES = ("init.py", "init.hoc", "mosinit.hoc", "main.py", "run.py")
_RUNNABLE = (".py", ".hoc")
_SHOWN = 20  # candidates named in a message


class MainFile(NamedTuple):
    """The file to run.

    Attributes:
        path: the file. folder: the archive's top-level folder, where it is run.
    """

    path: Path
    folder: Path

    @property
    def name(self) -> str:
        """The path as seen from `folder`."""
        return self.path.relative_to(self.folder).as_posix()


def find_main_file(root: Path, named: str) -> MainFile:
    """The main file of an archive that was unpacked to `root`.

    Args:
        named: what the user named, relative to the top-level folder or to the root; empty:
            the usual names are tried, then the only .py or .hoc file.

    Raises:
        JobFailure: there is none; the message names the candidates.
    """
    top = top_folder(root)
    if named:
        for place in (top, root):
            if (place / named).is_file():
                return MainFile(place / named, top if (place / named).is_relative_to(top) else root)
        raise JobFailure(f"There is no file {named!r} in the archive. {_candidates(top)}")
    for name in USUAL_NAMES:
        if (top / name).is_file():
            return MainFile(top / name, top)
    found = _runnable(top)
    if len(found) == 1:
        return MainFile(found[0], top)
    raise JobFailure(f"No main file: none is called {', '.join(USUAL_NAMES)}. {_candidates(top)}")


def top_folder(root: Path) -> Path:
    """The one folder that holds everything; the root where there is no such folder."""
    # macOS adds a folder of its own to the zips it makes.
    found = [path for path in root.iterdir() if path.name != "__MACOSX"]
    return found[0] if len(found) == 1 and found[0].is_dir() else root


def _runnable(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.is_file() and path.suffix in _RUNNABLE)
    return sorted(found)


def _candidates(top: Path) -> str:
    names = [path.name for path in _runnable(top)]
    if not names:
        return f"There is no .py or .hoc file in {top.name!r}."
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"Name one of these as the main file (init_file): {shown}."
