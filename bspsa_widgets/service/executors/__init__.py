"""How jobs are run: one small protocol, so that another engine can be put behind it.

An executor knows neither the store nor HTTP. It speaks in phases, which `stages` turns
into each system's own words. `dispatcher` asks it and reports what changed; the job
itself is done by a `runner`, a process of its own that outlives the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.storage.job_folder import JobFolder


class Phase(Enum):
    """Where a job is, in the order it goes; the last three are ends."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STAGING_IN = "staging in"
    RUNNING = "running"
    STAGING_OUT = "staging out"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        return self in (Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED)


@dataclass(frozen=True)
class Task:
    """A job as an executor sees it.

    Attributes:
        job_id: unique. folder: where its files lie. settings: what to do.
        archive: name of the uploaded file in the folder; None where none was sent.
        started: it was seen to run; it is not run again, whatever its folder says by now.
    """

    job_id: str
    folder: JobFolder
    settings: JobSettings
    archive: str | None
    started: bool = False


@dataclass(frozen=True)
class JobProgress:
    """Where a job is; `seconds` is the wall time used so far, counted at an end."""

    phase: Phase
    seconds: float = 0.0


class TooLarge(Exception):
    """The executor can never run such a job; the message is for the user. Nothing was kept."""


class Executor(Protocol):
    """What runs jobs. All methods belong to one event loop; none of them blocks it.

    A job is known by its `Task` from `submit` or `take_up` until its end has been told.
    """

    @property
    def pace(self) -> float:
        """Seconds between two looks at the states."""

    async def check(self, settings: JobSettings) -> None:
        """Before a job is accepted: raises TooLarge for one that could never run."""

    async def submit(self, task: Task) -> None:
        """Accept a job; it is run once, however often the service is killed. Returns soon."""

    async def take_up(self, tasks: Sequence[Task]) -> None:
        """After a restart: all unfinished jobs, oldest first, whether they run or wait."""

    async def states(self) -> Mapping[str, JobProgress]:
        """Where the jobs are, by one query for all of them.

        A job whose state cannot be known now is left out: unknown is not failed. An end is
        told until `forget`.
        """

    async def cancel(self, job_id: str) -> None:
        """End a job and all its processes. Its end is among the states soon after."""

    def forget(self, job_id: str) -> None:
        """The job's end has been noted."""

    async def close(self, *, end_jobs: bool) -> None:
        """The service ends. Jobs go on, or are ended too where that is wanted and can be."""
