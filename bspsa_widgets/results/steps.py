"""The steps of fetching results, as frozen values."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FETCHED_BY_ANOTHER = "waiting for another program of yours: the service sends one file at a time"


class Fetching(NamedTuple):
    """A file is coming.

    Attributes:
        name: as the service calls it. done: bytes so far; total: in all, None: not known.
        number, count: which one it is (from 1), of how many.
        waits: it comes once a file of another process of the user's has come.
    """

    name: str
    done: int
    total: int | None
    number: int
    count: int  # type: ignore[assignment]  # hides a method of tuple that nobody needs
    waits: bool = False


class Came(NamedTuple):
    """A file lies at `path`, of `size` bytes; not `is_verified`: nobody said how long it is."""

    name: str
    path: Path
    size: int
    is_verified: bool


class Kept(NamedTuple):
    """A file that was here already, whole and unchanged: it was not fetched again."""

    name: str
    path: Path


class Left(NamedTuple):
    """A file that was not fetched; `may_replace`: it takes the user's word only."""

    name: str
    reason: str
    may_replace: bool


class Skipped(NamedTuple):
    """What is no file: a folder."""

    name: str
    reason: str


Step = Fetching | Came | Kept | Left | Skipped
