"""Rows of the table of jobs."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bspsa_widgets.service.config.catalogue import LocalProject
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.storage.stages import FIRST_STAGE

_INSERT = """
INSERT INTO jobs (job_id, hpc, project, project_id, title, init_date, runtime, stage,
                  settings, archive, size, sha256, charged)
VALUES (:job_id, :hpc, :project, :project_id, :title, :init_date, :runtime, :stage,
        :settings, :archive, :size, :sha256, :charged)
"""


@dataclass(frozen=True)
class NewJob:
    """A submission that has passed all checks; its file is in the job's folder.

    Attributes:
        job_id: the job's id, in upper case.
        project: the project to charge.
        settings: the checked settings.
        archive: name of the uploaded file; None: none was sent.
        size: size of the file, in bytes.
        sha256: SHA-256 of the file, hexadecimal.
    """

    job_id: str
    project: LocalProject
    settings: JobSettings
    archive: str | None
    size: int
    sha256: str

    @property
    def charge(self) -> int:
        """Quota that it is charged when it is added, in seconds."""
        return math.ceil(self.settings.runtime * 3600)


class StoredJob(NamedTuple):
    """A job's row. Dates are in ISO 8601, UTC.

    Attributes:
        id: number of the job in this service.
        job_id: the job's id, in upper case.
        hpc: the system's id, in lower case.
        project: name of the project.
        project_id: number of the project.
        title: the user's title.
        init_date: date of the submission.
        end_date: date of the end; None: not ended.
        runtime: requested runtime, in hours.
        stage: stage in the system's spelling.
        settings: the settings as JSON.
        archive: name of the uploaded file; None: none was sent.
        charged: quota charged at the submission, in seconds.
        terminal: whether the job has ended.
        failed: whether it ended without success.
        started: whether it was seen to run.
    """

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


def insert(database: sqlite3.Connection, job: NewJob) -> None:
    """Add a job.

    Args:
        database: connection with an open transaction.
        job: the new job.
    """
    project, settings = job.project, job.settings
    row = {
        "job_id": job.job_id,
        "hpc": project.hpc,
        "project": project.name,
        "project_id": project.id,
        "title": settings.title,
        "init_date": date_now(),
        "runtime": settings.runtime,
        "stage": FIRST_STAGE[project.hpc],
        "settings": settings.to_json(),
        "archive": job.archive,
        "size": job.size,
        "sha256": job.sha256,
        "charged": job.charge,
    }
    database.execute(_INSERT, row)


def select(
    database: sqlite3.Connection, condition: str, *values: str | None
) -> Iterator[StoredJob]:
    """Read jobs, oldest first.

    Args:
        database: connection to read with.
        condition: constant SQL with a parameter for each value.
        *values: values of the parameters.

    Returns:
        the jobs, read while they are taken.
    """
    query = f"SELECT {_COLUMNS} FROM jobs WHERE {condition} ORDER BY id"  # noqa: S608
    return map(_stored, database.execute(query, values))


def _stored(row: tuple[Any, ...]) -> StoredJob:
    *others, terminal, failed, started = row
    return StoredJob._make((*others, bool(terminal), bool(failed), bool(started)))


def date_now() -> str:
    """Return the current time as it is stored.

    Returns:
        ISO 8601, UTC, to the second.
    """
    return date_text(datetime.now(UTC))


def date_text(moment: datetime) -> str:
    """Return a time as it is stored.

    Args:
        moment: the time, in UTC.

    Returns:
        ISO 8601, UTC, to the second.
    """
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
