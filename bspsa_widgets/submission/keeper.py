"""The one that tends a record: its state now, and every further one on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from bspsa_widgets.errors import RecordError
from bspsa_widgets.submission.record import Record, State
from bspsa_widgets.submission.records import Claim, Records

log = logging.getLogger(__name__)


class Keeper:
    """Moves a record from state to state. Use it on one event loop.

    Args:
        record: as it is now. claim: the right to tend it.

    Attributes:
        record: as it is now; on disk as well, unless `note` could not write it.
    """

    def __init__(self, records: Records, record: Record, claim: Claim) -> None:
        self._records = records
        self._claim = claim
        self._lock = asyncio.Lock()
        self.record = record

    @classmethod
    async def of(cls, records: Records, record: Record) -> Keeper | None:
        """For a record on disk; None while somebody else tends it."""
        claim = await asyncio.to_thread(records.claim, record.marker)
        if claim is None:
            return None
        # It may have come further since it was read.
        now = await asyncio.to_thread(records.read, record.marker)
        return cls(records, now or record, claim)

    async def move(self, state: State, words: str = "", **changes: Any) -> None:
        """Into a state, which is on disk when this returns.

        Raises:
            RecordError: the disk does not take it; the record is as it was.
        """
        await self._whole(lambda: self._save(self.record.moved(state, words, **changes)))

    async def note(self, state: State, words: str = "", **changes: Any) -> None:
        """The same for what has happened already: it is true, written or not."""
        await self._whole(lambda: self._note(self.record.moved(state, words, **changes)))

    async def release(self) -> None:
        """Nobody tends it any more here."""
        await asyncio.to_thread(self._claim.release)

    async def _whole(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One after the other, and to its end: also where whoever waits for it is cancelled."""

        async def go() -> None:
            async with self._lock:
                await work()

        task = asyncio.create_task(go(), name="writing a record")
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()):
                log.warning("a record was not written: %s", error)
            raise

    async def _save(self, record: Record) -> None:
        await asyncio.to_thread(self._records.save, record)
        self.record = record

    async def _note(self, record: Record) -> None:
        self.record = record
        try:
            await asyncio.to_thread(self._records.save, record)
        except RecordError as error:
            log.warning("%s", error)
