"""The entries of a folder: files to send, and excluded files and folders."""

from __future__ import annotations

from typing import Literal, NamedTuple

May = Literal["yes", "ask", "no"]


class Member(NamedTuple):
    """A file to send.

    Attributes:
        path: relative to the folder, with forward slashes.
        size: bytes.
        source: for a file reached by a link, the path of the real file: relative to the folder,
            or absolute if it is outside; else "".
        stamp: `source.stamp_of` the file, ns; 0 if unknown.
    """

    path: str
    size: int
    source: str = ""
    stamp: int = 0


class Excluded(NamedTuple):
    """An excluded file or folder.

    Attributes:
        path: relative to the folder; a folder's path ends with a slash.
        reason: in plain words.
        size: bytes; None for a folder, or if unknown.
        may: whether the user can include it: "yes"; "ask", for a secret, only with an explicit
            confirmation; "no".
    """

    path: str
    reason: str
    size: int | None = None
    may: May = "no"
