"""What is found in a folder: what travels, and what stays."""

from __future__ import annotations

from typing import Literal, NamedTuple

May = Literal["yes", "ask", "no"]


class Member(NamedTuple):
    """A file that travels.

    Attributes:
        path: relative to the folder, with forward slashes. size: bytes.
        source: of what is reached by a link the file's own path, relative to the folder, or
            from the top where it lies outside; else "".
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
    may: May = "no"
