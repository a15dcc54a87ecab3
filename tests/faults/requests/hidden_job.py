"""Row 21: the service shows DELETED, 404 or an older stage for a while, and the job again.

A job goes its way on a virtual clock, and may be cancelled by the user. Meanwhile the service
does not show it, at drawn times. Those who follow it are the monitor's jobs and whoever waits
for the one job (panel, `--wait`, `done()`), and they may begin anew from the record.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from contextlib import aclosing
from dataclasses import dataclass, field
from unittest import mock

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import Job, JobRef, Outcome
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.jobs import cancel
from bspsa_widgets.jobs.polling.follow import Poll, follow
from bspsa_widgets.jobs.tracked_job import TrackedJob, first_seen
from bspsa_widgets.jobs.tracker import LISTS, JobTracker
from bspsa_widgets.records import messages
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.recovery import record_end
from bspsa_widgets.widgets.monitor import view_state as monitor_state
from bspsa_widgets.widgets.submitter import job_state
from tests.faults.figures import Case
from tests.faults.requests.hiding_service import MOST_SECONDS, WAYS, Answer, Hidden, How, Service
from tests.faults.rows import Row
from tests.faults.sending import TOKEN, new_records
from tests.faulty_server import FaultyServer, contract
from tests.records.kept import a_record
from tests.virtual_time import elapsed, run_virtual

SOON = 600.0  # seconds in which a job that is shown again is taken up, beside what it was hidden


@dataclass
class Followers:
    """All who follow the job in one program, and what they are told."""

    case: Case
    service: Service
    records: Records
    marker: str
    client: ServiceAccountClient
    ends: list[Outcome | None] = field(default_factory=list)
    shown_at: float = 0.0  # when a look last showed the job

    async def our_client(self) -> ServiceAccountClient:
        return self.client

    async def monitor(self) -> None:
        """All jobs of the user, as in a monitor."""
        self.mine = JobTracker(self.our_client, self.records, on_end=self._ended)
        watching = asyncio.create_task(self._watch(self.mine))
        try:
            await self.mine.run()
        finally:
            watching.cancel()

    def judge_monitor(self) -> None:
        """It knows of the end by now, and has told it once."""
        for known in self.mine.table.jobs():
            if not known.is_settled:
                self.case.lost(f"the monitor has not seen the end: {known}")
        # One that was cancelled may be shown to go on once more, by an old answer.
        if len(self.ends) > 1 and set(self.ends) != {"cancelled"}:
            self.case.duplicate(f"its end is told {len(self.ends)} times: {self.ends}")

    async def wait(self) -> Job:
        """To the end of the one job, as panel, `--wait` and `done()` do."""
        record = self.records.read(self.marker)
        assert record is not None
        job, ref = record.seen_job(), record.job_ref()
        assert job is not None
        assert ref is not None
        async with aclosing(follow(self.client, ref, job)) as looks:
            async for look in looks:
                job = look.job
                self._judge_look(look)
        await record_end(self.records, self.marker, job)
        return job

    async def _watch(self, mine: JobTracker) -> None:
        async with aclosing(mine.table.changes()) as changes:
            async for change in changes:
                for known in change.jobs:
                    row = monitor_state.row_of(known)
                    self._judge(row["outcome"], row["is_over"], row["stage"])

    def _ended(self, known: TrackedJob) -> None:
        self._judge(known.job.outcome or "", known.job.is_over, known.job.stage)
        self.ends.append(known.job.outcome)

    def _judge_look(self, look: Poll) -> None:
        view = job_state.job_view(first_seen(look.job, look.at).after_poll(look))
        self._judge(view["outcome"], look.job.is_over, view["stage"])
        said = (job_messages.lost if look.is_lost else job_messages.followed)(look.job).headline
        if look.is_lost:
            self.case.note("not shown")
            self.case.check(not look.job.is_over, "over, and not shown")
        elif look.problem is None:
            self.shown_at = elapsed()
        self.case.check(not said.startswith("Done") or look.job.is_over, f"it says {said}")

    def _judge(self, outcome: str, is_over: bool, stage: str) -> None:
        """Whatever is told of it is true."""
        service = self.service
        told = f"{outcome or 'open'}, {stage}"
        self.case.check(bool(outcome) == is_over, f"over and open: {told}")
        if not is_over:
            return
        is_ending = service.is_over or service.is_cancelled
        self.case.check(is_ending, f"it goes on, and is told as {told}")
        # One that had ended before the cancel came, and is not shown so, nobody can tell.
        is_doubtful = service.is_sent and (service.fails or stage in ("DELETED", "CANCELED"))
        is_true = outcome == service.ends_as or (is_doubtful and outcome == "cancelled")
        self.case.check(is_true, f"it is {service.ends_as}, and told as {told}")


def play(case: Case) -> None:
    random.seed(case.seed)  # of the looks' jitter, too
    records = new_records()
    try:
        # Records are looked at every two seconds, which takes no time but the test's; and what
        # is cancelled in one case is not to be known in another, whose job has the same id.
        with (
            mock.patch("bspsa_widgets.jobs.tracker.RECORDS", LISTS),
            mock.patch(
                "bspsa_widgets.client.bspsa.cancel_notes.folder",
                return_value=records.folder / "ends",
            ),
        ):
            run_virtual(_played(case, random.Random(case.seed), records), seconds=10 * 86_400)
    finally:
        shutil.rmtree(records.folder)


async def _played(case: Case, drawn: random.Random, records: Records) -> None:
    hpc = drawn.choice(("pizdaint", "nsg"))
    service, record = _service(drawn, hpc), None
    async with FaultyServer(service) as server:
        endpoint = Endpoint.parse(server.url).model_copy(update={"is_loopback": False})
        record = a_record("accepted", server.url, hpc=hpc)
        service.body |= {"title": record.payload["title"]}
        records.save(record.moved("accepted", job=service.body))
        # When a program ends, and the next one takes over.
        begins = [drawn.uniform(0, 2 * MOST_SECONDS) for _ in range(drawn.choice((0, 0, 1, 2)))]
        cancelling = asyncio.create_task(_cancelled(drawn, service, endpoint))
        for end in [*sorted(begins), None]:
            async with ServiceAccountClient(endpoint, TOKEN) as client:
                program = Followers(case, service, records, record.marker, client)
                await _run(case, drawn, program, end)
        await cancelling
        _judge_records(case, service, records, record.marker)
        case.check(server.posts == 0, "something was sent")
        case.note(service.ends_as)


def _service(drawn: random.Random, hpc: str) -> Service:
    steps = sorted(drawn.uniform(0, MOST_SECONDS) for _ in range(len(WAYS[hpc])))
    hows: tuple[How, ...] = ("DELETED", "DELETED", "CANCELED", "404", "500", "older")
    hidden = []
    for _ in range(drawn.randint(1, 5)):
        begin = drawn.uniform(0, 1.5 * MOST_SECONDS)
        hidden.append(Hidden(begin, begin + 10 ** drawn.uniform(0, 4), drawn.choice(hows)))
    body = contract(f"submit_{hpc}.json")["response"]["body"]
    answers: tuple[Answer, ...] = ("204", "page", "lost", "refused")
    return Service(body, hpc, [0.0, *steps], drawn.random() < 0.5, hidden, drawn.choice(answers))


async def _cancelled(drawn: random.Random, service: Service, endpoint: Endpoint) -> None:
    """By another program of the user's, in every second case."""
    at = drawn.uniform(0, MOST_SECONDS)
    if drawn.random() < 0.5:
        return
    await asyncio.sleep(at)
    async with ServiceAccountClient(endpoint, TOKEN) as client:
        try:
            await cancel.end(client, JobRef.of(Job.parse(service.body)), "cancel")
        except BspsaError:
            return  # told to the user; what became of the job is told by those who follow it


async def _run(case: Case, drawn: random.Random, program: Followers, end: float | None) -> None:
    """One program, until it is ended, or to the end of the job."""
    is_watched = drawn.random() < 0.5
    monitor = asyncio.create_task(program.monitor()) if is_watched else None
    waiting = asyncio.create_task(program.wait())
    try:
        if end is not None:
            await asyncio.wait([waiting], timeout=max(0.0, end - elapsed()))
            return
        await _ended_in_time(case, program, waiting)
        if monitor is not None:
            await asyncio.sleep(max(0.0, program.service.shown_from - elapsed()) + 2 * LISTS)
            program.judge_monitor()
    finally:
        for task in filter(None, (monitor, waiting)):
            task.cancel()
        done, _ = await asyncio.wait([task for task in (monitor, waiting) if task])
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error


async def _ended_in_time(case: Case, program: Followers, waiting: asyncio.Task[Job]) -> None:
    """It is taken up again soon after it is shown again: sooner than it was hidden for."""
    service = program.service
    last = service.shown_from
    await asyncio.wait([waiting], timeout=max(0.0, last - elapsed()))
    hidden = elapsed() - program.shown_at
    await asyncio.wait([waiting], timeout=SOON + 0.6 * hidden)
    if not waiting.done():
        case.lost(f"shown again for {elapsed() - last:.0f} s, and not taken up")


def _judge_records(case: Case, service: Service, records: Records, marker: str) -> None:
    record = records.read(marker)
    if record is None:
        case.lost("the record is gone")
        return
    job = record.seen_job()
    case.check(record.state == "over", f"the record is {record.state}")
    is_doubtful = service.is_sent and not service.is_cancelled
    if job is not None and not is_doubtful:
        said = messages.record_words(record)
        case.check(job.outcome == service.ends_as, f"the record says {said}")


ROWS = (Row("21", "a job is not shown for a while, and then again", 1_000, 8, play),)
