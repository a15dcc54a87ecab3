"""The job in the panel, which was submitted last: shown and followed until it is over."""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure
from bspsa_widgets.jobs.input_check import NOTHING, InputCheck, await_arrival, check_arrival
from bspsa_widgets.jobs.polling.follow import Poll, follow
from bspsa_widgets.records.record import Record
from bspsa_widgets.runtime.event_loop import OwnedTasks, awaited
from bspsa_widgets.widgets.base.account_status import AccountStatus
from bspsa_widgets.widgets.base.callbacks import EndCallbacks
from bspsa_widgets.widgets.submitter import job_state, status_state
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.history import History
from bspsa_widgets.widgets.submitter.outcome_owner import OutcomeOwner

log = logging.getLogger(__name__)


class CurrentJob:
    """Shows one job at a time in a panel.

    Args:
        panel: the panel that shows it.
        held: owner of tasks that end with the panel.
        history: the earlier submissions.
        greeting: the account in the panel's header.
        notices: the user's functions that are called when a job ends.
        owner: says which submission the panel's status belongs to.
        is_watched: returns whether the user may be looking at the panel.
    """

    def __init__(
        self,
        panel: FormPanel,
        held: OwnedTasks,
        history: History,
        greeting: AccountStatus,
        notices: EndCallbacks,
        owner: OutcomeOwner,
        is_watched: Callable[[], bool] = lambda: True,
    ) -> None:
        self._panel = panel
        self._held = held
        self._history = history
        self._greeting = greeting
        self._notices = notices
        self._owner = owner
        self._is_watched = is_watched
        # With the client that sent it: a local service may have been started meanwhile.
        self._place: tuple[ServiceAccountClient, JobRef] | None = None
        self._other_jobs: tuple[str, ...] = ()
        self._record: Record | None = None
        self._arrival = NOTHING
        self._last: tuple[Poll, list[tuple[str, datetime]]] | None = None
        self._followed: concurrent.futures.Future[Job] | None = None

    def take(self, service: ServiceAccountClient, record: Record, job: Job) -> None:
        """Show and follow this job from now on.

        Args:
            service: client that has sent the job.
            record: record of the submission.
            job: the job.
        """
        ref = JobRef.of(job, record.hpc, record.project)
        self._place = service, ref
        self._other_jobs = record.other_jobs
        self._record = record
        self._arrival = NOTHING
        self._show_look(Poll(job, datetime.now(UTC), is_lost=not job.is_shown), [])
        work = self._follow(service, ref, job, record.marker)
        self._followed = followed = self._held.run(work, "following a job")
        if ref.hpc == "pizdaint" and not job.is_over:
            check = self._check_arrival(service, ref, job, record.archive.name, followed)
            self._held.run(check, "looking for the job's input")

    def leave(self) -> None:
        """Stop showing the job, so that it is not taken for a later one. It is still followed."""
        self._place = self._followed = self._record = None
        self._panel._show(job={}, job_view={})

    @property
    def record(self) -> Record | None:
        """Record of the submission whose job is shown; None if none is."""
        return self._record

    def show_again(self) -> Job:
        """Show the job as last read, after something else was shown.

        Returns:
            the job.

        Raises:
            NotSent: the panel has no job.
        """
        if self._last is None:
            raise _nothing_yet()
        self._show_look(*self._last)
        return self._last[0].job

    def place(self) -> tuple[ServiceAccountClient, JobRef]:
        """Return where the job is.

        Returns:
            client of the service, and reference of the job.

        Raises:
            NotSent: the panel has no job.
        """
        if self._place is None:
            raise _nothing_yet()
        return self._place

    def seen(self) -> Job | None:
        """Return the job as last read.

        Returns:
            the job; None if there is none.
        """
        return self._last[0].job if self._place is not None and self._last is not None else None

    def followed(self) -> concurrent.futures.Future[Job]:
        """Return a future with the job once it is over.

        Returns:
            the future.

        Raises:
            NotSent: the panel has no job.
        """
        if self._followed is None:
            raise _nothing_yet()
        return self._followed

    async def _check_arrival(
        self,
        service: ServiceAccountClient,
        ref: JobRef,
        job: Job,
        archive_name: str,
        followed: concurrent.futures.Future[Job],
    ) -> None:
        """Check whether the zip has arrived, since a 201 does not say so.

        If not, check once more when the job is over.
        """
        found = await await_arrival(service, ref, job, archive_name)
        self._keep_arrival(ref, found)
        if found.state == "arrived":
            return
        with suppress(BspsaError):  # then the end is not known, and the panel says so
            job = await awaited(followed)
            self._keep_arrival(ref, await check_arrival(service, ref, job, archive_name))

    def _keep_arrival(self, ref: JobRef, found: InputCheck) -> None:
        if self._place is not None and self._place[1] == ref and self._last is not None:
            self._arrival = found
            self._show_look(*self._last)

    async def _follow(
        self, service: ServiceAccountClient, ref: JobRef, job: Job, marker: str
    ) -> Job:
        seen: list[tuple[str, datetime]] = []
        goes_on = not job.is_over
        try:
            looks = follow(service, ref, job, is_first=lambda: self._is_to_be_seen(ref))
            async with aclosing(looks) as looks:
                async for look in looks:
                    job = look.job
                    self._greeting.learned(look.problem)
                    if job.is_shown and (not seen or seen[-1][0] != job.stage):
                        seen.append((job.stage, look.at))
                    self._show_look(look, seen)
        except Exception as error:
            log.exception("following a job broke")
            problem = ServiceFailure(
                f"The panel stopped following the job ({type(error).__name__}); it goes on.",
                advice="The log has more.",
            )
            self._show_look(Poll(job, datetime.now(UTC), problem), seen)
            raise problem from error
        self._held.run(self._greeting.greet(), "reading the quotas")  # they have changed
        await self._history.over(marker, job)
        if goes_on:
            self._notices.tell(job)
        return job

    def _is_to_be_seen(self, ref: JobRef) -> bool:
        return self._place is not None and self._place[1] == ref and self._is_watched()

    def _show_look(self, look: Poll, seen: list[tuple[str, datetime]]) -> None:
        if self._place is None or look.job.job_id != self._place[1].job_id:
            return  # another job is shown by now
        self._last = look, seen
        traits: dict[str, Any] = {
            "job": look.job.raw,
            "job_view": job_state.job_view(look, seen, self._arrival),
        }
        # Otherwise the status belongs to a later submission.
        if self._record is not None and self._owner.owns(self._record.marker):
            traits["status"] = (
                status_state.lost(look.job)
                if look.is_lost
                else status_state.followed(look.job, self._other_jobs)
            )
        if self._is_watched() or self._is_news(traits):
            self._panel._show(**traits)

    def _is_news(self, traits: dict[str, Any]) -> bool:
        """Return whether more has changed than the time of the last poll."""
        shown = {name: getattr(self._panel, name) for name in traits}
        return _without_time(shown) != _without_time(traits)


def _without_time(traits: dict[str, Any]) -> dict[str, Any]:
    return traits | {"job_view": traits["job_view"] | {"checked": ""}}


def _nothing_yet() -> NotSent:
    return NotSent(
        "This panel knows of no job.",
        advice="Submit first. Where it is not known whether there is a job, it has to be found.",
    )
