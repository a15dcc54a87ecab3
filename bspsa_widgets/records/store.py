"""The records of a folder's submissions: one JSON file each, whole or not at all."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from filelock import FileLock, Timeout

from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.errors import InvalidInput, RecordError
from bspsa_widgets.records.atomic_files import (
    flush_folder,
    read_whole,
    remove_left,
    write_whole,
)
from bspsa_widgets.records.file_cache import Unchanged
from bspsa_widgets.records.folder_lock import Waiting, alone, has_locks
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.keys import RecordKeys
from bspsa_widgets.records.record import NewerFormat, Record

log = logging.getLogger(__name__)

MOST_BYTES = 4 << 20  # of one record; more is none of ours
SUFFIX = ".json"  # behind the marker: the name of a record's file
_RECORD = re.compile(MARKER.pattern + re.escape(SUFFIX))

# By the folder: all who read it in this process read each record once, and share it.
_read: WeakValueDictionary[Path, Unchanged[Record]] = WeakValueDictionary()


class Loaded(NamedTuple):
    """What a folder holds: records, newest first, and the names of other files.

    Attributes:
        damaged: set aside. left: whole, but of a newer release or of another user.
    """

    records: list[Record]
    damaged: list[str]
    left: tuple[str, ...] = ()


def records_folder(root: Path) -> Path:
    """Where records are kept: `BSPSA_RECORDS`, else `.bspsa` beside the notebook."""
    named = os.environ.get("BSPSA_RECORDS", "").strip()
    return Path(named).expanduser() if named else root / ".bspsa"


def records_in(folder: str | Path | None, root: Path) -> Records:
    """The records in a folder of the user's choice; None for `records_folder(root)`."""
    return Records(records_folder(root) if folder is None else Path(folder).expanduser())


class Claim:
    """The right to tend a record, until it is released.

    Attributes:
        is_certain: nobody else has it. Where there are no locks, others may have it, too.
    """

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock
        self.is_certain = lock.is_locked

    def release(self) -> None:
        """Give it up. The lock's file stays.

        Removed, it would be another file to whoever takes the lock anew than to whoever
        has it open already, and both would hold it.
        """
        with suppress(OSError):
            self._lock.release()


class Records:
    """The records in one folder. All methods block: call them in a worker thread.

    Args:
        folder: made when the first record is written.
        index: of the user's submissions in all folders; None for the user's own.
    """

    def __init__(self, folder: Path, index: SubmissionIndex | None = None) -> None:
        self.folder = folder
        self.index = index or SubmissionIndex()
        self._read_before = _read.setdefault(folder.absolute(), Unchanged())
        self._keys = RecordKeys(folder)

    def save(self, record: Record) -> None:
        """Write it, so that it is there even if the machine stops right after.

        Raises:
            RecordError: the disk does not take it; what was there before still is.
        """
        try:
            self._make_folder()
            write_whole(self._place(record.marker), record.to_json())
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise self._not_written(error) from None
        self.index.keep(record, self.folder)

    def load(self) -> Loaded:
        """All records; only those that have changed are read. Damaged ones go to `damaged/`.

        Raises:
            RecordError: the folder is there, but cannot be read.
        """
        places = self._files()
        self._read_before.keep_only([place.name for place in places])
        return self._loaded(places, lambda place: self._read_before.read(place, self._read))

    def like(self, record: Record) -> list[Record]:
        """Those of the same files and settings; no others are read, once they are known.

        Call it while `alone`.

        Raises:
            RecordError: the folder, or one that may be of them, cannot be read.
        """
        known, key = self._keys.read(), record.key
        there = [name.removesuffix(SUFFIX) for name in self._names() if _is_record(name)]
        maybe = [marker for marker in there if known.get(marker, key) == key]
        found = self._loaded(map(self._place, maybe), self._read).records
        new = {other.marker: other.key for other in found if other.marker not in known}
        self._keys.keep(known, new, there)
        return [other for other in found if other.is_same_job(record)]

    def _loaded(self, places: Iterable[Path], read: Callable[[Path], Record]) -> Loaded:
        found: list[Record] = []
        damaged: list[str] = []
        left: list[str] = []
        for place in places:
            try:
                found.append(read(place))
            except FileNotFoundError:
                continue  # set aside by another notebook, just now
            except (PermissionError, NewerFormat) as error:
                log.info("record %s is left alone: %s", place.name, type(error).__name__)
                left.append(place.name)
            except OSError as error:
                raise RecordError(
                    f"{place.name} in {self.folder} cannot be read: {error.strerror}."
                ) from None
            except ValueError as error:
                log.warning("record %s is %s", place.name, error)
                damaged.append(place.name)
                self._set_aside(place)
        found.sort(key=lambda record: (record.began, record.marker), reverse=True)
        return Loaded(found, damaged, tuple(left))

    def find(self, text: str) -> Record:
        """A record by its id, or by how the id begins ("nb-" may be left out).

        Raises:
            InvalidInput: of field `record`: there is none, or more than one.
            RecordError: the folder cannot be read.
        """
        wanted = text.strip().lower()
        wanted = wanted if wanted.startswith("nb-") else f"nb-{wanted}"
        loaded = self.load()
        hits = [record for record in loaded.records if record.marker.startswith(wanted)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            problem = f"{len(hits)} records begin with {text!r:.40}."
        elif any(name.startswith(wanted) for name in loaded.left):
            problem = f"The record {text!r:.40} is another user's, or of a newer release."
        else:
            problem = f"There is no record {text!r:.40} in {self.folder}."
        raise InvalidInput("record", problem, allowed="See them with `bspsa records`.")

    def read(self, marker: str) -> Record | None:
        """The record as it is on disk now; None where it cannot be read."""
        try:
            return self._read(self._place(marker))
        except (OSError, ValueError):
            return None

    def claim(self, marker: str) -> Claim | None:
        """The right to tend a record; None while somebody else has it, in any process.

        It ends with the process, however that ends. A file system that has no locks gives
        it to everybody: two that tend the same record only look twice.
        """
        lock = FileLock(self.folder / f"{marker}.lock", timeout=0, thread_local=False)
        try:
            self._make_folder()
            if has_locks(self.folder):
                lock.acquire()
        except Timeout:
            return None
        except OSError as error:
            log.info("no lock for record %s: %s", marker, type(error).__name__)
        return Claim(lock)

    @contextmanager
    def alone(self, waiting: Waiting = Waiting()) -> Iterator[None]:  # noqa: B008  (frozen)
        """Nobody else reads and writes in one act meanwhile.

        Raises:
            RecordError: the folder cannot be made, or see `folder_lock.alone`.
        """
        try:
            self._make_folder()
        except OSError as error:
            raise self._not_written(error) from None
        with alone(self.folder, waiting):
            yield

    def _place(self, marker: str) -> Path:
        if not MARKER.fullmatch(marker):
            raise ValueError("not a marker")
        return self.folder / f"{marker}{SUFFIX}"

    def _names(self) -> list[str]:
        try:
            return sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RecordError(f"{self.folder} cannot be read: {error.strerror}.") from None

    def _files(self) -> list[Path]:
        names = self._names()
        records = {name for name in names if _is_record(name)}
        remove_left(self.folder, names, lambda name: _is_lock_of_none(name, records))
        return [self.folder / name for name in names if name in records]

    def _read(self, place: Path) -> Record:
        record = Record.from_json(read_whole(place, MOST_BYTES))  # no further than a record goes
        if f"{record.marker}{SUFFIX}" != place.name:
            raise ValueError("not the record that its name says")
        return record

    def _set_aside(self, place: Path) -> None:
        aside = self.folder / "damaged"
        try:
            aside.mkdir(exist_ok=True)
            place.replace(aside / place.name)
        except OSError as error:
            log.warning("%s could not be set aside: %s", place.name, error.strerror)

    def _not_written(self, error: Exception) -> RecordError:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return RecordError(
            f"The record of the submission cannot be written in {self.folder}: {reason}."
        )

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            return
        made = [folder for folder in (self.folder, *self.folder.parents) if not folder.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # they are the user's, not the project's
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
        for folder in made:
            flush_folder(folder.parent)


def _is_record(name: str) -> bool:
    return _RECORD.fullmatch(name) is not None


def _is_lock_of_none(name: str, records: set[str]) -> bool:
    stem, _, suffix = name.rpartition(".")
    return suffix == "lock" and bool(MARKER.fullmatch(stem)) and f"{stem}{SUFFIX}" not in records
