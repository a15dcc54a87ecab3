"""Index of the files that were downloaded into a folder, so that downloads can resume."""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bspsa_widgets.packaging.fetched_results import RESULTS_FILE

log = logging.getLogger(__name__)

FILE_NAME = RESULTS_FILE
FORMAT = 1
MOST_BYTES = 16 << 20  # some ten thousand files; larger indexes are not written by this package
SHARE = 20  # at most 1/20 of the time is spent on writing this file

_saving = threading.Lock()  # two panels of one kernel may fetch into one folder


class KeptFile(BaseModel):
    """A downloaded file.

    Attributes:
        job: id of its job.
        key: key of the file as the service listed it.
        name: name as the service listed it.
        size: size in bytes.
        sha256: SHA-256, hexadecimal.
        is_verified: whether it is known to be complete.
        is_final: whether the job was over, so that the file does not grow any more.
        at: when it was downloaded, ISO 8601, UTC.
        modified: its modification time then, in nanoseconds.
    """

    model_config = ConfigDict(frozen=True)

    job: str
    key: str
    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    is_verified: bool
    is_final: bool
    at: str
    modified: int


class KeptFiles:
    """Index of the files that were downloaded into a folder, by their local names.

    Reading and `save` block. If the index is damaged or cannot be written, downloads only cannot
    resume.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / FILE_NAME
        self._noted: dict[str, KeptFile] = {}
        self._next_save = 0.0
        self._found, self._is_ours = _read(self._place)

    def get(self, name_here: str) -> KeptFile | None:
        """Return the entry of a file, of any job.

        Args:
            name_here: local name of the file.

        Returns:
            the entry; None if there is none.
        """
        return self._noted.get(name_here) or self._found.get(name_here)

    def of(self, job: str) -> Iterator[tuple[str, KeptFile]]:
        """Yield local name and entry of all files of a job.

        Args:
            job: id of the job.

        Yields:
            local names and entries.
        """
        for name_here, file in (self._found | self._noted).items():
            if file.job == job:
                yield name_here, file

    def note(self, name_here: str, file: KeptFile) -> None:
        """Add a downloaded file; `save` writes it to disk.

        Args:
            name_here: local name of the file.
            file: the entry.
        """
        self._noted[name_here] = file

    @property
    def is_due(self) -> bool:
        """Whether there are new entries, and enough time has passed since the last save."""
        return bool(self._noted) and time.monotonic() >= self._next_save

    def save(self) -> None:
        """Write the new entries to disk; entries that others wrote meanwhile are kept."""
        if not self._noted:
            return
        began = time.monotonic()
        with _saving:
            found, self._is_ours = _read(self._place)
            self._found = found | self._noted
            if self._is_ours:
                _write(self._place, self._found)
        self._noted = {}
        now = time.monotonic()
        self._next_save = now + SHARE * (now - began)


def _read(place: Path) -> tuple[dict[str, KeptFile], bool]:
    """Return the entries, and whether the file may be written (not if it is of a newer version)."""
    try:
        if not place.is_file():
            return {}, not place.exists()
        with place.open("rb") as file:
            data = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        log.info("%s is not read: %s", place.name, type(error).__name__)
        return {}, not isinstance(error, OSError)
    if not isinstance(data, dict) or not isinstance(data.get("files"), dict):
        return {}, True
    if data.get("format") != FORMAT:
        return {}, False
    return dict(_whole(data["files"])), True


def _whole(files: dict[str, Any]) -> Iterator[tuple[str, KeptFile]]:
    """Yield the valid entries; a damaged one does not hide the others."""
    for name_here, entry in files.items():
        try:
            yield name_here, KeptFile.model_validate(entry, strict=True)
        except ValidationError:
            continue


def _write(place: Path, files: dict[str, KeptFile]) -> None:
    entries = {name: file.model_dump() for name, file in sorted(files.items())}
    text = json.dumps({"format": FORMAT, "files": entries}, indent=1)
    part = place.with_name(f".part-{secrets.token_hex(6)}")
    try:
        # Not mkstemp, which makes private files: the folder may be shared with colleagues.
        with part.open("xb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except OSError as error:
        log.warning("%s cannot be written: %s", place, error.strerror)
    finally:
        try:
            part.unlink(missing_ok=True)
        except OSError:
            log.warning("%s is left over", part)
