"""A sealed archive in the documents of `--json`."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.domain.archive import SealedArchive


def archive_document(archive: SealedArchive) -> dict[str, Any]:
    """Return name as sent, size in bytes, SHA-256 (hex) and number of files.

    Args:
        archive: the archive.

    Returns:
        the document.
    """
    return {
        "name": archive.name,
        "size": archive.size,
        "sha256": archive.sha256,
        "files": archive.files,
    }
