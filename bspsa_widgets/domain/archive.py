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
        name: file name that is sent to the service, `[A-Za-z0-9_.-]{1,100}`, without a leading dot.
        path: where it is on disk; removed when the submission is over.
        size: bytes.
        folder: name of its one top-level folder.
        files: number of files in it.
        file_names: their paths relative to `folder`, with forward slashes.

    Raises:
        InvalidInput: of field `archive`, for a name that the service would lose: the job would
            run without its file.
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


class FileStamp(NamedTuple):
    """Identity and times of a file: with another stamp, the content may differ.

    Attributes:
        device: device number.
        inode: inode number.
        size: bytes.
        modified: time of the last change of the data, ns since the epoch.
        changed: time of the last change of data or metadata, ns since the epoch.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class SealedArchive(Archive):
    """An archive that has been read completely, as it will be sent (see `packaging.seal`).

    Attributes:
        sha256: digest of its bytes, hex.
        stamp: stamp of its file at the time of reading.

    Example:
        >>> archive = SealedArchive(
        ...     name="model.zip", path=Path("model.zip"), size=22, folder="model", files=0,
        ...     sha256="8739c76e",
        ...     stamp=FileStamp(device=1, inode=2, size=22, modified=3, changed=3),
        ... )
        >>> archive.size
        22
    """

    sha256: str
    stamp: FileStamp

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 1:
            raise InvalidInput("archive", "The archive is empty.", allowed="Pack the folder anew.")

    def document(self) -> dict[str, str | int]:
        """Return name as sent, size in bytes, SHA-256 (hex) and number of files, for programs.

        Returns:
            the document.
        """
        names = ("name", "size", "sha256", "files")
        return {name: getattr(self, name) for name in names}


class FileMetadata(Protocol):
    """Metadata of a file: the part of `os.stat_result` that is needed."""

    @property
    def st_dev(self) -> int:
        """Device number."""

    @property
    def st_ino(self) -> int:
        """Inode number."""

    @property
    def st_size(self) -> int:
        """Size, bytes."""

    @property
    def st_mtime_ns(self) -> int:
        """Time of the last change of the data, ns since the epoch."""

    @property
    def st_ctime_ns(self) -> int:
        """Time of the last change of data or metadata, ns since the epoch."""


def stamp_of(about: FileMetadata) -> FileStamp:
    """Return the stamp of a file.

    Args:
        about: result of `os.stat` or `os.fstat`.

    Returns:
        Its stamp.
    """
    return FileStamp(
        about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
    )


def archive_name(folder: str, marker: str = "") -> str:
    """Return the zip's name for a folder, such that every parser on the way reads the same name.

    Quotes, spaces and other scripts reach Piz Daint altered, and the file list cannot show them.

    Args:
        folder: name of the folder, any characters.
        marker: marker of the submission, or "".

    Returns:
        Only `[A-Za-z0-9_.-]`, at most 84 characters, without a leading dot.
    """
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    stem = _SENDABLE.sub("_", plain).strip("._-")[:60]
    return f"{stem or 'job'}-{marker}.zip" if marker else f"{stem or 'job'}.zip"
