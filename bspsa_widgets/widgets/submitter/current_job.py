"""The job in the panel, which was submitted last: shown and followed until it is over."""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable, Collection
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure
from bspsa_widgets.jobs.input_check import NOTHING, InputCheck, await_input, check_input
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.jobs.tracked_job import TrackedJob, first_seen
from bspsa_widgets.records.record import Record
from bspsa_widgets.results.api import fetch_results
from bspsa_widgets.runtime.event_loop import awaited
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
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
        tasks: owner of tasks that end with the panel.
        history: the earlier submissions.
        account: the account in the panel's header.
        notices: the user's functions that are called when a job ends.
        owner: says which submission the panel's status belongs to.
        is_watched: returns whether the user may be looking at the panel.
    """

    def __init__(
        self,
        panel: FormPanel,
        tasks: OwnedTasks,
        history: History,
        account: AccountStatus,
        notices: EndCallbacks,
        owner: OutcomeOwner,
        is_watched: Callable[[], bool] = lambda: True,
    ) -> None:
        self._panel = panel
        self._tasks = tasks
        self._history = history
        self._account = account
        self._notices = notices
        self._owner = owner
        self._is_watched = is_watched
        # The client that sent it: a local service may have been started meanwhile.
        self._service: ServiceAccountClient | None = None
        self._record: Record | None = None
        self._tracked: TrackedJob | None = None
        self._input_check = NOTHING
        self._followed: concurrent.futures.Future[Job] | None = None

    def take(self, service: ServiceAccountClient, record: Record, job: Job) -> None:
        """Show and follow this job from now on.

        Args:
            service: client that has sent the job.
            record: record of the submission.
            job: the job.
        """
        tracked = first_seen(job, datetime.now(UTC), record.hpc, record.project)
        self._service, self._record = service, record
        self._tracked, self._input_check = tracked, NOTHING
        self._show(tracked)
        self._followed = followed = self._tasks.run(
            self._follow(service, tracked, record.marker), "following a job"
        )
        if tracked.ref.hpc == "pizdaint" and not job.is_over:
            check = self._check_input(service, tracked, record.archive.name, followed)
            self._tasks.run(check, "looking for the job's input")

    def leave(self) -> None:
        """Stop showing the job, so that it is not taken for a later one. It is still followed."""
        self._service = self._record = self._tracked = self._followed = None
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
        if self._tracked is None:
            raise _nothing_yet()
        self._show(self._tracked)
        return self._tracked.job

    async def download(
        self, root: Path, names: Collection[str], folder: str | Path | None, *, overwrite: bool
    ) -> list[Path]:
        """Download results of the job, one file after the other.

        Args:
            root: base of relative folders.
            names: names as the service lists them; none for all.
            folder: target folder; None for the job's own.
            overwrite: whether existing files may be replaced.

        Returns:
            paths of the files.

        Raises:
            BspsaError: there is no job, or a file was not downloaded completely.
        """
        service, tracked = self._service, self._tracked
        if service is None or tracked is None:
            raise _nothing_yet()
        return await fetch_results(
            service,
            tracked.ref,
            root,
            seen=tracked.job,
            names=names,
            folder=folder,
            overwrite=overwrite,
        )

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

    async def _check_input(
        self,
        service: ServiceAccountClient,
        tracked: TrackedJob,
        archive_name: str,
        followed: concurrent.futures.Future[Job],
    ) -> None:
        """Check whether the zip has arrived, since a 201 does not say so.

        If not, check once more when the job is over.
        """
        ref = tracked.ref
        found = await await_input(service, ref, tracked.job, archive_name)
        self._keep_input(ref, found)
        if found.state == "arrived":
            return
        with suppress(BspsaError):  # then the end is not known, and the panel says so
            job = await awaited(followed)
            self._keep_input(ref, await check_input(service, ref, job, archive_name))

    def _keep_input(self, ref: JobRef, found: InputCheck) -> None:
        if self._tracked is not None and self._tracked.ref == ref:
            self._input_check = found
            self._show(self._tracked)

    async def _follow(self, service: ServiceAccountClient, tracked: TrackedJob, marker: str) -> Job:
        goes_on = not tracked.job.is_over
        try:
            polls = follow(
                service, tracked.ref, tracked.job, is_first=lambda: self._is_to_be_seen(tracked.ref)
            )
            async with aclosing(polls) as polls:
                async for poll in polls:
                    self._account.learned(poll.problem)
                    tracked = tracked.after_poll(poll)
                    self._show(tracked)
        except Exception as error:
            log.exception("following a job broke")
            problem = ServiceFailure(
                f"The panel stopped following the job ({type(error).__name__}); it goes on.",
                advice="The log has more.",
            )
            self._show(tracked._replace(problem=problem))
            raise problem from error
        self._tasks.run(self._account.connect(), "reading the quotas")  # they have changed
        await self._history.over(marker, tracked.job)
        if goes_on:
            self._notices.tell(tracked.job)
        return tracked.job

    def _is_to_be_seen(self, ref: JobRef) -> bool:
        return self._tracked is not None and self._tracked.ref == ref and self._is_watched()

    def _show(self, tracked: TrackedJob) -> None:
        if self._record is None or self._tracked is None or tracked.ref != self._tracked.ref:
            return  # another job is shown by now
        self._tracked, job = tracked, tracked.job
        traits: dict[str, Any] = {
            "job": job.raw,
            "job_view": job_state.job_view(tracked, self._input_check),
        }
        if self._owner.owns(self._record.marker):  # else the status is of a later submission
            is_lost, others = tracked.is_lost, self._record.other_jobs
            traits["status"] = (
                status_state.lost(job) if is_lost else status_state.followed(job, others)
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
