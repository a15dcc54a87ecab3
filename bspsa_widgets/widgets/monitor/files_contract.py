"""What Python and the monitor's view say to each other of a job's files."""

from __future__ import annotations

from typing import Literal, TypedDict

from bspsa_widgets.results.preview.kind import PreviewKind
from bspsa_widgets.results.preview.notebook import CellKind


class DownloadRequest(TypedDict):
    """Download files of a job.

    Attributes:
        names: [] is all; a name that is not listed is tried.
        folder: "" is where Python puts them.
        replace: names of files here that may be replaced: only on the user's word.
    """

    kind: Literal["download"]
    id: str
    key: str
    names: list[str]
    folder: str
    replace: list[str]


class FileRequest(TypedDict):
    """Unpack an archive that is here; preview a file."""

    kind: Literal["unpack", "preview"]
    id: str
    key: str
    name: str


FilesRequest = DownloadRequest | FileRequest
"""What the view asks for of a job's files."""


class ResultFile(TypedDict):
    """A file of a job.

    Attributes:
        size: bytes.
        state: what is here by this name: the file, the file but changed since, or another one.
        path: where it is here; "" if it is not.
        unpacks: an archive that can be unpacked once it is here.
    """

    name: str
    size: int | None
    state: Literal["", "here", "changed", "other"]
    path: str
    preview: PreviewKind | Literal[""]
    unpacks: bool


class Files(TypedDict):
    """The files of a job.

    Attributes:
        place: where they are downloaded to.
    """

    kind: Literal["files"]
    id: str
    files: list[ResultFile]
    notes: list[str]
    place: str
    error: str


class Downloading(TypedDict):
    """A file is being downloaded.

    Attributes:
        done: bytes of this file.
        number: which file of how many, from 1.
        waits: what it waits for, or "".
    """

    kind: Literal["downloading"]
    id: Literal[""]
    key: str
    name: str
    done: int
    total: int | None
    number: int
    count: int
    waits: str


class CameFile(TypedDict):
    """A file that was downloaded.

    Attributes:
        verified: false if nobody said how long the file has to be.
    """

    name: str
    path: str
    size: int
    verified: bool


class LeftFile(TypedDict):
    """A file that was not downloaded."""

    name: str
    reason: str
    may_replace: bool


class SkippedFolder(TypedDict):
    """A folder, which cannot be downloaded."""

    name: str
    reason: str


class Downloaded(TypedDict):
    """What became of a download.

    Attributes:
        kept: here already, whole and unchanged.
    """

    kind: Literal["downloaded"]
    id: str
    came: list[CameFile]
    kept: list[str]
    left: list[LeftFile]
    skipped: list[SkippedFolder]
    stopped: bool
    error: str


class Unpacked(TypedDict):
    """What became of unpacking an archive.

    Attributes:
        size: bytes.
        note: what of the archive was not unpacked, or was renamed; "" if all is as it was.
    """

    kind: Literal["unpacked"]
    id: str
    folder: str
    files: int
    size: int
    note: str
    error: str


class CellOutputState(TypedDict):
    """An output of a cell.

    Attributes:
        image: a PNG in base64, or "".
    """

    text: str
    image: str


class PreviewCell(TypedDict):
    """A cell of a notebook."""

    kind: CellKind
    source: str
    outputs: list[CellOutputState]


class Preview(TypedDict):
    """What is in a file.

    Attributes:
        image: in base64.
    """

    kind: Literal["preview"]
    id: str
    name: str
    what: PreviewKind | Literal[""]
    text: str
    header: list[str]
    rows: list[list[str]]
    image: str
    mime: str
    cells: list[PreviewCell]
    is_cut: bool
    note: str
    error: str


FileMessage = Files | Downloading | Downloaded | Unpacked | Preview
"""What Python says of a job's files."""
