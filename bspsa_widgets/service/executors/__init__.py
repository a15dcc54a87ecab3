"""How a job is run: one small protocol, so that another machine can be put behind it.

An executor is told of jobs and reports back what becomes of them; it knows neither the
store nor HTTP, and speaks in phases, which `stages` turns into each system's own words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bspsa_widgets.service.job_folder import JobFolder
from bspsa_widgets.service.settings import Settings


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
    """

    job_id: str
    folder: JobFolder
    settings: Settings
    archive: str | None

    @property
    def seconds(self) -> float:
        """The wall time allowed."""
        return self.settings.runtime * 3600


@dataclass(frozen=True)
class Progress:
    """A step of a job; `seconds` is the wall time used so far, counted at an end."""

    phase: Phase
    seconds: float = 0.0


Reporter = Callable[[str, Progress], Awaitable[None]]


class Executor(Protocol):
    """What runs jobs. All methods belong to one event loop."""

    async def take_up(self, waiting: Sequence[Task], interrupted: Sequence[Task]) -> None:
        """After a restart: jobs that never started, in order, and jobs that had."""

    async def submit(self, task: Task) -> None:
        """Accept a job, to be run when there is room; returns at once."""

    async def cancel(self, job_id: str) -> None:
        """End a job; returns when none of its processes is left and the end is reported."""

    async def close(self) -> None:
        """End what runs (it failed) and leave what waits for the next start."""
