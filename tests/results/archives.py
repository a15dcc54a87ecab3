"""Tar files, honest and hostile."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

NOT_FILES = {
    "link": tarfile.SYMTYPE,
    "hard": tarfile.LNKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "device": tarfile.CHRTYPE,
    "disk": tarfile.BLKTYPE,
}


def file(
    name: str, content: bytes = b"content", mode: int = 0o644
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), mode, 1_700_000_000
    return info, content


def folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info, b""


def other(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def archive(place: Path, *members: tuple[tarfile.TarInfo, bytes], name: str = "out.tar.gz") -> Path:
    path = place / name
    data = packed(*members)
    path.write_bytes(gzip.compress(data, 1) if name.endswith("gz") else data)
    return path


def files_in(place: Path) -> dict[str, str]:
    return {
        str(path.relative_to(place)): path.read_bytes().decode("latin-1")
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
