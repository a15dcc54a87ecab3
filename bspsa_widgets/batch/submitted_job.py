"""One of several submitted jobs: its state, its end, its files."""

from __future__ import annotations

import concurrent.futures
import threading
from contextlib import aclosing
from pathlib import Path

from bspsa_widgets.batch.job_spec import JobSpec
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.records.store import Records
from bspsa_widgets.results.api import fetch_results
from bspsa_widgets.runtime.event_loop import awaited, background
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.batch import BatchItem
from bspsa_widgets.submission.recovery import record_end
from bspsa_widgets.submission.steps import Outcome


class Sender:
    """What the jobs of one `submit_many` call share; it exists as long as one of them.

    Args:
        service: client of the service that they were sent to.
        records: store of their submission records.
        root: base of relative folders.
    """

    def __init__(self, service: ServiceAccountClient, records: Records, root: Path) -> None:
        self.service = service
        self.records = records
        self.root = root


class SubmittedJob:
    """State of one request; it is updated while the response is awaited.

    Args:
        wanted: the request.
        item: the submission.
        sender: what the jobs of the call share.

    Example:
        >>> import asyncio
        >>> from bspsa_widgets import LocalService, submit_many
        >>> folder = Path("my-folder")
        >>> folder.mkdir()
        >>> _ = (folder / "run.sh").write_text("date")
        >>> command = "unzip {archive} && cd {folder} && bash run.sh > ../now.txt"
        >>> request = {"folder": "my-folder", "command": command, "runtime": 0.1}
        >>> [sent] = asyncio.run(submit_many([request], endpoint=LocalService()))
        >>> asyncio.run(sent.done()).stage
        'SUCCESSFUL'
        >>> [path.name for path in asyncio.run(sent.download("now.txt"))]
        ['now.txt']
    """

    def __init__(self, wanted: JobSpec, item: BatchItem, sender: Sender) -> None:
        self.wanted = wanted
        self._item = item
        self._sender = sender
        self._seen: Job | None = None
        self._is_lost = False
        self._lock = threading.Lock()
        self._followed: concurrent.futures.Future[Job] | None = None

    @property
    def job(self) -> Job | None:
        """The job as last read; None if no job is known.

        If the request was not sent because an identical job was sent before (`error` is
        AlreadySubmitted), it is the job of that earlier submission.
        """
        earlier = self._item.earlier
        return self._seen or self._item.job or (earlier.seen_job() if earlier else None)

    @property
    def error(self) -> BspsaError | None:
        """Why this request has no job, or why that is not known; None if it has one."""
        return self._item.problem()

    @property
    def record(self) -> str:
        """Marker of the submission's record, or of the earlier one; "" if there is none."""
        kept = self._item.record or self._item.earlier
        return kept.marker if kept is not None else str(getattr(self.error, "record", ""))

    @property
    def outcome(self) -> Outcome | None:
        """Outcome: "accepted", "refused", "not_sent" or "unconfirmed".

        None while the submission is being prepared.
        """
        return self._item.outcome

    @property
    def job_may_exist(self) -> bool:
        """Whether this request has made a job, or may have."""
        return self.outcome in ("accepted", "unconfirmed")

    @property
    def words(self) -> str:
        """A sentence with the outcome, which says first whether a job exists."""
        if (error := self.error) is not None:
            return messages.ended(error).headline
        if self.job is None:
            return "Not sent yet."
        reported = job_messages.lost(self.job) if self._is_lost else job_messages.followed(self.job)
        return reported.headline

    def __repr__(self) -> str:
        known = f" {self.job.job_id} {self.job.stage}" if self.job else ""
        return (
            f"<SubmittedJob {self.wanted.title or str(self.wanted.folder)!r}{known}: {self.words}>"
        )

    async def done(self) -> Job:
        """Wait until the job is over.

        If the service does not show the job any more (`words` says so), the wait goes on: the job
        may still run, and is followed again when it reappears. If the response to the submission
        was lost, the job is searched for first.

        Returns:
            the job as last read.

        Raises:
            BspsaError: there is no job, or none that is known.
        """
        with self._lock:
            if self._followed is None or _is_in_vain(self._followed):
                self._followed = background().run(self._follow(), "following a job")
            following = self._followed
        return await awaited(following)

    async def download(
        self, *names: str, folder: str | Path | None = None, overwrite: bool = False
    ) -> list[Path]:
        """Download results one by one; see `JobSubmitter.download`.

        Args:
            folder: target folder; None for `results/<title>-<end of the id>` below the root.
            overwrite: whether existing files may be replaced.
            *names: names as the service lists them; none for all.

        Returns:
            paths of the files.

        Raises:
            BspsaError: there is no job, or a file was not downloaded completely.
        """
        work = fetch_results(
            self._sender.service,
            self._ref(),
            self._sender.root,
            seen=self.job,
            names=names,
            folder=folder,
            overwrite=overwrite,
        )
        return await awaited(background().run(work, "download"), or_cancel=True)

    async def _follow(self) -> Job:
        await self._item.ended()
        await self._item.see_earlier()
        ref, job = self._ref(), self.job
        assert job is not None  # noqa: S101 - it has a place
        async with aclosing(follow(self._sender.service, ref, job)) as looks:
            async for look in looks:
                self._seen = job = look.job
                self._is_lost = look.is_lost
        await record_end(self._item.earlier_records, self.record, job)
        return job

    def _ref(self) -> JobRef:
        """Return the job's reference; raise the reason if there is no job."""
        record, job = self._item.record or self._item.earlier, self.job
        if job is None:
            raise self.error or NotSent("It is not sent yet.", advice="Wait a moment.")
        return JobRef.of(job, record.hpc if record else "", record.project if record else "")


def _is_in_vain(followed: concurrent.futures.Future[Job]) -> bool:
    """Return whether following ended before the job did, so that it must be restarted."""
    return followed.done() and (followed.cancelled() or followed.exception() is not None)
