"""Index of this user's submissions in all folders: what was sent, and where its record is.

One small file for each submission that may have a job. It contains no command and no token:
files and settings are in its name, as a hash.
"""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.records.atomic_files import read_whole, remove_left, write_whole
from bspsa_widgets.records.folder_lock import LockWait, alone
from bspsa_widgets.records.record import KeptArchive, Record

log = logging.getLogger(__name__)

MOST_ENTRIES = 2_000  # the latest are kept
MOST_BYTES = 64 << 10  # of one entry; they have about 1 kB
_ENTRY = re.compile(rf"[0-9a-f]{{32}}-{MARKER.pattern}\.json")

_NO_JOB = ("refused", "not_sent")


class IndexEntry(NamedTuple):
    """A submission in the index.

    Attributes:
        record: an excerpt: state, times, hours, and id of the job.
        folder: folder of the record itself.
    """

    record: Record
    folder: Path


class SubmissionIndex:
    """The index of one user. All methods block: call them in a worker thread.

    Args:
        folder: None for the one in the user's data folder. Only the user may read it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def problem(self) -> str:
        """Return why the index cannot be written.

        Returns:
            A few words; "" if it can.
        """
        try:
            folder = self._made()
            if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                return ""
            return "Permission denied"
        except (OSError, RuntimeError) as error:  # RuntimeError: no home is known
            return getattr(error, "strerror", None) or type(error).__name__

    def alone(self, waiting: LockWait = LockWait()) -> AbstractContextManager[None]:  # noqa: B008
        """Hold the lock of the index: no other program of this user checks and adds meanwhile.

        If the index cannot be written, nothing is locked: then the user is told before a
        submission (see `problem`) that those of other folders are unknown.

        Args:
            waiting: callbacks while another program has the lock.

        Returns:
            A context manager.

        Raises:
            RecordError: see `folder_lock.alone`.
        """
        return nullcontext() if self.problem() else alone(self._path(), waiting)

    def keep(self, record: Record, folder: Path) -> None:
        """Write a record's state to the index, or remove it if it has no job.

        A failure is logged only: the record itself has the same information.

        Args:
            record: the record.
            folder: its folder.
        """
        try:
            path = self._made() / _name(record)
            if record.state in _NO_JOB:
                path.unlink(missing_ok=True)
                return
            text = _excerpt(record, folder)
            if not path.exists():
                self._make_room()
            elif read_whole(path, MOST_BYTES).decode() == text:
                return
            write_whole(path, text)
        except (OSError, RuntimeError, ValueError) as error:
            log.warning("submission %s is not in the index: %s", record.marker, error)

    def like(self, record: Record) -> list[IndexEntry]:
        """Return the entries with the same files and settings.

        Args:
            record: the record to compare with.

        Returns:
            The entries, latest first.
        """
        return self._read(self._names(record.key))

    def since(self, at: float) -> list[IndexEntry]:
        """Return the entries that have changed since a time.

        Args:
            at: seconds since the epoch.

        Returns:
            The entries, latest first.
        """
        found = []
        for name in self._names():
            with suppress(OSError, RuntimeError):
                if (self._path() / name).stat().st_mtime >= at:
                    found.append(name)
        return self._read(found)

    def _read(self, names: list[str]) -> list[IndexEntry]:
        found = []
        for name in names:
            try:
                text = read_whole(self._path() / name, MOST_BYTES)
                folder = json.loads(text)["folder_of_records"]
                found.append(IndexEntry(Record.from_json(text), Path(folder)))
            except (OSError, RuntimeError, ValueError, LookupError, TypeError) as error:
                log.info("an entry of the index cannot be read: %s", type(error).__name__)
        return sorted(found, key=lambda entry: entry.record.began, reverse=True)

    def _names(self, key: str = "") -> list[str]:
        """Return the names of all entries, or of those with a key."""
        try:
            names = os.listdir(self._path())
            return [name for name in names if name.startswith(key) and _is_entry(name)]
        except (OSError, RuntimeError):
            return []

    def _make_room(self) -> None:
        """Remove the oldest entries, so that there are never more than `MOST_ENTRIES`."""
        folder = self._path()
        names = os.listdir(folder)
        remove_left(folder, names, lambda _: False)
        entries = [name for name in names if _is_entry(name)]
        surplus = len(entries) - MOST_ENTRIES + 1
        if surplus > 0:
            places = [folder / name for name in entries]
            for old in sorted(places, key=lambda path: path.stat().st_mtime)[:surplus]:
                old.unlink(missing_ok=True)

    def _made(self) -> Path:
        folder = self._path()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _path(self) -> Path:
        return self._folder or platformdirs.user_data_path("bspsa-widgets") / "submissions"


def _name(record: Record) -> str:
    return f"{record.key}-{record.marker}.json"


def _is_entry(name: str) -> bool:
    return _ENTRY.fullmatch(name) is not None


def _excerpt(record: Record, folder: Path) -> str:
    job = record.seen_job()
    excerpt = Record(
        marker=record.marker,
        state=record.state,
        endpoint=record.endpoint,
        folder="",
        form=JobForm(),
        choice=Choice(),
        hpc=record.hpc,
        project=record.project,
        payload={"runtime": record.payload.get("runtime", "")},
        archive=KeptArchive(name="", size=0, sha256="", files=0),
        manifest="",
        job={"job_id": job.job_id} if job else None,
        job_id_named=record.job_id_named,
        is_unlisted=record.is_unlisted,
        history=tuple(event.model_copy(update={"words": ""}) for event in record.history),
    )
    found = json.loads(excerpt.to_json()) | {"folder_of_records": str(folder.absolute())}
    return json.dumps(found)
