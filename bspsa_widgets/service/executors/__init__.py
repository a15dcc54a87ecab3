"""Runs jobs behind one protocol, so that another way of running them can be added.

An executor knows neither the store nor HTTP. It reports phases, which `storage.stages`
translates into each system's stages. The `dispatcher` polls the executor and reports changes.
The job itself is run by a `runner`, a process of its own that outlives the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.storage.job_folder import JobFolder


class Phase(Enum):
    """Phase of a job, in this order; the last three are ends."""

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
        """Whether the job has ended."""
        return self in (Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED)


@dataclass(frozen=True)
class Task:
    """A job as an executor sees it.

    Attributes:
        job_id: unique id.
        folder: folder of its files.
        settings: what to run.
        archive: name of the uploaded file in the folder; None: none was sent.
        started: whether it was seen to run; then it is not run again, whatever its folder says.
    """

    job_id: str
    folder: JobFolder
    settings: JobSettings
    archive: str | None
    started: bool = False


@dataclass(frozen=True)
class JobProgress:
    """Progress of a job.

    Attributes:
        phase: its phase.
        seconds: wall time used so far, in seconds; at an end it is charged.
    """

    phase: Phase
    seconds: float = 0.0


class TooLarge(Exception):
    """Refusal of a job that the executor can never run; the message is for the user."""


class Executor(Protocol):
    """Runs jobs. All methods are called in one event loop; none of them blocks it.

    An executor knows a job by its `Task` from `submit` or `resume` until its end was reported.
    """

    @property
    def poll_interval(self) -> float:
        """Seconds between two queries of the states."""

    async def check(self, settings: JobSettings) -> None:
        """Refuse a job that could never run, before it is accepted.

        Args:
            settings: the job's settings.

        Raises:
            TooLarge: it could never run.
        """

    async def submit(self, task: Task) -> None:
        """Accept a job and return soon; it is run once, however often the service is killed.

        Args:
            task: the job.
        """

    async def resume(self, tasks: Sequence[Task]) -> None:
        """Accept all jobs that had not ended when the previous service ended.

        Args:
            tasks: the jobs, running or waiting, oldest first.
        """

    async def states(self) -> Mapping[str, JobProgress]:
        """Return the progress of the jobs, with one query for all of them.

        Returns:
            Progress by job id. A job of unknown state is left out: unknown does not mean failed. An
            end is repeated until `forget`.
        """

    async def cancel(self, job_id: str) -> None:
        """End a job and all its processes. Its end is among the states soon after.

        Args:
            job_id: the job's id.
        """

    def forget(self, job_id: str) -> None:
        """Drop an ended job from the states: its end was saved.

        Args:
            job_id: the job's id.
        """

    async def close(self, *, stop_jobs: bool) -> None:
        """Release the executor when the service ends. Jobs continue if they are not ended.

        Args:
            stop_jobs: whether to end the jobs as well, if the executor can.
        """
