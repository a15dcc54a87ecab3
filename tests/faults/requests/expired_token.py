"""Row 8: the token expires, and the service says so by a web page and 500, or by 401."""

from __future__ import annotations

import asyncio
import random
import shutil
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import BspsaError
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import new_records, send
from tests.faults.truth import judge
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.virtual_time import run_virtual

AT_ONCE = 100  # reads that fail with the same token
OLD, NEW = "old-token-of-the-fault-run", "new-token-of-the-fault-run"


class _Source:
    """Gives the old token until it is asked again."""

    def __init__(self, seconds: float) -> None:
        self.calls = 0
        self._seconds = seconds

    async def __call__(self) -> str:
        self.calls += 1
        first = self.calls == 1
        await asyncio.sleep(self._seconds)
        return OLD if first else NEW


class _Expired(Account):
    """Takes the new token only; `after` so many requests with the old one."""

    def __init__(self, refusal: Reply, after: int = 0) -> None:
        super().__init__()
        self._refusal = refusal
        self._left = after

    def __call__(self, request: Received) -> Reply:
        if request.header("Authorization") == [f"Bearer {OLD}"]:
            self._left -= 1
            if self._left < 0:
                return self._refusal
        return super().__call__(request)


def _refusal(drawn: random.Random) -> Reply:
    return drawn.choice((Reply.html(500), Reply.json({"detail": "Invalid token."}, 401)))


def play_reads(case: Case) -> None:
    """Many reads at once."""
    run_virtual(_reads(case, random.Random(case.seed)))


async def _reads(case: Case, drawn: random.Random) -> None:
    source = _Source(drawn.choice((0.0, 1.0)))
    async with (
        FaultyServer(_Expired(_refusal(drawn))) as server,
        ServiceAccountClient(server.url, source) as client,
    ):
        asks = [drawn.choice((client.jobs, client.quotas, client.projects)) for _ in range(AT_ONCE)]
        ends = await asyncio.gather(*(ask() for ask in asks), return_exceptions=True)
        failed = [end for end in ends if isinstance(end, BaseException)]
        case.check(not failed, f"{len(failed)} reads failed: {failed[:1]!r}")
        case.check(source.calls == 2, f"the token was fetched again {source.calls - 1} times")
        case.check(len(server.ledger) <= 2 * AT_ONCE, f"{len(server.ledger)} requests of {AT_ONCE}")
        case.note("refreshes", source.calls - 1)


def play_post(case: Case) -> None:
    """It expires between the reads before the POST and the POST."""
    drawn = random.Random(case.seed)
    records = new_records()
    try:
        run_virtual(_post(case, drawn, records))
    finally:
        shutil.rmtree(records.folder)


async def _post(case: Case, drawn: random.Random, records: Any) -> None:
    source = _Source(0.0)
    account = _Expired(_refusal(drawn), after=drawn.choice((1, 2, 2)))
    async with FaultyServer(account) as server:
        ended = await send(server.url, records, token=source, seconds=20.0)
        judge(case, ended, server.of("POST"), account.jobs)
        case.check(server.posts == 1, f"{server.posts} requests")
        case.check(source.calls <= 2, f"the token was fetched {source.calls} times")
        case.check(
            ended.accepted or isinstance(ended.error, BspsaError), f"ended in {ended.error!r}"
        )
        case.note("accepted" if ended.accepted else type(ended.error).__name__)


ROWS = (
    Row("8a", f"the token expires under {AT_ONCE} reads", 100, 4, play_reads),
    Row("8b", "the token expires before the POST", 100, 10, play_post),
)
