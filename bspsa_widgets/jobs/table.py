"""All jobs that are known, as frozen values with a revision: who shows them asks what changed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from typing import NamedTuple

from bspsa_widgets.jobs.tracked_job import KnownJob

PAUSE = 0.2  # seconds in which changes gather: they are told together


class Changes(NamedTuple):
    """What became of the table up to `revision`: jobs new or changed, keys of those gone."""

    revision: int
    jobs: tuple[KnownJob, ...]
    gone: tuple[str, ...]


class JobTable:
    """Jobs by their key, on one event loop.

    Attributes:
        revision: grows with each change.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._jobs: dict[str, KnownJob] = {}
        self._changed: OrderedDict[str, int] = OrderedDict()  # in which revision; newest last
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._jobs)

    def get(self, key: str) -> KnownJob | None:
        """The job of that key as it is known now."""
        return self._jobs.get(key)

    def jobs(self) -> tuple[KnownJob, ...]:
        """All, as they are now, in no order."""
        return tuple(self._jobs.values())

    def put(self, known: KnownJob) -> None:
        """Replace what was known of the job, or add it."""
        key = known.key
        old = self._jobs.get(key)
        self._jobs[key] = known
        if old is None or _shows_otherwise(old, known):
            self._note(key)

    def clear(self) -> None:
        """Forget all: they are another service's."""
        for key in list(self._jobs):
            del self._jobs[key]
            self._note(key)

    def touch(self) -> None:
        """Something that belongs to the table has changed: whoever waits is told."""
        self.revision += 1
        news, self._news = self._news, asyncio.Event()
        news.set()

    def since(self, revision: int) -> Changes:
        """What has changed after a revision."""
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
        """What changes from now on, after `revision`; what comes together is told together."""
        while True:
            await self.beyond(revision)
            await asyncio.sleep(pause)
            changes = self.since(revision)
            revision = changes.revision
            yield changes

    async def beyond(self, revision: int) -> int:
        """Wait until the table is further than that; returns how far."""
        while self.revision <= revision:
            await self._news.wait()
        return self.revision

    def _note(self, key: str) -> None:
        self.touch()
        self._changed[key] = self.revision
        self._changed.move_to_end(key)


def _shows_otherwise(old: KnownJob, new: KnownJob) -> bool:
    """Whether there is more to tell than that it was looked at once more."""
    if str(old.problem or "") != str(new.problem or ""):
        return True
    return old._replace(checked=None, problem=None) != new._replace(checked=None, problem=None)
