"""Select the files of a folder to send, with the reasons for the excluded ones."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.compact_records import CompactRecords
from bspsa_widgets.packaging.entries import Excluded, Member
from bspsa_widgets.packaging.exclusions import SERVICE, is_service
from bspsa_widgets.packaging.overrides import Overrides
from bspsa_widgets.packaging.path_names import is_text
from bspsa_widgets.packaging.walk import Walk
from bspsa_widgets.packaging.yielding import yield_gil

MAX_NAMED = 5  # stuck entries named in an error
NO_CHOICE = Choice()
_PACKED = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
_CHOOSE = "Choose a folder with the files of the job."


class Selection(NamedTuple):
    """The content of a folder, as it would be sent.

    Attributes:
        folder: resolved path.
        members: files to send, in the order of their paths.
        left_out: excluded files and folders, with reasons.
        folders: folders that were searched, relative to the folder, in a stable order.
        stuck: entries that no rule excludes, but that cannot be sent: to be fixed or excluded.
    """

    folder: Path
    members: Sequence[Member]
    left_out: tuple[Excluded, ...]
    folders: tuple[str, ...] = ()
    stuck: tuple[Excluded, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files before packing."""
        return sum(member.size for member in self.members)

    @property
    def empty_folders(self) -> tuple[str, ...]:
        """Folders without any file to send: a script may write into them, so they are sent too."""
        return tuple(folder for folder in self.folders if not self._has_files_in(f"{folder}/"))

    def _has_files_in(self, folder: str) -> bool:
        index = bisect_left(self.members, folder, key=attrgetter("path"))
        return index < len(self.members) and self.members[index].path.startswith(folder)


def select(
    folder: str | os.PathLike[str],
    choice: Choice = NO_CHOICE,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Selection:
    """Return the files to pack, or raise an error if the folder cannot be sent.

    Args:
        folder: path of the folder.
        choice: the user's own choice of files.
        stopped: checked regularly; True stops the search.

    Returns:
        A selection with at least one file, and nothing stuck.

    Raises:
        InvalidInput: as `scan`; of field `folder` if there is no file to send, or if something
            cannot be sent and is not excluded.
        Stopped: if `stopped` returned True.
    """
    found = scan(folder, choice, stopped=stopped)
    if found.stuck:
        raise _stuck_error(found.folder, found.stuck)
    if not found.members:
        raise nothing_to_send(found.folder, len(found.left_out))
    return found


def scan(
    folder: str | os.PathLike[str],
    choice: Choice = NO_CHOICE,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Selection:
    """Scan a folder: read names and sizes, no contents; follow no links.

    Args:
        folder: path of the folder.
        choice: the user's own choice of files.
        stopped: checked regularly; True stops the search.

    Returns:
        The selection; it may be empty, and have stuck entries.

    Raises:
        InvalidInput: of field `folder`, if it is missing or no folder; of field `include`,
            `exclude` or `include_secrets`, if a path there cannot be sent.
        Stopped: if `stopped` returned True.
    """
    root = check_folder(folder)
    walk = Walk(root, Overrides(choice), stopped)
    walk.run()
    yield_gil()
    members = CompactRecords(Member, map(walk.members.__getitem__, sorted(walk.members)))
    yield_gil()
    return Selection(
        root,
        members,
        tuple(sorted(walk.left_out)),
        tuple(sorted(walk.folders)),
        tuple(sorted(walk.stuck)),
    )


def nothing_to_send(root: Path, left_out: int) -> InvalidInput:
    """Return the error for a folder without files to send.

    Args:
        root: the folder.
        left_out: number of excluded entries.

    Returns:
        The error.
    """
    because = f" {left_out} entries are excluded." if left_out else ""
    return InvalidInput(
        "folder", f"There is nothing to send in {root.name}.{because}", allowed=_CHOOSE
    )


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """Check a folder that the user chose.

    Args:
        folder: path as typed.

    Returns:
        The resolved path.

    Raises:
        InvalidInput: of field `folder`, if it cannot be sent.
    """
    text = os.fspath(folder) if isinstance(folder, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise InvalidInput("folder", f"{type(folder).__name__} is not a folder.", allowed=_CHOOSE)
    if not text.strip():
        raise InvalidInput("folder", "No folder is chosen.", allowed=_CHOOSE)
    if "\0" in text:
        raise InvalidInput("folder", "The folder's name holds a NUL sign.", allowed=_CHOOSE)
    try:
        root = Path(text).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # "~nobody", a link loop, half a character
        raise InvalidInput(
            "folder", f"There is no folder {text!r:.200}.", allowed=_CHOOSE
        ) from None
    if not root.is_dir():
        raise _not_a_folder(root, text)
    if root == Path(root.anchor):
        raise InvalidInput(
            "folder",
            f"{text!r:.200} is the whole of your files.",
            allowed="Choose the folder of one project.",
        )
    if not is_text(root.name):  # it becomes a name in the archive, and the job's title
        raise InvalidInput(
            "folder",
            f"The folder's name {root.name!r:.80} is not readable text.",
            allowed="Give the folder another name.",
        )
    if is_service(root):
        raise InvalidInput(
            "folder",
            f"{text!r:.200} holds {SERVICE.words}: its token and its jobs.",
            allowed=_CHOOSE,
        )
    return root


def _not_a_folder(root: Path, text: str) -> InvalidInput:
    if root.name.lower().endswith(_PACKED):
        return InvalidInput(
            "folder",
            f"{text!r:.200} is an archive, not a folder.",
            allowed="Unpack it, and choose the folder that comes out: it is packed again "
            "when it is sent.",
        )
    return InvalidInput(
        "folder",
        f"{text!r:.200} is not a folder.",
        allowed="Choose the folder that the file is in: all that the job needs is sent.",
    )


def _stuck_error(root: Path, stuck: tuple[Excluded, ...]) -> InvalidInput:
    """Return the error for stuck entries: excluded silently, they would be missing in the job."""
    named = "; ".join(f"{_short(path)} ({reason})" for path, reason, *_ in stuck[:MAX_NAMED])
    more = f"; and {len(stuck) - MAX_NAMED} more" if len(stuck) > MAX_NAMED else ""
    return InvalidInput(
        "folder",
        f"In {root.name}, this cannot be sent: {named}{more}.",
        allowed="Rename it, change its permissions, or move it out of the folder.",
    )


def _short(path: str) -> str:
    return path if len(path) <= 80 else f"{path[:40]}…{path[-39:]}"
