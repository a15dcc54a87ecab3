"""Holds all known jobs with a revision number, so that views can ask for changes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from typing import NamedTuple

from bspsa_widgets.jobs.tracked_job import TrackedJob

PAUSE = 0.2  # seconds for which changes are collected


class Changes(NamedTuple):
    """Changes of a table.

    Attributes:
        revision: revision that they lead to.
        jobs: new and changed jobs.
        gone: keys of removed jobs.
    """

    revision: int
    jobs: tuple[TrackedJob, ...]
    gone: tuple[str, ...]


class JobTable:
    """Jobs by their key, on one event loop.

    Attributes:
        revision: number that grows with each change.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._jobs: dict[str, TrackedJob] = {}
        self._changed: OrderedDict[str, int] = OrderedDict()  # revision by key; newest last
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._jobs)

    def get(self, key: str) -> TrackedJob | None:
        """Return a job by its key.

        Args:
            key: key of the job.

        Returns:
            the job; None if the table does not have it.
        """
        return self._jobs.get(key)

    def jobs(self) -> tuple[TrackedJob, ...]:
        """Return all jobs, in no order.

        Returns:
            the jobs.
        """
        return tuple(self._jobs.values())

    def put(self, tracked: TrackedJob) -> None:
        """Add or replace a job.

        Args:
            tracked: the job.
        """
        key = tracked.key
        old = self._jobs.get(key)
        self._jobs[key] = tracked
        if old is None or _shows_otherwise(old, tracked):
            self._note(key)

    def clear(self) -> None:
        """Remove all jobs, for example because the service has changed."""
        for key in list(self._jobs):
            del self._jobs[key]
            self._note(key)

    def touch(self) -> None:
        """Count a new revision and wake all waiters."""
        self.revision += 1
        news, self._news = self._news, asyncio.Event()
        news.set()

    def since(self, revision: int) -> Changes:
        """Return what has changed after a revision.

        Args:
            revision: the revision that the caller knows.

        Returns:
            the changes.
        """
        keys: list[str] = []
        for key in reversed(self._changed):
            if self._changed[key] <= revision:
                break
            keys.append(key)
        there = tuple(self._jobs[key] for key in reversed(keys) if key in self._jobs)
        gone = tuple(key for key in reversed(keys) if key not in self._jobs)
        return Changes(self.revision, there, gone)

    async def changes(
        self, revision: int = 0, pause: float = PAUSE
    ) -> AsyncGenerator[Changes, None]:
        """Yield the changes after a revision; changes within `pause` come together.

        Args:
            revision: the revision that the caller knows.
            pause: how long changes are collected, in seconds.

        Yields:
            the changes.
        """
        while True:
            await self.beyond(revision)
            await asyncio.sleep(pause)
            changes = self.since(revision)
            revision = changes.revision
            yield changes

    async def beyond(self, revision: int) -> int:
        """Wait until the table has a later revision.

        Args:
            revision: the revision that the caller knows.

        Returns:
            the new revision.
        """
        while self.revision <= revision:
            await self._news.wait()
        return self.revision

    def _note(self, key: str) -> None:
        self.touch()
        self._changed[key] = self.revision
        self._changed.move_to_end(key)


def _shows_otherwise(old: TrackedJob, new: TrackedJob) -> bool:
    """Return whether a job has changed in more than the time of its last poll."""
    if str(old.problem or "") != str(new.problem or ""):
        return True
    return old._replace(checked=None, problem=None) != new._replace(checked=None, problem=None)
