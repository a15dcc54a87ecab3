"""The zip that is sent: as it was packed, and sealed before a connection is opened."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from bspsa_widgets.errors import InvalidInput

_SENDABLE = re.compile(r"[^A-Za-z0-9_.-]+")
# Other names reach the HPC system altered, or lead to a job without its file (api.md section 3.2).
_NAME = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A finished zip.

    Attributes:
        name: the file name that the service is told, `[A-Za-z0-9_.-]{1,100}`, without a dot
            at its beginning.
        path: where it lies now; removed once the submission is over.
        size: bytes.
        folder: name of its one top-level folder.
        files: number of files in it.
        file_names: their paths relative to `folder`, with forward slashes.

    Raises:
        InvalidInput: of field `archive`: the service would lose it, and run the job without it.
    """

    name: str
    path: Path
    size: int
    folder: str
    files: int
    file_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidInput(
                "archive",
                f"{self.name!r:.120} cannot be the archive's name: its job would not find it.",
                allowed="Use 1 to 100 of the letters A-Z and a-z, digits, _, - and dots, but no "
                "dot at the beginning.",
            )


class Stamp(NamedTuple):
    """Which file it is, and when it was last changed: another stamp, another content.

    Attributes:
        device, inode: as the system counts them. size: bytes.
        modified, changed: its data, and anything about it; ns since the epoch.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class SealedArchive(Archive):
    """An archive that has been read to its end, as it is to be sent (`packaging.seal`).

    Attributes:
        sha256: of its bytes, hex. stamp: of its file when it was read.
    """

    sha256: str
    stamp: Stamp

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 1:
            raise InvalidInput("archive", "The archive is empty.", allowed="Pack the folder anew.")


class About(Protocol):
    """What a system says of a file: an `os.stat_result`."""

    @property
    def st_dev(self) -> int: ...
    @property
    def st_ino(self) -> int: ...
    @property
    def st_size(self) -> int: ...
    @property
    def st_mtime_ns(self) -> int: ...
    @property
    def st_ctime_ns(self) -> int: ...


def stamp_of(about: About) -> Stamp:
    """Of an open file, or of one that lies somewhere."""
    return Stamp(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def archive_name(folder: str, marker: str = "") -> str:
    """The zip's name for a folder: what every parser on the way reads as the same name.

    Only `[A-Za-z0-9_.-]`, at most 84 characters, no leading dot: quotes, spaces and
    other scripts reach Piz Daint altered, and the file listing cannot show them.
    """
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    stem = _SENDABLE.sub("_", plain).strip("._-")[:60]
    return f"{stem or 'job'}-{marker}.zip" if marker else f"{stem or 'job'}.zip"
