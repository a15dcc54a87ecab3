"""A sealed archive: what will be sent, fixed before a connection is opened."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class SealedArchive(BaseModel):
    """A finished zip.

    Attributes:
        name: the file name that the service is told, `[A-Za-z0-9_.-]{1,100}`.
        path: where it lies now; removed once the submission is over.
        size: bytes. sha256: of those bytes, hex.
        folder: name of its one top-level folder.
        files: number of files in it.
        file_names: their paths relative to `folder`, with forward slashes.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    path: Path
    size: int
    sha256: str
    folder: str
    files: int
    file_names: tuple[str, ...] = ()
