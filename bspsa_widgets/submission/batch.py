"""Several submissions at once: so many at a time, each of them for itself.

One that fails stops no other, and one whose answer was lost holds up no other: it is looked
for beside those that are still to be sent.
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


class Errand:
    """One of several submissions, as far as it has come. To be read on any thread.

    Args:
        begin: makes the submission once its turn comes. records: where its record is.

    Attributes:
        error: how it ended, or why it is not known; None while it is under way, and where
            there is a job of it.
        earlier: the record of the submission that it repeats, where it was not sent for that.
        earlier_records: where that record is.
    """

    def __init__(self, begin: Begin, records: Records) -> None:
        self._begin = begin
        self._records = records
        self._submission: Submission | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_told = asyncio.Event()
        self.error: BspsaError | None = None
        self.earlier: Record | None = None
        self.earlier_records = records

    @property
    def may_be_sent(self) -> bool:
        """The first byte has left."""
        return self._submission is not None and self._submission.may_be_sent

    @property
    def record(self) -> Record | None:
        """Of this submission; None where it did not come to one."""
        return self._submission.record if self._submission is not None else None

    @property
    def job(self) -> Job | None:
        """The job that was made by this submission, where it is known."""
        return self._submission.job if self._submission is not None else None

    @property
    def outcome(self) -> Outcome | None:
        """What it came to so far; None while nothing was sent yet and it goes on."""
        if self.job is not None:
            return "accepted"
        if self.error is not None:
            return outcome_of(self.error)
        return "unconfirmed" if self.may_be_sent else None

    def problem(self) -> BspsaError | None:
        """`error`, or that it was sent and its answer is still awaited."""
        if self.error is None and self.job is None and self.may_be_sent:
            error = Unconfirmed(_UNDER_WAY)
            error.record = self.record.marker if self.record else ""
            return error
        return self.error

    def start(self, turns: asyncio.Semaphore) -> None:
        """Begin, in its turn. On the loop of all."""
        self._task = asyncio.create_task(self._go(turns), name="one of many submissions")

    async def told(self) -> None:
        """Wait until there is a job, or none, or the answer was lost."""
        await self._is_told.wait()

    async def ended(self) -> None:
        """Wait until no more will be known of it: also the looking is over."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def see_earlier(self) -> None:
        """Read how far the earlier submission has come, where this one was not sent for it."""
        if isinstance(self.error, AlreadySubmitted):
            if self.error.folder:
                self.earlier_records = Records(Path(self.error.folder), self._records.index)
            self.earlier = await asyncio.to_thread(self.earlier_records.read, self.error.record)

    async def stop(self) -> None:
        """Send it no more, if it is not sent; returns once that is known. What is sent goes on."""
        if self.may_be_sent or self._task is None or self._task.done():
            return
        if self._submission is None:
            self._task.cancel()  # it waits for its turn
        elif not self._submission.cancel():
            return
        await asyncio.wait([self._task])

    async def _go(self, turns: asyncio.Semaphore) -> None:
        turn = Turn(turns)
        try:
            await turn.take()
            self._submission = self._begin()
            await self._through(self._submission, turn)
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
            turn.give_up()
            self._is_told.set()

    async def _through(self, submission: Submission, turn: Turn) -> None:
        async with aclosing(submission.steps()) as steps:
            async for step in steps:
                if isinstance(step, Unsure):
                    self.error = step.error
                    turn.give_up()
                    self._is_told.set()
        submission.accepted_job()
        self.error = None

    def _broken_off(self) -> BspsaError:
        return self.problem() or Stopped()


class Turn:
    """One of so many places, given up once."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._is_taken = False

    async def take(self) -> None:
        """Wait for a place."""
        await self._turns.acquire()
        self._is_taken = True

    def give_up(self) -> None:
        """Let the next one in."""
        if self._is_taken:
            self._is_taken = False
            self._turns.release()


async def submit_all(errands: Sequence[Errand], limit: int) -> None:
    """Begin them in their order, `limit` at a time; returns once each of them is told."""
    turns = asyncio.Semaphore(limit)
    for errand in errands:
        errand.start(turns)
    await asyncio.gather(*(errand.told() for errand in errands))


async def stop_all(errands: Sequence[Errand]) -> None:
    """Send no more of them; returns once it is known which were not sent."""
    await asyncio.gather(*(errand.stop() for errand in errands))
