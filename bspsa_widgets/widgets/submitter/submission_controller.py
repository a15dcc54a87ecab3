"""Runs the submissions of a panel one at a time, from the click to a known job."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, NotSent, TokenError, Unconfirmed
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.event_loop import Result, awaited, background, hand_on
from bspsa_widgets.runtime.notebook import NOTEBOOK
from bspsa_widgets.runtime.owned_tasks import OwnedTasks, closed_panel
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.steps import Accepted, Looking, Step, Unsure
from bspsa_widgets.widgets.base.account_status import AccountStatus
from bspsa_widgets.widgets.submitter import status_state
from bspsa_widgets.widgets.submitter.current_job import CurrentJob
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.history import History
from bspsa_widgets.widgets.submitter.outcome_owner import OutcomeOwner
from bspsa_widgets.widgets.submitter.review import ReviewRequest

log = logging.getLogger(__name__)


class SubmissionController:
    """Submissions of one panel. A running submission outlives the panel.

    Args:
        panel: that shows them.
        link: its way to the service.
        tasks: work that ends with the panel.
        records: store of the submissions' records.
        account: the account in the panel's header.
        history: the earlier submissions.
        shown: the job in the panel.
        owner: says which submission the panel's status belongs to.
        settle_seconds: how long to search for the job if the response is lost, in seconds.

    Attributes:
        submission: the submission started last; None if there is none.
    """

    def __init__(
        self,
        panel: FormPanel,
        link: ServiceLink,
        tasks: OwnedTasks,
        records: Records,
        *,
        account: AccountStatus,
        history: History,
        shown: CurrentJob,
        owner: OutcomeOwner,
        settle_seconds: float,
    ) -> None:
        self._panel = panel
        self._link = link
        self._tasks = tasks
        self._records = records
        self._account = account
        self._history = history
        self._shown = shown
        self._owner = owner
        self._settle_seconds = settle_seconds
        self._closed = False
        self._lock = threading.Lock()
        self._asked: ReviewRequest | None = None
        self._markers: set[str] = set()  # of records made by this panel
        self._under_way: list[Submission] = []  # at most one before its response is lost
        self._sendings: list[Result[Job]] = []
        self.submission: Submission | None = None

    # --- from any thread --------------------------------------------------------------

    def start(
        self, asked: ReviewRequest, repeat: Repeat = "tell", *, is_one: bool = False
    ) -> Result[Job]:
        """Start a submission on the background loop.

        Args:
            asked: what is to be sent.
            repeat: what to do if an identical job was sent before (`records.duplicates`).
            is_one: do not send again what the panel is sending, or has sent last: return that job.

        Returns:
            a future with the job.

        Raises:
            NotSent: another submission of this panel is running, or the panel is closed.
        """
        with self._lock:
            if self._closed:
                raise closed_panel()
            last = self._sendings[-1] if self._sendings else None
            if is_one and last is not None and not last.done() and asked == self._asked:
                return last
            if self._owner.is_busy:
                raise NotSent(
                    "A submission of this panel is under way.",
                    advice="Wait for its end, or use another panel.",
                )
            self._owner.begin()
            self.submission, self._asked = None, asked
            sending: Result[Job] = concurrent.futures.Future()
            self._sendings = [*(one for one in self._sendings if not one.done()), sending]
        try:
            self._panel._show(errors={}, status=status_state.CHECKING)
            work = self._submit(asked, repeat, is_one=is_one)
            hand_on(background().run(work, "submission"), sending)
        except BaseException:
            self._owner.free()
            sending.cancel()
            raise
        return sending

    def cancel(self) -> None:
        """Stop the running submission if nothing has been sent yet."""

        def stop() -> None:
            if self.submission is not None and self._owner.is_busy:
                # One iteration later, so that the work to cancel has started.
                asyncio.get_running_loop().call_soon(self.submission.cancel)
            elif self._owner.is_busy:
                asyncio.get_running_loop().call_soon(stop)  # its first step has not started yet

        background().call(stop)

    def close(self) -> None:
        """Show nothing any more, because the panel is closed."""
        self._closed = True
        self._owner.close()

    # --- on the background loop -------------------------------------------------------

    async def look(self, record: str) -> None:
        """Search now for the job of a submission whose response was lost; see `History.look`.

        Args:
            record: marker of the record.
        """
        for submission in self._under_way:
            if submission.record is not None and submission.record.marker == record:
                submission.search_now()
                return
        if not self._closed:
            await self._history.search(record)

    async def ended(self) -> None:
        """Wait until all submissions have ended, in any way."""
        await asyncio.gather(*map(awaited, self._sendings), return_exceptions=True)

    async def _submit(self, asked: ReviewRequest, repeat: Repeat, *, is_one: bool) -> Job:
        submission: Submission | None = None
        own = self._own_record() if is_one else None
        try:
            service = await self._link.service()
            self.submission = submission = Submission(
                service,
                asked.form,
                asked.folder,
                choice=asked.choice,
                records=self._records,
                repeat=repeat,
                own=own,
                settle_seconds=self._settle_seconds,
                notebook=NOTEBOOK,
            )
            await self._go_through(submission)
        except BspsaError as error:
            if own is not None and getattr(error, "record", "") == own.marker:
                return self._back_to(own)
            self._end(submission, error)
            raise
        except asyncio.CancelledError as error:
            self._end(submission, _unexpected(error, submission))
            raise
        except Exception as error:
            log.exception("a submission ended in an error that is not ours")
            failure = _unexpected(error, submission)
            self._end(submission, failure)
            raise failure from error
        self._release(submission)
        job = submission.accepted_job()
        if submission.record is not None and self.submission is submission:
            self._owner.give(submission.record.marker)
            if self._owner.owns(submission.record.marker):
                self._shown.take(service, submission.record, job)
        self._held_if_open(self._history.show(), "listing submissions")
        return job

    def _own_record(self) -> Record | None:
        """Return the record of the job in the panel, if it was sent from here."""
        record = self._shown.record
        return record if record is not None and record.marker in self._markers else None

    def _back_to(self, own: Record) -> Job:
        """Return the job in the panel, since it is the one that was requested."""
        self._owner.give(own.marker)
        self._owner.free()
        return self._shown.show_again()

    async def _go_through(self, submission: Submission) -> None:
        self._under_way.append(submission)
        try:
            async with aclosing(submission.steps()) as steps:
                async for step in steps:
                    if isinstance(step, Unsure):
                        self._release(submission)  # another job can be submitted meanwhile
                        self._held_if_open(self._history.show(), "listing submissions")
                    if self.submission is submission:
                        self._show_step(submission, step)
        finally:
            self._under_way.remove(submission)
            if submission.record is not None:
                self._markers.add(submission.record.marker)

    def _show_step(self, submission: Submission, step: Step) -> None:
        record = submission.record
        if isinstance(step, Unsure):
            self._shown.leave()
            self._panel._show(status=status_state.unsure(step.error))
        elif isinstance(step, Looking) and record is not None and record.state == "unconfirmed":
            self._panel._show(status=status_state.looking(record, step))
        elif not isinstance(step, Accepted):
            self._panel._show(status=status_state.during(step))

    def _release(self, submission: Submission | None) -> None:
        if self.submission is submission or submission is None:
            self._owner.free()

    def _end(self, submission: Submission | None, error: BspsaError) -> None:
        """Show that no job is known. Release first: observers of the status may submit again."""
        self._release(submission)
        if self.submission is submission or submission is None:
            if isinstance(error, Unconfirmed):
                self._owner.give(error.record)  # so that Check again can show its result
                self._shown.leave()
            self._panel._show(
                errors=status_state.errors_of(error), status=status_state.ended(error)
            )
        self._held_if_open(self._history.show(), "listing submissions")
        if isinstance(error, TokenError):
            self._account.disconnected(error)

    def _held_if_open(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._closed:
            work.close()
        else:
            self._tasks.run(work, name)


def _unexpected(error: BaseException, submission: Submission | None) -> BspsaError:
    may_be_sent = submission is not None and submission.may_be_sent
    failure = messages.unexpected(error, may_be_sent=may_be_sent)
    if isinstance(failure, Unconfirmed) and submission and submission.record:
        failure.record = submission.record.marker
    return failure
