"""Runs several submissions at once, up to a limit, independently of each other.

A submission that fails does not stop the others. One whose response is lost gives up its place, so
that the next one starts while its job is searched for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import AlreadySubmitted, BspsaError, Stopped, Unconfirmed
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.steps import Outcome, Unsure, outcome_of

log = logging.getLogger(__name__)

Begin = Callable[[], Submission]

_UNDER_WAY = "It was sent, and the service has not answered yet."


class BatchItem:
    """One of several submissions and its state. It may be read on any thread.

    Args:
        begin: returns the submission; called when a place is free.
        records: store for the submission's record.

    Attributes:
        error: why there is no job, or why it is not known; None while the submission runs, and once
            there is a job.
        earlier: record of the earlier, identical submission, if this one was not sent because of
            it.
        earlier_records: store that holds `earlier`.
    """

    def __init__(self, begin: Begin, records: Records) -> None:
        self._begin = begin
        self._records = records
        self._submission: Submission | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_reported = asyncio.Event()
        self.error: BspsaError | None = None
        self.earlier: Record | None = None
        self.earlier_records = records

    @property
    def may_be_sent(self) -> bool:
        """Whether the first byte has been sent."""
        return self._submission is not None and self._submission.may_be_sent

    @property
    def record(self) -> Record | None:
        """Record of this submission; None if there is none."""
        return self._submission.record if self._submission is not None else None

    @property
    def job(self) -> Job | None:
        """Job of this submission, if it is known."""
        return self._submission.job if self._submission is not None else None

    @property
    def outcome(self) -> Outcome | None:
        """Outcome so far; None while nothing has been sent and the submission runs."""
        if self.job is not None:
            return "accepted"
        if self.error is not None:
            return outcome_of(self.error)
        return "unconfirmed" if self.may_be_sent else None

    def problem(self) -> BspsaError | None:
        """Return the error, or an error saying that the response is still awaited.

        Returns:
            `error`; `Unconfirmed` while the service has not answered; None otherwise.
        """
        if self.error is None and self.job is None and self.may_be_sent:
            error = Unconfirmed(_UNDER_WAY)
            error.record = self.record.marker if self.record else ""
            return error
        return self.error

    def start(self, slots: asyncio.Semaphore) -> None:
        """Start the submission in a task, which waits for a free place.

        Must be called on the event loop that all submissions share.

        Args:
            slots: semaphore that limits how many run at once.
        """
        self._task = asyncio.create_task(self._run(slots), name="one of many submissions")

    async def reported(self) -> None:
        """Wait until there is a job or an error, or the response was lost."""
        await self._is_reported.wait()

    async def ended(self) -> None:
        """Wait until the submission has ended, including the search for its job."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def see_earlier(self) -> None:
        """Read the record of the earlier submission that prevented this one."""
        if isinstance(self.error, AlreadySubmitted):
            if self.error.folder:
                self.earlier_records = Records(Path(self.error.folder), self._records.index)
            self.earlier = await asyncio.to_thread(self.earlier_records.read, self.error.record)

    async def stop(self) -> None:
        """Cancel the submission if nothing has been sent yet; otherwise let it go on.

        Returns as soon as it is known whether it was sent.
        """
        if self.may_be_sent or self._task is None or self._task.done():
            return
        if self._submission is None:
            self._task.cancel()  # it waits for a free place
        elif not self._submission.cancel():
            return
        await asyncio.wait([self._task])

    async def _run(self, slots: asyncio.Semaphore) -> None:
        slot = BatchSlot(slots)
        try:
            await slot.acquire()
            self._submission = self._begin()
            await self._through(self._submission, slot)
        except asyncio.CancelledError:
            self.error = self.error or self._broken_off()
            raise
        except BspsaError as error:
            self.error = error
            await self.see_earlier()
        except Exception as error:
            log.exception("one of many submissions broke")
            self.error = messages.unexpected(error, may_be_sent=self.may_be_sent)
        finally:
            slot.release()
            self._is_reported.set()

    async def _through(self, submission: Submission, slot: BatchSlot) -> None:
        async with aclosing(submission.steps()) as steps:
            async for step in steps:
                if isinstance(step, Unsure):
                    self.error = step.error
                    slot.release()
                    self._is_reported.set()
        submission.accepted_job()
        self.error = None

    def _broken_off(self) -> BspsaError:
        return self.problem() or Stopped()


class BatchSlot:
    """One place under the limit; it can be given back only once.

    Args:
        slots: semaphore that limits how many run at once.
    """

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._is_taken = False

    async def acquire(self) -> None:
        """Wait for a free place."""
        await self._slots.acquire()
        self._is_taken = True

    def release(self) -> None:
        """Give the place back, if it is held."""
        if self._is_taken:
            self._is_taken = False
            self._slots.release()


async def submit_all(items: Sequence[BatchItem], limit: int) -> None:
    """Start the submissions in order and wait until each has a first outcome.

    Args:
        items: submissions to start.
        limit: how many run at once.
    """
    slots = asyncio.Semaphore(limit)
    for item in items:
        item.start(slots)
    await asyncio.gather(*(item.reported() for item in items))


async def stop_all(items: Sequence[BatchItem]) -> None:
    """Cancel the submissions that have not been sent, and wait until that is known.

    Args:
        items: submissions to cancel.
    """
    await asyncio.gather(*(item.stop() for item in items))
