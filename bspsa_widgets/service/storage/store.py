"""What the service knows, in one SQLite file: jobs, and what they use of quotas.

What writes is one short transaction that is on disk when it returns (WAL with
synchronous=FULL). What reads has connections of its own, and so waits for no writer and no
disk: one row is there in microseconds. On a shared file system, where WAL does not work, it
waits for the writer. All may be called from any thread.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS, LocalProject
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.storage.job_folder import JobFolder
from bspsa_widgets.service.storage.schema import prepare
from bspsa_widgets.service.storage.stages import FIRST_STAGE, stage_of

_PATIENCE: Final = 20.0  # seconds that one who reads and one who writes wait for each other
_INSERT = """
INSERT INTO jobs (job_id, hpc, project, project_id, title, init_date, runtime, stage,
                  settings, archive, size, sha256, charged)
VALUES (:job_id, :hpc, :project, :project_id, :title, :init_date, :runtime, :stage,
        :settings, :archive, :size, :sha256, :charged)
"""


class QuotaTooSmall(Exception):
    """The quota does not cover the runtime; nothing was written."""


@dataclass(frozen=True)
class NewJob:
    """A submission that has passed every check, its file in place.

    Attributes:
        job_id: upper case. archive: file name, or None where none was sent.
        size: bytes. sha256: of the file, hexadecimal.
    """

    job_id: str
    project: LocalProject
    settings: JobSettings
    archive: str | None
    size: int
    sha256: str

    @property
    def charge(self) -> int:
        """Seconds of quota that it takes, before it has run."""
        return math.ceil(self.settings.runtime * 3600)


class StoredJob(NamedTuple):
    """A job's row. `runtime` in hours, `charged` in seconds, dates ISO 8601 in UTC."""

    id: int
    job_id: str
    hpc: str
    project: str
    project_id: int
    title: str
    init_date: str
    end_date: str | None
    runtime: float
    stage: str
    settings: str
    archive: str | None
    charged: int
    terminal: bool
    failed: bool
    started: bool


_COLUMNS = ", ".join(StoredJob._fields)


class Store:
    """The service's directory: `service.db`, and the jobs' folders beside it.

    Args:
        is_shared: it lies on a file system that other machines write to, too.

    Raises:
        LocalServiceError: the file is damaged, or of another version; it is left as it is.
    """

    def __init__(self, directory: Path, *, is_shared: bool = False) -> None:
        self.directory = directory
        self._path = directory / "service.db"
        self._lock = threading.RLock()
        # Without WAL who reads and who writes exclude each other. Here, they wait in turn: SQLite
        # would only have them try again and again, and who is unlucky for long is refused.
        self._reader_lock = self._lock if is_shared else threading.RLock()
        try:
            with ExitStack() as opened:  # that nothing stays open where it cannot be used
                self._database = opened.enter_context(closing(self._connect()))
                prepare(self._database, is_shared=is_shared)
                self._reader = opened.enter_context(closing(self._connect()))
                opened.pop_all()
        except sqlite3.Error as error:
            raise LocalServiceError(
                f"The local service's database {self._path} cannot be used ({error}).",
                advice=f"Move {directory} away (its jobs/ has your jobs' files), or choose another"
                " directory.",
            ) from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None
        )

    def close(self) -> None:
        with self._lock, self._reader_lock:
            self._reader.close()
            self._database.close()

    def folder(self, job_id: str, hpc: str) -> JobFolder:
        """Where the job's files lie (whether or not it exists)."""
        return JobFolder(self.directory / "jobs" / job_id, hpc)

    def add(self, job: NewJob) -> StoredJob:
        """Charge the quota and note the job, both or neither.

        Raises:
            QuotaTooSmall: nothing was written.
        """
        project = job.project
        with self._transaction() as database:
            if _seconds_used(database, project) + job.charge > QUOTA_SECONDS:
                raise QuotaTooSmall
            self._charge(project.hpc, project.name, job.charge)
            database.execute(_INSERT, _new_row(job))
            [added] = _select(database, "job_id = ?", job.job_id)
        return added

    def find(self, hpc: str, project: str, job_id: str) -> StoredJob | None:
        """Return a job of a project; None where there is none."""
        condition = "hpc = ? AND project = ? AND job_id = ?"
        with self._reader_lock:
            found = list(_select(self._reader, condition, hpc, project, job_id))
        return found[0] if found else None

    def jobs(self, hpc: str | None = None, project: str | None = None) -> Iterator[StoredJob]:
        """Iterate over the jobs, oldest first, of one system and project where they are given.

        They are read as they are taken, all as of the same moment.
        """
        condition = "(?1 IS NULL OR hpc = ?1) AND (?2 IS NULL OR project = ?2)"
        if self._reader_lock is self._lock:
            with self._lock:
                found = list(_select(self._reader, condition, hpc, project))
            yield from found
            return
        # Long lists take their time: nobody else may wait for their connection.
        with closing(self._connect()) as database:
            yield from _select(database, condition, hpc, project)

    def unfinished(self) -> list[StoredJob]:
        """Return the jobs without an end, oldest first."""
        with self._reader_lock:
            return list(_select(self._reader, "terminal = 0"))

    def job_ids(self) -> frozenset[str]:
        """The ids of all jobs."""
        with self._reader_lock:
            return frozenset(row[0] for row in self._reader.execute("SELECT job_id FROM jobs"))

    def over_before(self, moment: datetime) -> list[StoredJob]:
        """Return the jobs that ended before then, oldest first."""
        with self._reader_lock:
            return list(_select(self._reader, "terminal = 1 AND end_date < ?", _text(moment)))

    def forget(self, job_id: str) -> bool:
        """Remove the row of a job that is over; False where there is none. Quotas stay."""
        with self._transaction() as database:
            query = "DELETE FROM jobs WHERE job_id = ? AND terminal = 1"
            return database.execute(query, (job_id,)).rowcount > 0

    def seconds_used(self, project: LocalProject) -> int:
        """Return the seconds of quota that jobs have used, or hold while they are not over."""
        with self._reader_lock:
            return _seconds_used(self._reader, project)

    def record(self, job_id: str, progress: JobProgress) -> None:
        """Note a step of a job. The first end counts and refunds the unused; others are void."""
        with self._transaction() as database:
            found = list(_select(database, "job_id = ? AND terminal = 0", job_id))
            if not found:
                return
            job, phase = found[0], progress.phase
            started = job.started or phase not in (Phase.WAITING, Phase.CANCELLED)
            database.execute(
                "UPDATE jobs SET stage = ?, started = ? WHERE id = ?",
                (stage_of(job.hpc, phase), started, job.id),
            )
            if phase.is_end:
                self._finish(job, progress)

    def _finish(self, job: StoredJob, progress: JobProgress) -> None:
        self._database.execute(
            "UPDATE jobs SET terminal = 1, failed = ?, end_date = ? WHERE id = ?",
            (progress.phase is not Phase.SUCCEEDED, _now(), job.id),
        )
        used = min(job.charged, math.ceil(progress.seconds))
        self._charge(job.hpc, job.project, used - job.charged)

    def _charge(self, hpc: str, project: str, seconds: int) -> None:
        self._database.execute(
            "INSERT INTO used VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET seconds = seconds + ?3",
            (hpc, project, seconds),
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                # A commit can fail too (a full disk), and may or may not leave it open.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


def _seconds_used(database: sqlite3.Connection, project: LocalProject) -> int:
    row = database.execute(
        "SELECT seconds FROM used WHERE hpc = ? AND project = ?", (project.hpc, project.name)
    ).fetchone()
    return 0 if row is None else int(row[0])


def _select(
    database: sqlite3.Connection, condition: str, *values: str | None
) -> Iterator[StoredJob]:
    # The condition is one of this module's own texts; values go in as parameters.
    query = f"SELECT {_COLUMNS} FROM jobs WHERE {condition} ORDER BY id"  # noqa: S608
    return map(_stored, database.execute(query, values))


def task_of(store: Store, job: StoredJob) -> Task:
    """The job as its executor sees it."""
    folder = store.folder(job.job_id, job.hpc)
    return Task(job.job_id, folder, JobSettings.from_json(job.settings), job.archive, job.started)


def _new_row(job: NewJob) -> dict[str, object]:
    project, settings = job.project, job.settings
    return {
        "job_id": job.job_id,
        "hpc": project.hpc,
        "project": project.name,
        "project_id": project.id,
        "title": settings.title,
        "init_date": _now(),
        "runtime": settings.runtime,
        "stage": FIRST_STAGE[project.hpc],
        "settings": settings.to_json(),
        "archive": job.archive,
        "size": job.size,
        "sha256": job.sha256,
        "charged": job.charge,
    }


def _stored(row: tuple[Any, ...]) -> StoredJob:
    *others, terminal, failed, started = row
    return StoredJob._make((*others, bool(terminal), bool(failed), bool(started)))


def _now() -> str:
    return _text(datetime.now(UTC))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
