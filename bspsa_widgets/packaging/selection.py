"""Which files of a folder travel, and why the others stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.exclusions import (
    SERVICE,
    is_service,
    why_not_content,
    why_not_file,
    why_not_folder,
)

MOST_TOLD = 5  # of what cannot travel
LONGEST_PATH = 1000  # characters, below the folder
NO_CHOICE = Choice()
_CHOOSE = "Choose a folder with the files of the job."


class Member(NamedTuple):
    """A file that travels.

    Attributes:
        path: relative to the folder, with forward slashes. size: bytes.
        source: for a link the path of the file it leads to, relative to the folder; else "".
        stamp: `source.stamp_of` it, ns; 0 where that is not known.
    """

    path: str
    size: int
    source: str = ""
    stamp: int = 0


class LeftOut(NamedTuple):
    """A file or folder that stays.

    Attributes:
        path: relative to the folder; a folder's ends with a slash. reason: in plain words.
        size: bytes; None for a folder and where it is not known.
        may: whether the user can take it along: "yes"; "ask", a secret, after an explicit
            yes; "no".
    """

    path: str
    reason: str
    size: int | None = None
    may: Literal["yes", "ask", "no"] = "no"


class Selection(NamedTuple):
    """What a folder would send.

    Attributes:
        folder: resolved. members: in a stable order. left_out: with reasons.
        folders: those looked through, relative to the folder, in a stable order.
        stuck: what no rule leaves out, and yet cannot travel: to be mended, or excluded.
    """

    folder: Path
    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]
    folders: tuple[str, ...] = ()
    stuck: tuple[LeftOut, ...] = ()

    @property
    def size(self) -> int:
        """Bytes before packing."""
        return sum(member.size for member in self.members)

    @property
    def empty_folders(self) -> tuple[str, ...]:
        """Folders without any member: a script may write into them, so they travel too."""
        held: set[str] = set()
        for member in self.members:
            above = member.path.rpartition("/")[0]
            while above and above not in held:
                held.add(above)
                above = above.rpartition("/")[0]
        return tuple(folder for folder in self.folders if folder not in held)


def select(
    folder: str | os.PathLike[str],
    choice: Choice = NO_CHOICE,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Selection:
    """What is to be packed: `look`, where nothing stands in the way.

    Raises:
        InvalidInput: as `look`; of field `folder`: nothing would travel, or something in it
            cannot travel though nobody left it out.
        Stopped: `stopped` said so.
    """
    found = look(folder, choice, stopped=stopped)
    if found.stuck:
        raise _cannot_travel(found.folder, found.stuck)
    if not found.members:
        raise nothing_to_send(found.folder, len(found.left_out))
    return found


def look(
    folder: str | os.PathLike[str],
    choice: Choice = NO_CHOICE,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Selection:
    """Look through a folder; reads names and sizes, no contents, and follows no links.

    Raises:
        InvalidInput: of field `folder`: not given, not there, or not a folder. Of field
            `include`, `exclude` or `include_secrets`: a path there is not to be had.
        Stopped: `stopped` said so.
    """
    root = check_folder(folder)
    walk = _Look(root)
    walk.walk()
    return Selection(
        root,
        tuple(Member(path, size) for path, size in sorted(walk.members.items())),
        tuple(sorted(walk.left_out)),
        tuple(sorted(walk.folders)),
        tuple(sorted(walk.stuck)),
    )


def nothing_to_send(root: Path, left_out: int) -> InvalidInput:
    """The error for a folder of which nothing would travel."""
    because = f" {left_out} entries are left out." if left_out else ""
    return InvalidInput(
        "folder", f"There is nothing to send in {root.name}.{because}", allowed=_CHOOSE
    )


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder, resolved.

    Raises:
        InvalidInput: of field `folder`.
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
        raise InvalidInput("folder", f"{text!r:.200} is not a folder.", allowed=_CHOOSE)
    if root == Path(root.anchor):
        raise InvalidInput(
            "folder",
            f"{text!r:.200} is the whole of your files.",
            allowed="Choose the folder of one project.",
        )
    if not _is_text(root.name):  # it becomes a name in the archive, and the job's title
        raise InvalidInput(
            "folder",
            f"The folder's name {root.name!r:.80} is not readable text.",
            allowed="Give the folder another name.",
        )
    if is_service(root):
        raise InvalidInput(
            "folder", f"{text!r:.200} holds {SERVICE}: its token and its jobs.", allowed=_CHOOSE
        )
    return root


class _Look:
    """One pass over a tree, with a stack of its own: a deep tree is no deep recursion.

    Attributes:
        members: path → size. folders: looked through. left_out: on purpose.
        stuck: what nobody left out, and yet cannot travel.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._links: list[str] = []
        self.members: dict[str, int] = {}
        self.folders: list[str] = []
        self.left_out: list[LeftOut] = []
        self.stuck: list[LeftOut] = []

    def walk(self) -> None:
        waiting = [""]
        while waiting:
            below = waiting.pop()
            try:
                with os.scandir(self._root / below) as found:
                    entries = list(found)
            except OSError as error:
                self._stick(below or ".", f"cannot be read: {error.strerror}")
                continue
            for entry in entries:
                path = f"{below}/{entry.name}" if below else entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        waiting += self._folder(entry, path)
                    else:
                        self._file(entry, path)
                except FileNotFoundError:
                    continue  # gone since its name was read
                except OSError as error:
                    self._stick(path, f"cannot be read: {error.strerror}")
        for path in self._links:
            self._link(path)

    def _folder(self, entry: os.DirEntry[str], path: str) -> list[str]:
        """The folder, if it is to be looked through."""
        reason = why_not_folder(entry.path)
        if reason:
            self._leave(path + "/", reason)
        elif problem := _why_no_name(path):
            self._stick(path + "/", problem)
        else:
            self.folders.append(path)
            return [path]
        return []

    def _file(self, entry: os.DirEntry[str], path: str) -> None:
        reason = why_not_file(entry.name)
        if reason:
            self._leave(path, reason)
        elif entry.is_symlink():
            self._links.append(path)
        else:
            about = entry.stat(follow_symlinks=False)
            reason = why_not_content(entry.name, about)
            if reason:
                self._leave(path, reason)
            elif not os.access(entry.path, os.R_OK):
                self._stick(path, "cannot be read: Permission denied")
            else:
                self._take(path, about.st_size)

    def _link(self, path: str) -> None:
        """A link to a file that travels is sent as that file; every other link stays."""
        try:
            target = (self._root / path).resolve(strict=True)
        except (OSError, RuntimeError):
            return self._leave(path, "a link that leads nowhere")
        if target != self._root and self._root not in target.parents:
            return self._leave(path, "a link that leads out of the folder")
        if target.is_dir():
            return self._leave(path, "a link to a folder")
        # A harmless name must not carry out what its target's place or name keeps in.
        size = self.members.get(target.relative_to(self._root).as_posix())
        if size is None:
            return self._leave(path, "a link to a file that is left out")
        return self._take(path, size)

    def _take(self, path: str, size: int) -> None:
        problem = _why_no_name(path)
        if problem:
            self._stick(path, problem)
        else:
            self.members[path] = size

    def _leave(self, path: str, reason: str) -> None:
        self.left_out.append(LeftOut(_shown(path), reason))

    def _stick(self, path: str, reason: str) -> None:
        self.stuck.append(LeftOut(_shown(path), reason))


def _cannot_travel(root: Path, stuck: tuple[LeftOut, ...]) -> InvalidInput:
    """Left out in silence, the job would run without them: so it is an error."""
    told = "; ".join(f"{_short(path)} ({reason})" for path, reason, *_ in stuck[:MOST_TOLD])
    more = f"; and {len(stuck) - MOST_TOLD} more" if len(stuck) > MOST_TOLD else ""
    return InvalidInput(
        "folder",
        f"In {root.name}, this cannot be sent: {told}{more}.",
        allowed="Rename it, change its permissions, or move it out of the folder.",
    )


def _why_no_name(path: str) -> str | None:
    """Why a path cannot be a name in the archive."""
    if len(path) > LONGEST_PATH:
        return f"its path is longer than {LONGEST_PATH} characters"
    if "\\" in path:
        return "a backslash in its name, which unzip takes for a folder"
    return None if _is_text(path) else "its name is not readable text"


def _shown(path: str) -> str:
    """In signs that can be shown and encoded, whatever the name holds."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in path)


def _short(path: str) -> str:
    return path if len(path) <= 80 else f"{path[:40]}…{path[-39:]}"


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return all(ord(sign) >= 32 and sign != "\x7f" for sign in path)
