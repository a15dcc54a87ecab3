"""The jobs, and the quota that they use, in one SQLite file.

Each write is one short transaction that is on disk when it returns (WAL with
synchronous=FULL). Reads use connections of their own, so they wait for no writer and no disk:
reading one row takes microseconds. On a shared file system, where WAL does not work, they wait
for the writer. All methods may be called from any thread.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS, LocalProject
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.storage.job_folder import JobFolder
from bspsa_widgets.service.storage.rows import (
    NewJob,
    StoredJob,
    date_now,
    date_text,
    insert,
    select,
)
from bspsa_widgets.service.storage.schema import prepare
from bspsa_widgets.service.storage.stages import stage_of

_PATIENCE: Final = 20.0  # seconds that readers and writers wait for each other


class QuotaTooSmall(Exception):
    """Refusal of a job whose runtime the quota does not cover; nothing was written."""


class Store:
    """The service's directory: `service.db`, and the jobs' folders beside it.

    Args:
        directory: the directory.
        is_shared: whether other machines write to its file system as well.

    Attributes:
        directory: the directory.

    Raises:
        LocalServiceError: the file is damaged or of another version; it stays unchanged.
    """

    def __init__(self, directory: Path, *, is_shared: bool = False) -> None:
        self.directory = directory
        self._path = directory / "service.db"
        self._lock = threading.RLock()
        # Without WAL, reads and writes exclude each other. This lock makes them wait: SQLite
        # would only let them retry, and would refuse one that fails for too long.
        self._reader_lock = self._lock if is_shared else threading.RLock()
        try:
            with ExitStack() as opened:  # closes the connections if the file cannot be used
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
        """Close the connections."""
        with self._lock, self._reader_lock:
            self._reader.close()
            self._database.close()

    def folder(self, job_id: str, hpc: str) -> JobFolder:
        """Return the folder of a job's files; it need not exist.

        Args:
            job_id: the job's id.
            hpc: the system's id.

        Returns:
            The folder.
        """
        return JobFolder(self.directory / "jobs" / job_id, hpc)

    def add(self, job: NewJob) -> StoredJob:
        """Charge the quota and add the job, both or neither.

        Args:
            job: the new job.

        Returns:
            The job's row.

        Raises:
            QuotaTooSmall: nothing was written.
        """
        project = job.project
        with self._transaction() as database:
            if _seconds_used(database, project) + job.charge > QUOTA_SECONDS:
                raise QuotaTooSmall
            self._charge(project.hpc, project.name, job.charge)
            insert(database, job)
            [added] = select(database, "job_id = ?", job.job_id)
        return added

    def find(self, hpc: str, project: str, job_id: str) -> StoredJob | None:
        """Return a job of a project.

        Args:
            hpc: the system's id.
            project: name of the project.
            job_id: the job's id.

        Returns:
            The job; None if there is none.
        """
        condition = "hpc = ? AND project = ? AND job_id = ?"
        with self._reader_lock:
            found = list(select(self._reader, condition, hpc, project, job_id))
        return found[0] if found else None

    def jobs(self, hpc: str | None = None, project: str | None = None) -> Iterator[StoredJob]:
        """Yield jobs, oldest first, as they all were at the same moment.

        Args:
            hpc: only jobs of this system; None: of all.
            project: only jobs of this project; None: of all.

        Yields:
            The jobs, read while they are taken.
        """
        condition = "(?1 IS NULL OR hpc = ?1) AND (?2 IS NULL OR project = ?2)"
        if self._reader_lock is self._lock:
            with self._lock:
                found = list(select(self._reader, condition, hpc, project))
            yield from found
            return
        # Reading a long list takes long: it has its own connection, so that no other read waits.
        with closing(self._connect()) as database:
            yield from select(database, condition, hpc, project)

    def unfinished(self) -> list[StoredJob]:
        """Return the jobs that have not ended.

        Returns:
            The jobs, oldest first.
        """
        with self._reader_lock:
            return list(select(self._reader, "terminal = 0"))

    def job_ids(self) -> frozenset[str]:
        """Return the ids of all jobs.

        Returns:
            The ids.
        """
        with self._reader_lock:
            return frozenset(row[0] for row in self._reader.execute("SELECT job_id FROM jobs"))

    def over_before(self, moment: datetime) -> list[StoredJob]:
        """Return the jobs that ended before a moment.

        Args:
            moment: the moment, in UTC.

        Returns:
            The jobs, oldest first.
        """
        with self._reader_lock:
            return list(select(self._reader, "terminal = 1 AND end_date < ?", date_text(moment)))

    def forget(self, job_id: str) -> bool:
        """Remove the row of an ended job. The quota that it used stays used.

        Args:
            job_id: the job's id.

        Returns:
            False if there is no such row.
        """
        with self._transaction() as database:
            query = "DELETE FROM jobs WHERE job_id = ? AND terminal = 1"
            return database.execute(query, (job_id,)).rowcount > 0

    def seconds_used(self, project: LocalProject) -> int:
        """Return the quota that jobs have used, or reserve until they end.

        Args:
            project: the project.

        Returns:
            Seconds.
        """
        with self._reader_lock:
            return _seconds_used(self._reader, project)

    def record(self, job_id: str, progress: JobProgress) -> None:
        """Write a step of a job. Its first end refunds unused quota; later steps are ignored.

        Args:
            job_id: the job's id.
            progress: the new phase, and at an end the wall time used.
        """
        with self._transaction() as database:
            found = list(select(database, "job_id = ? AND terminal = 0", job_id))
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
            (progress.phase is not Phase.SUCCEEDED, date_now(), job.id),
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
                # A commit can also fail (full disk), and may or may not leave the transaction open.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


def _seconds_used(database: sqlite3.Connection, project: LocalProject) -> int:
    row = database.execute(
        "SELECT seconds FROM used WHERE hpc = ? AND project = ?", (project.hpc, project.name)
    ).fetchone()
    return 0 if row is None else int(row[0])


def task_of(store: Store, job: StoredJob) -> Task:
    """Return a job as an executor's task.

    Args:
        store: the jobs.
        job: the job.

    Returns:
        The task.
    """
    folder = store.folder(job.job_id, job.hpc)
    return Task(job.job_id, folder, JobSettings.from_json(job.settings), job.archive, job.started)
