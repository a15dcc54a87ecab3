"""Finds the file of an unpacked archive that a tool runs, and the folder to run it in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bspsa_widgets.service.executors.runner.failure import JobFailure

NOT_TOP: Final = frozenset({"__MACOSX"})  # macOS adds it to zips
_SHOWN = 20  # candidates named in a message


class MainFile(NamedTuple):
    """The file to run.

    Attributes:
        path: the file.
        folder: the archive's top-level folder, in which it is run.
    """

    path: Path
    folder: Path

    @property
    def name(self) -> str:
        """Path relative to `folder`."""
        return self.path.relative_to(self.folder).as_posix()


def find_main_file(
    root: Path, named: str, usual: Sequence[str], suffixes: Sequence[str]
) -> MainFile:
    """Return the main file of an unpacked archive.

    Args:
        root: folder of the unpacked archive.
        named: the user's choice, relative to the top-level folder or to the root; empty: the
            usual names are tried, then the only file that can be run.
        usual: names that are tried.
        suffixes: suffixes of files that can be run.

    Returns:
        The main file.

    Raises:
        JobFailure: there is none; the message names the candidates.
    """
    top = top_folder(root)
    if named:
        for folder in (top, root):
            if (folder / named).is_file():
                return MainFile(
                    folder / named, top if (folder / named).is_relative_to(top) else root
                )
        message = f"There is no file {named!r} in the archive."
        raise JobFailure(f"{message} {_candidates(top, suffixes)}")
    for name in usual:
        if (top / name).is_file():
            return MainFile(top / name, top)
    found = _runnable(top, suffixes)
    if len(found) == 1:
        return MainFile(found[0], top)
    message = f"No main file: none is called {', '.join(usual)}."
    raise JobFailure(f"{message} {_candidates(top, suffixes)}")


def top_folder(root: Path) -> Path:
    """Return the only top-level folder of an unpacked archive.

    Args:
        root: folder of the unpacked archive.

    Returns:
        The folder; the root if there is no such folder.
    """
    found = [path for path in root.iterdir() if path.name not in NOT_TOP]
    return found[0] if len(found) == 1 and found[0].is_dir() else root


def _runnable(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    found = (path for path in folder.iterdir() if path.is_file() and path.suffix in suffixes)
    return sorted(found)


def _candidates(top: Path, suffixes: Sequence[str]) -> str:
    names = [path.name for path in _runnable(top, suffixes)]
    if not names:
        return f"There is no {' or '.join(suffixes)} file in {top.name!r}."
    visible = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"Name one of these as the main file (init_file): {visible}."
