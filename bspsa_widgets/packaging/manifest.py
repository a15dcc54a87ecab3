"""List of the packed files: one line for each file, and one hash over all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple


class PackedFile(NamedTuple):
    """A packed file.

    Attributes:
        path: relative to the folder.
        size: bytes.
        sha256: digest of its content, hex.
        mode: mode bits.
    """

    path: str
    size: int
    sha256: str
    mode: int


class Manifest(NamedTuple):
    """All packed files.

    Attributes:
        entries: the files, in the archive's order.
    """

    entries: Sequence[PackedFile]

    @property
    def sha256(self) -> str:
        """One hash over all entries, hex: the same content gives the same hash."""
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(json.dumps(entry, ensure_ascii=True).encode() + b"\n")
        return digest.hexdigest()
