"""The entries of a folder: files to send, and excluded files and folders."""

from __future__ import annotations

from typing import Literal, NamedTuple

May = Literal["yes", "ask", "no"]
ReasonKind = Literal["rule", "user", "secret", "final", "link", "unfetched", "cloud"]


class Reason(NamedTuple):
    """Why a file or folder is excluded.

    Attributes:
        words: in plain words.
        kind: "rule": a rule that the user can override. "user": the user excludes it. "secret": it
            may hold a secret. "final": it is never sent. "link": it is a link, whose target a job
            may need. "unfetched": a link to data that is not here. "cloud": the file is in a cloud.
    """

    words: str
    kind: ReasonKind = "rule"

    @property
    def is_guarded(self) -> bool:
        """Whether it can be overridden only with an explicit confirmation."""
        return self.kind == "secret"

    @property
    def is_final(self) -> bool:
        """Whether it cannot be overridden."""
        return self.kind == "final"

    @property
    def may(self) -> May:
        """Whether the user can override it; "ask": with an explicit confirmation."""
        return "no" if self.is_final else "ask" if self.is_guarded else "yes"


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
        kind: kind of the reason.
    """

    path: str
    reason: str
    size: int | None = None
    may: May = "no"
    kind: ReasonKind = "rule"

    def document(self) -> dict[str, object]:
        """Return it for programs.

        Returns:
            path, reason, size, and whether it can be included.
        """
        return {"path": self.path, "reason": self.reason, "size": self.size, "may": self.may}
