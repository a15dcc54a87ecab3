"""The records of one folder: one JSON file each, written completely or not at all."""

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
from bspsa_widgets.records.file_cache import FileCache
from bspsa_widgets.records.folder_lock import LockWait, alone, has_locks
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.keys import RecordKeys
from bspsa_widgets.records.record import NewerFormat, Record

log = logging.getLogger(__name__)

MOST_BYTES = 4 << 20  # of one record; larger files are not records
SUFFIX = ".json"  # follows the marker in the name of a record's file
_RECORD = re.compile(MARKER.pattern + re.escape(SUFFIX))

# Cache by folder, shared in this process, so that each record is read once.
_read: WeakValueDictionary[Path, FileCache[Record]] = WeakValueDictionary()


class Loaded(NamedTuple):
    """The content of a folder of records.

    Attributes:
        records: newest first.
        damaged: names of damaged files, which were moved aside.
        left: names of complete files of a newer release or of another user.
    """

    records: list[Record]
    damaged: list[str]
    left: tuple[str, ...] = ()


def records_folder(root: Path) -> Path:
    """Return the folder of the records.

    Args:
        root: folder of the notebook.

    Returns:
        `BSPSA_RECORDS` if it is set, else `.bspsa` in the folder of the notebook.
    """
    named = os.environ.get("BSPSA_RECORDS", "").strip()
    return Path(named).expanduser() if named else root / ".bspsa"


def records_in(folder: str | Path | None, root: Path) -> Records:
    """Return the records in a folder.

    Args:
        folder: path chosen by the user; None for `records_folder(root)`.
        root: folder of the notebook.

    Returns:
        The records.
    """
    return Records(records_folder(root) if folder is None else Path(folder).expanduser())


class RecordClaim:
    """The exclusive right to write a record, until it is released.

    Args:
        lock: the record's lock, acquired if the file system has locks.

    Attributes:
        is_certain: whether it is exclusive. Without locks, other programs may have it as well.
    """

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock
        self.is_certain = lock.is_locked

    def release(self) -> None:
        """Release the lock. Its file stays.

        If it were removed, a program that opens the lock again and one that already has it open
        would use different files, and both would hold the lock.
        """
        with suppress(OSError):
            self._lock.release()


class Records:
    """The records in one folder. All methods block: call them in a worker thread.

    Args:
        folder: created when the first record is written.
        index: index of the user's submissions in all folders; None for the user's own.
    """

    def __init__(self, folder: Path, index: SubmissionIndex | None = None) -> None:
        self.folder = folder
        self.index = index or SubmissionIndex()
        self._read_before = _read.setdefault(folder.absolute(), FileCache())
        self._keys = RecordKeys(folder)

    def save(self, record: Record) -> None:
        """Write a record so that it exists even if the machine stops right after.

        Args:
            record: the record.

        Raises:
            RecordError: if the disk refuses it; the previous file is unchanged.
        """
        try:
            self._make_folder()
            write_whole(self._path(record.marker), record.to_json())
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise self._not_written(error) from None
        self.index.keep(record, self.folder)

    def load(self) -> Loaded:
        """Return all records; only changed files are read. Damaged ones are moved to `damaged/`.

        Returns:
            The content of the folder.

        Raises:
            RecordError: if the folder exists, but cannot be read.
        """
        places = self._files()
        self._read_before.retain([path.name for path in places])
        return self._loaded(places, lambda path: self._read_before.read(path, self._read))

    def like(self, record: Record) -> list[Record]:
        """Return the records with the same files and settings; others are read only once.

        Call it under the folder's lock (`alone`).

        Args:
            record: the record to compare with.

        Returns:
            The records, newest first.

        Raises:
            RecordError: if the folder, or a record that may match, cannot be read.
        """
        known, key = self._keys.read(), record.key
        there = [name.removesuffix(SUFFIX) for name in self._names() if _is_record(name)]
        maybe = [marker for marker in there if known.get(marker, key) == key]
        found = self._loaded(map(self._path, maybe), self._read).records
        new = {other.marker: other.key for other in found if other.marker not in known}
        self._keys.keep(known, new, there)
        return [other for other in found if other.is_same_job(record)]

    def _loaded(self, places: Iterable[Path], read: Callable[[Path], Record]) -> Loaded:
        found: list[Record] = []
        damaged: list[str] = []
        left: list[str] = []
        for path in places:
            try:
                found.append(read(path))
            except FileNotFoundError:
                continue  # just moved aside by another notebook
            except (PermissionError, NewerFormat) as error:
                log.info("record %s is left alone: %s", path.name, type(error).__name__)
                left.append(path.name)
            except OSError as error:
                raise RecordError(
                    f"{path.name} in {self.folder} cannot be read: {error.strerror}."
                ) from None
            except ValueError as error:
                log.warning("record %s is %s", path.name, error)
                damaged.append(path.name)
                self._set_aside(path)
        found.sort(key=lambda record: (record.began, record.marker), reverse=True)
        return Loaded(found, damaged, tuple(left))

    def find(self, text: str) -> Record:
        """Return a record by its id, or by the beginning of its id ("nb-" may be excluded).

        Args:
            text: as typed.

        Returns:
            The record.

        Raises:
            InvalidInput: of field `record`, if there is none, or more than one.
            RecordError: if the folder cannot be read.
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
        """Return a record as it is on disk now.

        Args:
            marker: its id.

        Returns:
            The record; None if it cannot be read.
        """
        try:
            return self._read(self._path(marker))
        except (OSError, ValueError):
            return None

    def claim(self, marker: str) -> RecordClaim | None:
        """Take the exclusive right to write a record.

        It ends with the process, however that ends. On a file system without locks every program
        gets it: two programs with the same record only search twice for its job.

        Args:
            marker: id of the record.

        Returns:
            The claim; None while a program has it.
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
        return RecordClaim(lock)

    @contextmanager
    def alone(self, waiting: LockWait = LockWait()) -> Iterator[None]:  # noqa: B008  (frozen)
        """Hold the folder's lock, so that no other program reads and writes meanwhile.

        Args:
            waiting: callbacks while another program has the lock.

        Yields:
            Nothing.

        Raises:
            RecordError: if the folder cannot be created, or see `folder_lock.alone`.
        """
        try:
            self._make_folder()
        except OSError as error:
            raise self._not_written(error) from None
        with alone(self.folder, waiting):
            yield

    def _path(self, marker: str) -> Path:
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

    def _read(self, path: Path) -> Record:
        record = Record.from_json(
            read_whole(path, MOST_BYTES)
        )  # never more than the largest record
        if f"{record.marker}{SUFFIX}" != path.name:
            raise ValueError("not the record that its name says")
        return record

    def _set_aside(self, path: Path) -> None:
        aside = self.folder / "damaged"
        try:
            aside.mkdir(exist_ok=True)
            path.replace(aside / path.name)
        except OSError as error:
            log.warning("%s could not be set aside: %s", path.name, error.strerror)

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
        with suppress(OSError):  # records belong to the user, not to the project
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
        for folder in made:
            flush_folder(folder.parent)


def _is_record(name: str) -> bool:
    return _RECORD.fullmatch(name) is not None


def _is_lock_of_none(name: str, records: set[str]) -> bool:
    stem, _, suffix = name.rpartition(".")
    return suffix == "lock" and bool(MARKER.fullmatch(stem)) and f"{stem}{SUFFIX}" not in records
