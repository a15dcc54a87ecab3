"""Submits several jobs in one call, for example a parameter sweep, without panels."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bspsa_widgets.batch.job_spec import JobSpec
from bspsa_widgets.batch.submitted_job import Sender, SubmittedJob
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.store import records_in
from bspsa_widgets.runtime.event_loop import awaited, background
from bspsa_widgets.runtime.notebook import NOTEBOOK, home
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.submission.batch import BatchItem, Begin, stop_all, submit_all
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.proofs import AccountChecks
from bspsa_widgets.submission.send import hold
from bspsa_widgets.submission.settle import SECONDS
from bspsa_widgets.tokens import GivenToken

LIMIT = 4  # submissions at once: each packs a folder and sends requests
STOPPING_SECONDS = 10.0  # time limit for stopping those that are not sent


class SubmitInterrupted(asyncio.CancelledError):
    """The call was interrupted; jobs that were not sent will not be sent.

    Args:
        jobs: state of each request, in their order; those that were sent go on.

    Example:
        >>> raise SubmitInterrupted([])
        Traceback (most recent call last):
            ...
        bspsa_widgets.batch.submit_many.SubmitInterrupted: Interrupted. 0 of 0 requests were sent...
    """

    def __init__(self, jobs: Sequence[SubmittedJob]) -> None:
        self.jobs = list(jobs)
        sent = [str(number) for number, job in enumerate(jobs, 1) if job.job_may_exist]
        which = f" (number {', '.join(sent)})" if sent else ""
        super().__init__(
            f"Interrupted. {len(sent)} of {len(jobs)} requests were sent{which}: each of them is "
            "a job, or may be one. The others were not sent. The same call again sends only those."
        )


async def submit_many(
    requests: Iterable[JobSpec | Mapping[str, Any]],
    *,
    limit: int = LIMIT,
    again: bool = False,
    endpoint: str | LocalService | None = None,
    token: GivenToken | None = None,
    trusted: Collection[str] = (),
    root: str | Path | None = None,
    records: str | Path | None = None,
    settle: float = SECONDS,
) -> list[SubmittedJob]:
    """Submit several jobs; return once the outcome of each is known or in doubt.

    A job that fails does not stop the others. A job that this call or an earlier one has already
    sent is not sent again: its `error` is AlreadySubmitted, and its `job` the earlier one. If the
    service's response is lost, the job is searched for while the others go on.

    Args:
        requests: mappings with the fields of `JobSpec`, or `JobSpec` values.
        limit: how many run at once, from packing to the service's response; ≥ 1.
        again: send also what was sent before.
        endpoint: as in `JobSubmitter`.
        token: as in `JobSubmitter`.
        trusted: as in `JobSubmitter`.
        root: as in `JobSubmitter`.
        records: as in `JobSubmitter`.
        settle: as in `JobSubmitter`.

    Returns:
        one value for each request, in their order.

    Raises:
        InvalidInput: (field `limit` or `endpoint`) the value is not valid; nothing was sent.
        SubmitInterrupted: the call was interrupted; it says what was sent.
        TypeError: a request is not valid, or has an unknown field; nothing was sent.
        NotSent: no local service is running; nothing was sent.

    Example:
        >>> from pathlib import Path
        >>> from bspsa_widgets import LocalService
        >>> folder = Path("my-folder")
        >>> folder.mkdir()
        >>> _ = (folder / "run.sh").write_text("date")
        >>> command = "unzip {archive} && cd {folder} && bash run.sh"
        >>> requests = [
        ...     {"folder": "my-folder", "command": f"{command} {seed}", "runtime": 0.1}
        ...     for seed in (1, 2)
        ... ]
        >>> jobs = asyncio.run(submit_many(requests, endpoint=LocalService()))
        >>> [job.outcome for job in jobs]
        ['accepted', 'accepted']
    """
    wanted = _wanted(requests)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise InvalidInput("limit", f"{limit!r:.40} is no limit.", allowed="Give 1 or more.")
    place = home(root)
    link = ServiceLink(endpoint, token, trusted)
    sender = Sender(await link.service(), records_in(records, place), place)
    repeat: Repeat = "allow" if again else "ask"
    proofs = AccountChecks(sender.service)
    begins = [_begin(one, sender, proofs, repeat, settle) for one in wanted]
    jobs = [_submitted(one, sender, begin) for one, begin in zip(wanted, begins, strict=True)]
    going = background().run(submit_all([item for _, item in jobs], limit), "submissions")
    _close_with(sender, link)
    try:
        await awaited(going)
    except asyncio.CancelledError:
        await _stop([item for _, item in jobs])
        raise SubmitInterrupted([job for job, _ in jobs]) from None
    return [job for job, _ in jobs]


def _wanted(requests: Iterable[JobSpec | Mapping[str, Any]]) -> list[JobSpec]:
    if isinstance(requests, str | Mapping | JobSpec):
        raise TypeError("Give a list of requests, also for one.")
    found = []
    for number, request in enumerate(requests, 1):
        try:
            found.append(JobSpec.of(request))
        except TypeError as error:
            raise TypeError(f"Request {number}: {error}") from None
    return found


def _submitted(wanted: JobSpec, sender: Sender, begin: Begin) -> tuple[SubmittedJob, BatchItem]:
    item = BatchItem(begin, sender.records)
    return SubmittedJob(wanted, item, sender), item


def _begin(
    wanted: JobSpec, sender: Sender, proofs: AccountChecks, repeat: Repeat, settle: float
) -> Begin:
    def begin() -> Submission:
        return Submission(
            sender.service,
            wanted.form(),
            wanted.place(sender.root),
            choice=wanted.choice(),
            records=sender.records,
            repeat=repeat,
            settle_seconds=settle,
            notebook=NOTEBOOK,
            proofs=proofs,
        )

    return begin


async def _stop(items: list[BatchItem]) -> None:
    """Stop the submissions; a second interrupt, or a timeout, ends the wait."""
    stopping = background().run(stop_all(items), "stopping submissions")
    try:
        async with asyncio.timeout(STOPPING_SECONDS):
            await awaited(stopping)
    except (asyncio.CancelledError, TimeoutError):
        return


def _close_with(sender: Sender, link: ServiceLink) -> None:
    """Close the connections when the last job object has been deleted."""
    loop = background().loop
    weakref.finalize(sender, _close, loop, link).atexit = False


def _close(loop: asyncio.AbstractEventLoop, link: ServiceLink) -> None:
    # Called on any thread by the garbage collector, which may hold any lock.
    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: hold(loop.create_task(link.aclose())))
