"""Row 1: the connection breaks, stalls or carries nonsense, anywhere around the POST."""

from __future__ import annotations

import asyncio
import shutil

from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import AlreadySubmitted
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.steps import Accepted, Looking, Step, outcome_of
from tests.faults.figures import Case
from tests.faults.requests.schedule import BEFORE, ENDS, Schedule, draw
from tests.faults.requests.scheduled_service import Service
from tests.faults.rows import Row
from tests.faults.sending import NSG, PIZDAINT, Ended, new_records, resume_all, send
from tests.faults.truth import judge
from tests.faulty_server import FaultyServer, Received
from tests.virtual_time import run_virtual

# More bytes than the request, and than its answer, has: each one is a case.
REQUEST_BYTES, ANSWER_BYTES = 960, 480


class _User:
    """Does what the schedule says when a step is told."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._done: set[str] = set()
        self._hurries = 3 if schedule.hurry else 0  # a look that is asked for is one more
        self.was_stopped = False

    def __call__(self, step: Step, submission: Submission) -> bool:
        name = type(step).__name__
        if isinstance(step, Looking) and self._hurries:
            self._hurries -= 1
            submission.search_now()
        if name in self._done:
            return True
        self._done.add(name)
        if name == self._schedule.cancel:
            self.was_stopped = submission.cancel()
        if name == self._schedule.interrupt:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        return name != self._schedule.leave


def play_schedule(case: Case) -> None:
    """Whatever goes wrong."""
    schedule = draw(case.seed)
    _play(case, schedule)
    if not case.tally.is_clean:
        case.wrong(f"by {schedule}")


def play_byte(case: Case) -> None:
    """The connection ends at one byte of the request, or of the answer."""
    byte, end = case.seed // len(ENDS), ENDS[case.seed % len(ENDS)]
    if byte < REQUEST_BYTES:
        schedule = Schedule(cut=byte + 1, cut_end=end)
    else:
        schedule = Schedule(answer_cut=byte - REQUEST_BYTES, answer_end=end)
    _play(case, schedule, at_byte=byte)


def _play(case: Case, schedule: Schedule, at_byte: int | None = None) -> None:
    records = new_records()
    try:
        run_virtual(_played(case, schedule, records, at_byte))
    finally:
        shutil.rmtree(records.folder)


async def _played(case: Case, schedule: Schedule, records: Records, at_byte: int | None) -> None:
    service = Service(schedule)
    cut = None if schedule.cut is None else ("POST", schedule.cut, schedule.cut_end)
    form = NSG if schedule.hpc == "nsg" else PIZDAINT
    user = _User(schedule)
    async with FaultyServer(service, cut=cut, at_accept=service.at_accept) as server:
        ended = await _sent(server.url, records, form, schedule, user)
        await service.at_rest()
        _judge(case, ended, server, service)
        _note(case, ended, service)
        if user.was_stopped or schedule.leave in BEFORE or schedule.interrupt in BEFORE:
            case.check(not server.posts, "stopped before the first byte, and sent")
        if at_byte == REQUEST_BYTES - 1:
            case.check(_length(server.of("POST")[0]) < REQUEST_BYTES, "not every byte was cut at")
        server.cut = None
        if ended.record is not None and ended.record.is_open:
            await _go_on(case, ended, records, server, service)


async def _sent(
    url: str, records: Records, form: JobForm, schedule: Schedule, user: _User
) -> Ended:
    task = asyncio.create_task(send(url, records, form, seconds=schedule.seconds, at=user))
    await asyncio.wait([task])
    return task.result()


async def _go_on(
    case: Case, ended: Ended, records: Records, server: FaultyServer, service: Service
) -> None:
    """The next start, with the same luck; the very same once more; and when all is well again."""
    assert ended.record is not None
    _judge(case, await resume_all(server.url, records, ended.record, 30.0), server, service)
    record = records.read(ended.record.marker)
    assert record is not None
    if record.is_open:
        sends = server.posts
        again = await send(server.url, records, record.form)
        case.check(
            isinstance(again.error, AlreadySubmitted) and server.posts == sends,
            f"the very same was sent once more without a word: {again.error!r}",
        )
    service.is_healed = True
    healed = await resume_all(server.url, records, record)
    _judge(case, healed, server, service)
    if service.of(record.marker) and healed.record is not None and healed.record.is_open:
        case.wrong("the job is listed, and is not found")


def _judge(case: Case, ended: Ended, server: FaultyServer, service: Service) -> None:
    judge(case, ended, server.of("POST"), service.jobs)


def _note(case: Case, ended: Ended, service: Service) -> None:
    said = "left" if ended.error is None else outcome_of(ended.error)
    if any(isinstance(step, Accepted) for step in ended.steps):
        said = "accepted"
    if ended.error is not None and said == "unconfirmed" and service.jobs:
        said = "unconfirmed, with a job"
    case.note(said)


def _length(post: Received) -> int:
    return len(post.head) + 4 + len(post.body)


_BYTES = (REQUEST_BYTES + ANSWER_BYTES) * len(ENDS)

ROWS = (
    Row("1a", "the connection, the answer, the list: any fault", 10_000, 250, play_schedule),
    Row("1b", "the connection ends at any one byte", _BYTES, 60, play_byte, each=True),
)
