"""The one that tends a record: its state now, and every further one on disk."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bspsa_widgets.errors import RecordError, Stopped
from bspsa_widgets.records.duplicates import Repeat, admit
from bspsa_widgets.records.folder_lock import Waiting
from bspsa_widgets.records.record import Record, State
from bspsa_widgets.records.store import Claim, Records
from bspsa_widgets.threads import begun, to_end

log = logging.getLogger(__name__)

_CLOCK_SECONDS = 60.0  # that the clock of a disk may be late by

Value = TypeVar("Value")


class Keeper:
    """Moves a record from state to state.

    Args:
        record: as it is now. claim: the right to tend it.

    Attributes:
        record: as it is now; on disk as well, unless `note` could not write it.
    """

    def __init__(self, records: Records, record: Record, claim: Claim) -> None:
        self._records = records
        self._claim = claim
        self._one_at_a_time = threading.Lock()
        self.record = record

    @classmethod
    async def of(cls, records: Records, record: Record) -> Keeper | None:
        """For a record on disk; None while somebody else tends it."""
        work = begun(partial(_taken, records, record))
        try:
            return await to_end(work)
        except asyncio.CancelledError:
            if (keeper := _result(work)) is not None:
                await keeper.release()
            raise

    @classmethod
    async def begin(
        cls,
        records: Records,
        record: Record,
        repeat: Repeat,
        on_wait: Callable[[Path], object] = lambda lock: None,
    ) -> tuple[Keeper, Record | None]:
        """For a new record, which is on disk then; with the earlier one that it repeats.

        Args:
            on_wait: told the lock's file where another program has it, on the loop.

        Raises:
            AlreadySubmitted, RecordError: see `admit`; nothing was written.
        """
        loop, given_up = asyncio.get_running_loop(), threading.Event()
        waiting = Waiting(lambda lock: loop.call_soon_threadsafe(on_wait, lock), given_up.is_set)
        work = begun(partial(_admitted, records, record, repeat, waiting))
        try:
            return await to_end(work, given_up.set)
        except asyncio.CancelledError:
            if (found := _result(work)) is not None:
                why = Stopped().message
                await found[0].note("not_sent", why, problem=why)
                await found[0].release()
            raise

    async def move(self, state: State, words: str = "", **changes: Any) -> None:
        """Into a state, which is on disk when this returns.

        Raises:
            RecordError: the disk does not take it; the record is as it was.
        """
        await to_end(begun(partial(self._move, state, words, changes)))

    async def note(self, state: State, words: str = "", **changes: Any) -> None:
        """The same for what has happened already: it is true, written or not."""
        await to_end(begun(partial(self._note, state, words, changes)))

    async def others(self) -> list[Record]:
        """The other submissions, as far as they can be read."""
        return await asyncio.to_thread(self._others)

    async def release(self) -> None:
        """Nobody tends it any more here."""
        await to_end(begun(self._claim.release))

    def _others(self) -> list[Record]:
        found: dict[str, Record] = {}
        with suppress(ValueError):
            sent = datetime.fromisoformat(self.record.entered("sending"))
            entries = self._records.index.since(sent.timestamp() - _CLOCK_SECONDS)
            found = {entry.record.marker: entry.record for entry in entries}
        try:
            found |= {record.marker: record for record in self._records.load().records}
        except RecordError as error:
            log.info("the other submissions are not known: %s", error)
        found.pop(self.record.marker, None)
        return list(found.values())

    def _move(self, state: State, words: str, changes: dict[str, Any]) -> None:
        with self._one_at_a_time:
            moved = self.record.moved(state, words, **changes)
            self._records.save(moved)
            self.record = moved

    def _note(self, state: State, words: str, changes: dict[str, Any]) -> None:
        with self._one_at_a_time:
            self.record = self.record.moved(state, words, **changes)
            try:
                self._records.save(self.record)
            except RecordError as error:
                log.warning("%s", error)


def _taken(records: Records, record: Record) -> Keeper | None:
    claim = records.claim(record.marker)
    # It may have come further since it was read.
    return Keeper(records, records.read(record.marker) or record, claim) if claim else None


def _admitted(
    records: Records, record: Record, repeat: Repeat, waiting: Waiting
) -> tuple[Keeper, Record | None]:
    # Claimed before it can be seen: nobody is to take it for one that was left behind.
    claim = records.claim(record.marker)
    if claim is None:
        raise RecordError("The record of the submission is held by another program.")
    try:
        return Keeper(records, record, claim), admit(records, record, repeat, waiting)
    except BaseException:
        claim.release()
        raise


def _result(work: asyncio.Future[Value]) -> Value | None:
    return None if work.cancelled() or work.exception() else work.result()
