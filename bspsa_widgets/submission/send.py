"""Sends the job exactly once and records the outcome.

The record is on disk before the first byte is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.domain.throttle import throttled
from bspsa_widgets.errors import BspsaError, Refused, Stopped, TokenError, Unconfirmed
from bspsa_widgets.records.states import State
from bspsa_widgets.records.writer import RecordWriter
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.phase import Cancellation, SubmissionPhase
from bspsa_widgets.submission.proofs import AccountChecks
from bspsa_widgets.submission.quota_drop import LEAST, read_drop
from bspsa_widgets.submission.settle import settle
from bspsa_widgets.submission.steps import (
    Accepted,
    Connected,
    Connecting,
    Late,
    Sending,
    Step,
    Unsure,
    Waiting,
    outcome_of,
)
from bspsa_widgets.threads import to_end

log = logging.getLogger(__name__)

QUOTA_SECONDS = 10.0  # limit for reading the quota after a refusal
_MAY_KEEP_HOURS = 400  # with other statuses, no hours have been charged

# Tasks that nothing waits for: asyncio itself keeps only weak references to tasks.
_background: set[asyncio.Task[Any]] = set()


class JobSender:
    """Sends a prepared submission. `run()` may be used once.

    Args:
        client: client of the service.
        proofs: checks that the service accepts the token.
        writer: writer of the submission's record.
        request: the request to send.
        archive: the sealed zip to send.
        cancellation: phase of the submission.
        report: called with each step.
        settle_seconds: how long to search for the job if the response is lost, in seconds.
    """

    def __init__(
        self,
        client: ServiceAccountClient,
        proofs: AccountChecks,
        writer: RecordWriter,
        request: JobRequest,
        archive: SealedArchive,
        cancellation: Cancellation,
        report: Callable[[Step], None],
        settle_seconds: float,
    ) -> None:
        self._client = client
        self._proofs = proofs
        self._writer = writer
        self._request = request
        self._archive = archive
        self._cancellation = cancellation
        self._report = report
        self._settle_seconds = settle_seconds
        self._search_now = asyncio.Event()

    def search_now(self) -> None:
        """Search for the job at once instead of waiting for the next poll."""
        self._search_now.set()

    @property
    def _is_sent(self) -> bool:
        return self._cancellation.phase is SubmissionPhase.SENT

    async def run(self) -> Accepted:
        """Check the token, send the job, and find out whether the service has it.

        Returns:
            the accepted job.

        Raises:
            BspsaError: there is no job, or it is not known; see `outcome_of`.
        """
        try:
            await self._prove()
            accepted = await self._posted()
        except Unconfirmed as error:
            self._proofs.doubt()  # an expired token can have the same effect
            accepted = await self._unsure(error)
        except BspsaError as error:
            if isinstance(error, TokenError):
                self._proofs.doubt()
            await self._no_job(error)
            raise
        except asyncio.CancelledError:
            # After the first byte the record stays open: whoever reads it next searches.
            if not self._is_sent:
                await self._no_job(Stopped())
            raise
        except Exception as error:
            log.exception("a submission broke")
            failure = messages.unexpected(error, may_be_sent=self._is_sent)
            if not isinstance(failure, Unconfirmed):
                await self._no_job(failure)
                raise failure from error
            accepted = await self._unsure(failure)
        self._report(accepted)
        return accepted

    async def _prove(self) -> None:
        self._report(Connecting())
        proof = await self._proofs.of(self._request)
        self._report(Connected(self._request.runtime, proof.hours_left))
        # On disk before the first byte, so that an interrupted send can be resolved later.
        await self._writer.move("sending", quota_before=proof.hours_left, quota_at=proof.at)

    async def _posted(self) -> Accepted:
        post = asyncio.create_task(self._post(), name="the request")
        late = asyncio.create_task(self._cancellation.too_late.wait(), name="a late cancel")
        try:
            await asyncio.wait({post, late}, return_when=asyncio.FIRST_COMPLETED)
            found = None if post.done() else await self._search_meanwhile(post)
            if found is not None:
                hold(post)
                return found
            job = await post
        except asyncio.CancelledError:
            if self._cancellation.cancel():
                post.cancel()
                with suppress(BspsaError, asyncio.CancelledError):
                    await to_end(post)
            else:
                hold(post)
            raise
        finally:
            late.cancel()
        await self._writer.note("accepted", job=job.raw, problem="")
        return Accepted(job)

    async def _post(self) -> Job:
        def began() -> None:
            self._cancellation.begin_send()
            self._report(Sending(0, self._archive.size))

        report = throttled(lambda done, total: self._report(Sending(done, total)))

        def progress(done: int, total: int) -> None:
            if self._cancellation.too_late.is_set():
                return
            if done >= total:
                self._report(Waiting())
            else:
                report(done, total)

        return await self._client.submit(
            self._request, self._archive, progress=progress, on_first_byte=began
        )

    async def _search_meanwhile(self, post: asyncio.Task[Job]) -> Accepted | None:
        """Search for the job while the response is awaited; None if that comes first."""
        self._report(Late())
        await self._writer.note("sending", problem=messages.TOO_LATE)
        search = asyncio.create_task(self._search(), name="looking for a job")
        try:
            await asyncio.wait({post, search}, return_when=asyncio.FIRST_COMPLETED)
            if not post.done() and search.exception() is not None:
                await asyncio.wait([post])  # not found in time: the response decides
        finally:
            search.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await to_end(search)
        if not search.cancelled() and search.exception() is None:
            return search.result()
        return self._found()

    def _found(self) -> Accepted | None:
        """Return the job if a poll has recorded it just as the response came."""
        record = self._writer.record
        job = record.seen_job() if record.state == "accepted" else None
        return Accepted(job) if job else None

    async def _unsure(self, error: Unconfirmed) -> Accepted:
        error.record = self._writer.record.marker
        known = {"job_id_named": error.job_id, "is_unlisted": error.is_unlisted}
        await self._writer.note("unconfirmed", error.message, problem=error.message, **known)
        self._report(Unsure(error))
        return await self._search()

    async def _search(self) -> Accepted:
        search_steps = settle(
            self._client, self._writer, seconds=self._settle_seconds, search_now=self._search_now
        )
        async with aclosing(search_steps) as steps:
            async for step in steps:
                if isinstance(step, Accepted):
                    return step
                self._report(step)
        raise RuntimeError("the looks ended without an end")

    async def _no_job(self, error: BspsaError) -> None:
        """Record that there is no job: refused if the service said so, else not sent."""
        refused = self._is_sent and outcome_of(error) == "refused"
        state: State = "refused" if refused else "not_sent"
        await self._writer.note(state, error.message, problem=error.message)
        if refused and isinstance(error, Refused) and error.status == _MAY_KEEP_HOURS:
            await self._see_hours(error)

    async def _see_hours(self, error: Refused) -> None:
        """Add to the error how many hours the service kept after the refusal."""
        try:
            async with asyncio.timeout(QUOTA_SECONDS):
                others = await self._writer.others()
                drop = await read_drop(self._client, self._writer.record, others)
        except TimeoutError:
            return
        if drop is not None and drop.own > LEAST:
            kept = messages.kept_hours(drop.own)
            error.advice = job_messages.joined(kept, error.advice)
            problem = job_messages.joined(error.message, kept)
            await self._writer.note("refused", problem=problem)


def hold(task: asyncio.Task[Any]) -> None:
    """Keep a task running although nothing waits for it; its error is logged.

    Args:
        task: the task.
    """
    _background.add(task)
    task.add_done_callback(_finish)


def _finish(task: asyncio.Task[Any]) -> None:
    _background.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.warning("a submission that nobody waited for ended: %s", task.exception())
