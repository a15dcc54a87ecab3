"""Owns a submission record: keeps its current state and writes every change to disk."""

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
from bspsa_widgets.records.folder_lock import LockWait
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import State
from bspsa_widgets.records.store import RecordClaim, Records
from bspsa_widgets.threads import begun, to_end

log = logging.getLogger(__name__)

_CLOCK_SECONDS = 60.0  # possible delay of a disk's clock

Value = TypeVar("Value")


class RecordWriter:
    """The writer of a record.

    Args:
        records: records of the folder.
        record: as it is now.
        claim: exclusive right to write it.

    Attributes:
        record: as it is now; also on disk, unless `note` could not write it.
    """

    def __init__(self, records: Records, record: Record, claim: RecordClaim) -> None:
        self._records = records
        self._claim = claim
        self._lock = threading.Lock()
        self.record = record

    @classmethod
    async def of(cls, records: Records, record: Record) -> RecordWriter | None:
        """Return the writer for a record on disk.

        Args:
            records: records of the folder.
            record: the record.

        Returns:
            The writer; None while another program has the record.

        Raises:
            asyncio.CancelledError: after the record has been released again.
        """
        work = begun(partial(_claim_existing, records, record))
        try:
            return await to_end(work)
        except asyncio.CancelledError:
            if (writer := _result(work)) is not None:
                await writer.release()
            raise

    @classmethod
    async def begin(
        cls,
        records: Records,
        record: Record,
        repeat: Repeat,
        on_wait: Callable[[Path], object] = lambda lock: None,
    ) -> tuple[RecordWriter, Record | None]:
        """Write a new record to disk, and return its writer.

        Args:
            records: records of the folder.
            record: the new record.
            repeat: what to do about an identical earlier submission.
            on_wait: called on the loop with the lock file's path, while another program has it.

        Returns:
            The writer, and the earlier record that this one repeats, or None.

        Raises:
            AlreadySubmitted: see `admit`; nothing was written.
            RecordError: see `admit`; nothing was written.
            asyncio.CancelledError: after the record, if written, was marked as not sent.
        """
        loop, given_up = asyncio.get_running_loop(), threading.Event()
        waiting = LockWait(lambda lock: loop.call_soon_threadsafe(on_wait, lock), given_up.is_set)
        work = begun(partial(_begin_new, records, record, repeat, waiting))
        try:
            return await to_end(work, given_up.set)
        except asyncio.CancelledError:
            if (found := _result(work)) is not None:
                why = Stopped().message
                await found[0].note("not_sent", why, problem=why)
                await found[0].release()
            raise

    async def move(self, state: State, words: str = "", **changes: Any) -> None:
        """Enter a state, which is on disk when this returns.

        Args:
            state: the new state.
            words: message for the history.
            **changes: new values of other attributes.

        Raises:
            RecordError: if the disk refuses it; the record is unchanged.
        """
        await to_end(begun(partial(self._move, state, words, changes)))

    async def note(self, state: State, words: str = "", **changes: Any) -> None:
        """Enter a state that is already true; it is kept even if it cannot be written.

        Args:
            state: the new state.
            words: message for the history.
            **changes: new values of other attributes.
        """
        await to_end(begun(partial(self._note, state, words, changes)))

    async def others(self) -> list[Record]:
        """Return the records of the other submissions that can be read.

        Returns:
            The records.
        """
        return await asyncio.to_thread(self._others)

    async def release(self) -> None:
        """Release the exclusive right to write the record."""
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
        with self._lock:
            moved = self.record.moved(state, words, **changes)
            self._records.save(moved)
            self.record = moved

    def _note(self, state: State, words: str, changes: dict[str, Any]) -> None:
        with self._lock:
            self.record = self.record.moved(state, words, **changes)
            try:
                self._records.save(self.record)
            except RecordError as error:
                log.warning("%s", error)


def _claim_existing(records: Records, record: Record) -> RecordWriter | None:
    claim = records.claim(record.marker)
    # Its state may have changed since it was read.
    return RecordWriter(records, records.read(record.marker) or record, claim) if claim else None


def _begin_new(
    records: Records, record: Record, repeat: Repeat, waiting: LockWait
) -> tuple[RecordWriter, Record | None]:
    # Claimed before it is visible: no program must take it for an abandoned one.
    claim = records.claim(record.marker)
    if claim is None:
        raise RecordError("The record of the submission is held by another program.")
    try:
        return RecordWriter(records, record, claim), admit(records, record, repeat, waiting)
    except BaseException:
        claim.release()
        raise


def _result(work: asyncio.Future[Value]) -> Value | None:
    return None if work.cancelled() or work.exception() else work.result()
