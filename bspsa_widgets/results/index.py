"""What was fetched into a folder: a small file there, by which downloads are resumed."""

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
MOST_BYTES = 16 << 20  # some ten thousand files; more is none of ours
SHARE = 20  # of the time at most one part in so many goes into writing this file

_saving = threading.Lock()  # two panels of one kernel may fetch into one folder


class KeptFile(BaseModel):
    """A file that came.

    Attributes:
        job: id of its job. key, name: as the service listed it.
        size: bytes. sha256: hex. is_verified: it is known to have come whole.
        is_final: the job was over by then, so that the file grows no more.
        at: when it came (ISO 8601, UTC). modified: its time of change then, nanoseconds.
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
    """The files that came into a folder, by their names here.

    Reading and `save` block. A file that is damaged, or that cannot be written, costs
    nothing but the resuming.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / FILE_NAME
        self._noted: dict[str, KeptFile] = {}
        self._next_save = 0.0
        self._found, self._is_ours = _read(self._place)

    def get(self, name_here: str) -> KeptFile | None:
        """What came under this name, of whichever job."""
        return self._noted.get(name_here) or self._found.get(name_here)

    def of(self, job: str) -> Iterator[tuple[str, KeptFile]]:
        """Name here and file, of all that came of a job."""
        for name_here, file in (self._found | self._noted).items():
            if file.job == job:
                yield name_here, file

    def note(self, name_here: str, file: KeptFile) -> None:
        """This came. It is on the disk once `save` returns."""
        self._noted[name_here] = file

    @property
    def is_due(self) -> bool:
        """Something is noted, and writing it down now would not take too much of the time."""
        return bool(self._noted) and time.monotonic() >= self._next_save

    def save(self) -> None:
        """Write down what was noted, beside what others have written meanwhile."""
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
    """What can be read, and whether the file may be written: not one of a newer release."""
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
    """One entry that is damaged does not hide the others."""
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
        # Not as private as mkstemp would have it: the folder may be shared with colleagues.
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
