"""Row 10: 429, 503, Retry-After, slow answers, and clocks that are a day off."""

from __future__ import annotations

import asyncio
import random
import shutil
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

from bspsa_widgets.client.bspsa.retrying import ATTEMPTS, MAX_RETRY_AFTER
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.errors import BspsaError
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import TOKEN, new_records, send
from tests.faults.truth import judge
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.virtual_time import clock, elapsed, run_virtual

DAY = timedelta(days=1)
MOST_PAUSE = 6.0  # seconds, where the service does not ask for a time of its own
_REF = JobRef("pizdaint", "bsp_pizdaint_01", "X")


class _Busy(Account):
    """Busy for some requests; its clock may be off. Notes when each request came.

    Args:
        method: that it is too busy for. busy: how many such requests are turned away.
    """

    def __init__(self, drawn: random.Random, method: str, busy: int) -> None:
        super().__init__(creates=False)
        self._status = drawn.choice((429, 502, 503, 504))
        self._asks = drawn.choice((None, "0", "3", "12", "600", "99999999", "-5", "soon", "date"))
        self._off = drawn.choice((-DAY, timedelta(0), DAY))
        self._slow = drawn.choice((0.0, 0.0, 20.0, 60.0))
        self._method = method
        self._busy = busy
        self.came: list[float] = []

    @property
    def asked(self) -> float | None:
        """Seconds that it asks for."""
        if self._asks == "date":
            return 5.0
        return float(self._asks) if self._asks and self._asks.isdigit() else None

    async def answer(self, request: Received) -> Reply:
        if request.method != self._method:
            return self._dated(self(request))
        self.came.append(elapsed())
        await asyncio.sleep(self._slow)
        if len(self.came) > self._busy:
            return self._dated(self(request))
        return self._dated(Reply.html(self._status, headers=self._wait()))

    def _wait(self) -> tuple[tuple[str, str], ...]:
        now = clock() + self._off
        text = format_datetime(now + timedelta(seconds=5)) if self._asks == "date" else self._asks
        return () if text is None else (("Retry-After", text),)

    def _dated(self, reply: Reply) -> Reply:
        date = (("Date", format_datetime(clock() + self._off)),)
        return Reply(reply.status, reply.body, reply.content_type, (*reply.headers, *date))

    @property
    def pauses(self) -> list[float]:
        return [later - before - self._slow for before, later in pairwise(self.came)]


def play_read(case: Case) -> None:
    """A read is repeated, with jitter and a cap; never sooner than was asked."""
    run_virtual(_read(case, random.Random(case.seed)))


async def _read(case: Case, drawn: random.Random) -> None:
    account = _Busy(drawn, "GET", drawn.choice((1, 2, 3, 9)))
    async with (
        FaultyServer(account.answer) as server,
        ServiceAccountClient(server.url, TOKEN) as client,
    ):
        try:
            await client.jobs()
        except BspsaError as error:
            case.check(not error.job_may_exist, f"a read ended in {error!r}")
    asked = account.asked or 0.0
    case.check(len(account.came) <= ATTEMPTS, f"asked {len(account.came)} times")
    for pause in account.pauses:
        case.check(pause >= asked, f"asked again after {pause} s of {asked} s")
        case.check(pause <= max(MOST_PAUSE, asked + 1.0), f"waited {pause} s")
        case.check(pause > 0.0, "asked again at once")
    waited = sum(account.pauses)
    case.check(waited <= MAX_RETRY_AFTER + ATTEMPTS * MOST_PAUSE, f"waited {waited} s in all")
    if len(account.pauses) > 1 and not asked:
        case.check(len(set(account.pauses)) > 1, "no jitter")
    case.note("repetitions", len(account.pauses))


def play_act(case: Case) -> None:
    """A POST or a DELETE is never repeated."""
    drawn = random.Random(case.seed)
    records = new_records()
    try:
        run_virtual((_post if drawn.random() < 0.7 else _delete)(case, drawn, records))
    finally:
        shutil.rmtree(records.folder)


async def _post(case: Case, drawn: random.Random, records: Any) -> None:
    account = _Busy(drawn, "POST", drawn.choice((0, 1)))
    async with FaultyServer(account.answer) as server:
        ended = await send(server.url, records, seconds=20.0)
        judge(case, ended, server.of("POST"), account.jobs)
        case.check(server.posts == 1, f"{server.posts} requests")
        if account.jobs:
            case.check(ended.accepted, f"slow, or of another day, and ended in {ended.error!r}")
    case.note("accepted" if ended.accepted else type(ended.error).__name__)


async def _delete(case: Case, drawn: random.Random, records: Any) -> None:
    account = _Busy(drawn, "DELETE", 9)
    async with (
        FaultyServer(account.answer) as server,
        ServiceAccountClient(server.url, TOKEN) as client,
    ):
        try:
            await client.delete(_REF)
        except BspsaError:
            case.note("not deleted")
        if len(server.of("DELETE")) != 1:
            case.duplicate(f"{len(server.of('DELETE'))} requests to delete")


ROWS = (
    Row("10a", "a read of a busy service, clocks a day off", 1_000, 60, play_read),
    Row("10b", "a POST or DELETE to a busy service", 1_000, 60, play_act),
)
