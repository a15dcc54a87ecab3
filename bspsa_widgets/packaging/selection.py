"""Which files of a folder travel, and why the others stay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.exclusions import (
    SERVICE,
    is_service,
    looks_secret,
    why_not_content,
    why_not_file,
    why_not_folder,
)


class Member(NamedTuple):
    """A file that travels: path relative to the folder (forward slashes), size in bytes."""

    path: str
    size: int


class LeftOut(NamedTuple):
    """A file or folder that stays, relative to the folder, and the reason."""

    path: str
    reason: str


class Selection(NamedTuple):
    """What a folder would send.

    Attributes:
        folder: resolved. members: in a stable order. left_out: with reasons.
    """

    folder: Path
    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def size(self) -> int:
        """Bytes before packing."""
        return sum(member.size for member in self.members)


def select(folder: str | os.PathLike[str]) -> Selection:
    """Look through a folder; reads names and sizes, no contents, and follows no links.

    Raises:
        InvalidInput: of field `folder`: not given, not there, not a folder, or nothing
            in it would travel.
    """
    root = check_folder(folder)
    members: list[Member] = []
    left_out: list[LeftOut] = []
    for found in _walk(root, ""):
        if isinstance(found, Member):
            members.append(found)
        else:
            left_out.append(found)
    if not members:
        because = f" {len(left_out)} entries are left out." if left_out else ""
        raise InvalidInput(
            "folder",
            f"There is nothing to send in {root.name}.{because}",
            allowed="Choose a folder with the files of the job.",
        )
    return Selection(root, tuple(sorted(members)), tuple(sorted(left_out)))


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder, resolved.

    Raises:
        InvalidInput: of field `folder`.
    """
    allowed = "Choose a folder with the files of the job."
    text = os.fspath(folder) if isinstance(folder, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise InvalidInput("folder", f"{type(folder).__name__} is not a folder.", allowed=allowed)
    if not text.strip():
        raise InvalidInput("folder", "No folder is chosen.", allowed=allowed)
    if "\0" in text:
        raise InvalidInput("folder", "The folder's name holds a NUL sign.", allowed=allowed)
    try:
        root = Path(text).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # "~nobody", a link loop, half a character
        raise InvalidInput(
            "folder", f"There is no folder {text!r:.200}.", allowed=allowed
        ) from None
    if not root.is_dir():
        raise InvalidInput("folder", f"{text!r:.200} is not a folder.", allowed=allowed)
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
            "folder", f"{text!r:.200} holds {SERVICE}: its token and its jobs.", allowed=allowed
        )
    return root


def _walk(root: Path, below: str) -> Iterator[Member | LeftOut]:
    try:
        entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
    except OSError as error:
        yield LeftOut(below or ".", f"cannot be read: {error.strerror}")
        return
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            reason = why_not_folder(entry.path)
            if reason:
                yield LeftOut(path + "/", reason)
            else:
                yield from _walk(root, path)
        else:
            yield _file(root, entry, path)


def _file(root: Path, entry: os.DirEntry[str], path: str) -> Member | LeftOut:
    reason = why_not_file(entry.name)
    if reason:
        return LeftOut(path, reason)
    if not _is_text(path):
        return LeftOut(path.encode("utf-8", "replace").decode(), "its name is not readable text")
    try:
        if entry.is_symlink():
            return _link(root, entry, path)
        about = entry.stat(follow_symlinks=False)
    except OSError as error:
        return LeftOut(path, f"cannot be read: {error.strerror}")
    reason = why_not_content(entry.name, about)
    if reason:
        return LeftOut(path, reason)
    if not os.access(entry.path, os.R_OK):
        return LeftOut(path, "cannot be read: Permission denied")
    return Member(path, about.st_size)


def _link(root: Path, entry: os.DirEntry[str], path: str) -> Member | LeftOut:
    """A link to a file in the folder travels as that file; every other link stays."""
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):
        return LeftOut(path, "a link that leads nowhere")
    if root not in target.parents:
        return LeftOut(path, "a link that leads out of the folder")
    inside = target.relative_to(root)
    if not target.is_file():
        return LeftOut(path, "a link to a folder")
    # A harmless name must not carry out what its target's name would have kept in.
    if any(part.startswith(".") for part in inside.parts) or looks_secret(target.name):
        return LeftOut(path, "a link to a file that is left out")
    return Member(path, target.stat().st_size)


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return all(ord(sign) >= 32 and sign != "\x7f" for sign in path)
