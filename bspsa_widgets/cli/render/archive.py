"""A sealed archive as the documents of `--json` show it."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.domain.archive import SealedArchive


def archive_document(archive: SealedArchive) -> dict[str, Any]:
    """Its name as sent, bytes, sha256 (hex) and number of files; not where it lies."""
    return {
        "name": archive.name,
        "size": archive.size,
        "sha256": archive.sha256,
        "files": archive.files,
    }
