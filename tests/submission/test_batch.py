"""Several submissions at once: each for itself, none twice, and nothing left in doubt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.marker import split
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import AlreadySubmitted, NotSent, QuotaRefused, Stopped, Unconfirmed
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.batch import BatchItem, stop_all, submit_all
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.proofs import AccountChecks
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.virtual_time import elapsed, run_virtual

Answer = Callable[[Received], Any]


class Many:
    """Errands with these titles, all of one folder, to one server."""

    def __init__(self, server: FaultyServer, folder: Path, records: Records) -> None:
        self.server = server
        self.client = ServiceAccountClient(server.url, "t")
        self.folder = folder
        self.records = records
        self.proofs = AccountChecks(self.client)

    def items(self, *titles: str, repeat: Repeat = "ask", settle: float = 900) -> list[BatchItem]:
        return [BatchItem(self.begin(title, repeat, settle), self.records) for title in titles]

    def begin(self, title: str, repeat: Repeat, settle: float) -> Callable[[], Submission]:
        def begin() -> Submission:
            return Submission(
                self.client,
                JobForm(command="true", title=title),
                self.folder,
                records=self.records,
                repeat=repeat,
                settle_seconds=settle,
                proofs=self.proofs,
            )

        return begin

    def posted(self) -> list[str]:
        return [title_of(request) for request in self.server.of("POST")]


def title_of(request: Received) -> str:
    return split(json.loads(request.header("Payload")[0])["title"])[0]


def outcomes(items: list[BatchItem]) -> list[str | None]:
    return [item.outcome for item in items]


@pytest.fixture
def go(folder: Path, records: Records) -> Callable[..., Any]:
    """Runs a test on a loop whose waiting costs no time, with a server on it."""

    def run(
        main: Callable[[Many], Coroutine[Any, Any, None]], answer: Answer, **faults: Any
    ) -> None:
        async def whole() -> None:
            async with FaultyServer(answer, **faults) as server:
                many = Many(server, folder, records)
                async with many.client:
                    await main(many)

        run_virtual(whole())

    return run


def test_each_becomes_one_job_and_the_order_is_kept(go: Callable[..., Any]) -> None:
    async def main(many: Many) -> None:
        items = many.items(*"abcdefg")
        await submit_all(items, 3)
        assert outcomes(items) == ["accepted"] * 7
        assert [split(item.job.raw["title"])[0] for item in items if item.job] == [*"abcdefg"]
        assert sorted(many.posted()) == [*"abcdefg"]
        assert all(item.problem() is None for item in items)

    go(main, Account())


@pytest.mark.parametrize("count", [1, 2, 16])
def test_a_sweep_asks_for_the_quota_once_and_for_no_list(
    count: int, go: Callable[..., Any]
) -> None:
    async def main(many: Many) -> None:
        items = many.items(*(f"job {number}" for number in range(count)))
        await submit_all(items, 4)
        assert outcomes(items) == ["accepted"] * count
        asked = [f"{request.method} {request.target}" for request in many.server.ledger]
        assert asked == ["GET /quotas/pizdaint/", *["POST /jobs/pizdaint/"] * count]

    go(main, Account())


def test_once_an_answer_is_unclear_the_token_is_proved_again(go: Callable[..., Any]) -> None:
    """A service that fails on an old token would else leave every further one in doubt."""
    is_old = False

    def answer(request: Received) -> Reply:
        nonlocal is_old
        is_old = is_old or (request.method == "POST" and title_of(request) == "c")
        return Reply.html(500) if is_old and request.target != "/status/" else account(request)

    account = Account()

    async def main(many: Many) -> None:
        items = many.items(*"abcdefgh", settle=0)
        await submit_all(items, 1)
        assert outcomes(items) == [*["accepted"] * 2, "unconfirmed", *["refused"] * 5]
        assert many.posted() == [*"abc"]

    go(main, answer)


def test_no_more_than_so_many_are_under_way(go: Callable[..., Any]) -> None:
    hold = asyncio.Event()

    async def main(many: Many) -> None:
        items = many.items(*"abcde")
        going = asyncio.create_task(submit_all(items, 2))
        await asyncio.sleep(60)
        assert many.posted() in (["a", "b"], ["b", "a"])
        assert outcomes(items) == ["unconfirmed"] * 2 + [None] * 3
        hold.set()
        await going
        assert outcomes(items) == ["accepted"] * 5

    go(main, Account(), hold=hold)


def test_one_that_is_refused_stops_no_other(go: Callable[..., Any]) -> None:
    account = Account()

    def answer(request: Received) -> Reply:
        if request.method == "POST" and title_of(request) == "b":
            return Reply.json("Quota not enough!", 401)
        return account(request)

    async def main(many: Many) -> None:
        items = many.items(*"abc")
        await submit_all(items, 1)
        assert outcomes(items) == ["accepted", "refused", "accepted"]
        assert isinstance(items[1].error, QuotaRefused)

    go(main, answer)


def test_a_fault_of_ours_in_one_stops_no_other(go: Callable[..., Any]) -> None:
    def broken() -> Submission:
        raise RuntimeError("planted")

    async def main(many: Many) -> None:
        items = [BatchItem(broken, many.records), *many.items("a")]
        await submit_all(items, 1)
        assert outcomes(items) == ["not_sent", "accepted"]
        assert isinstance(items[0].error, NotSent)

    go(main, Account())


class Losing(Account):
    """Makes every job; of the one titled "lost" the answer is lost, and it is listed late."""

    is_listed = False

    def __call__(self, request: Received) -> Reply:
        if request.method == "POST" and title_of(request) == "lost":
            self._create(request)
            return Reply.html(500)
        if request.method == "GET" and request.target.startswith("/jobs/") and not self.is_listed:
            return Reply.json([job for job in self.jobs if "lost" not in job["title"]])
        return super().__call__(request)


def test_a_lost_answer_holds_up_no_other_and_is_cleared_up_meanwhile(
    go: Callable[..., Any],
) -> None:
    account = Losing()

    async def main(many: Many) -> None:
        items = many.items("lost", "a", "b")
        await submit_all(items, 1)
        assert elapsed() < 10
        assert outcomes(items) == ["unconfirmed", "accepted", "accepted"]
        assert isinstance(items[0].error, Unconfirmed)
        account.is_listed = True
        await items[0].ended()
        assert items[0].outcome == "accepted"
        assert items[0].error is None
        assert many.posted() == ["lost", "a", "b"]

    go(main, account)


def test_a_job_that_is_never_found_stays_in_doubt_and_is_not_sent_again(
    go: Callable[..., Any],
) -> None:
    async def main(many: Many) -> None:
        [item] = many.items("lost", settle=100)
        await submit_all([item], 1)
        await item.ended()
        assert item.outcome == "unconfirmed"
        assert item.job is None
        [again] = many.items("lost")
        await submit_all([again], 1)
        assert isinstance(again.error, AlreadySubmitted)
        assert again.error.is_open
        assert many.posted() == ["lost"]

    go(main, Losing())


# --- the very same ----------------------------------------------------------------------


def test_the_very_same_twice_in_one_call_is_sent_once(go: Callable[..., Any]) -> None:
    async def main(many: Many) -> None:
        items = many.items("a", "a", "b", "a")
        await submit_all(items, 4)
        assert sorted(many.posted()) == ["a", "b"]
        assert sorted(str(outcome) for outcome in outcomes(items)) == [
            *("accepted", "accepted", "not_sent", "not_sent")
        ]
        repeats = [e for e in items if isinstance(e.error, AlreadySubmitted)]
        assert len(repeats) == 2
        for item in repeats:
            await item.see_earlier()
            assert item.earlier is not None
            assert item.earlier.seen_job() is not None

    go(main, Account())


def test_a_second_call_sends_nothing_but_what_is_new(go: Callable[..., Any]) -> None:
    async def main(many: Many) -> None:
        first = many.items("a", "b")
        await submit_all(first, 2)
        second = many.items("a", "c", "b")
        await submit_all(second, 2)
        assert outcomes(second) == ["not_sent", "accepted", "not_sent"]
        assert second[0].earlier is not None
        assert second[0].earlier.marker == (first[0].record and first[0].record.marker)
        third = many.items("a", repeat="allow")
        await submit_all(third, 2)
        assert outcomes(third) == ["accepted"]
        assert sorted(many.posted()) == ["a", "a", "b", "c"]

    go(main, Account())


# --- stopping ---------------------------------------------------------------------------


def test_stopping_sends_no_more_and_leaves_alone_what_was_sent(go: Callable[..., Any]) -> None:
    hold = asyncio.Event()

    async def main(many: Many) -> None:
        items = many.items(*"abcde")
        going = asyncio.create_task(submit_all(items, 2))
        await asyncio.sleep(60)
        await stop_all(items)
        assert outcomes(items) == ["unconfirmed"] * 2 + ["not_sent"] * 3
        assert all(isinstance(item.error, Stopped) for item in items[2:])
        in_doubt = items[0].problem()
        assert isinstance(in_doubt, Unconfirmed)
        assert in_doubt.record == (items[0].record and items[0].record.marker)
        await asyncio.sleep(60)
        assert [item.record.problem for item in items[:2] if item.record] == ["", ""]
        hold.set()
        await going
        assert outcomes(items) == ["accepted"] * 2 + ["not_sent"] * 3
        assert items[0].problem() is None
        assert sorted(many.posted()) == ["a", "b"]

    go(main, Account(), hold=hold)


def test_stopping_before_the_first_byte_sends_nothing_and_leaves_no_open_record(
    go: Callable[..., Any], records: Records
) -> None:
    account = Account()

    async def answer(request: Received) -> Reply:
        if request.method == "GET":
            await asyncio.sleep(3600)  # the service takes its time over the job list
        return account(request)

    async def main(many: Many) -> None:
        items = many.items(*"abc")
        going = asyncio.create_task(submit_all(items, 2))
        await asyncio.sleep(5)
        await stop_all(items)
        await going
        assert outcomes(items) == ["not_sent"] * 3
        assert many.posted() == []

    go(main, answer)
    assert {record.state for record in records.load().records} <= {"not_sent"}


def test_stopping_twice_or_after_the_end_changes_nothing(go: Callable[..., Any]) -> None:
    async def main(many: Many) -> None:
        items = many.items("a", "b")
        await submit_all(items, 2)
        await stop_all(items)
        await stop_all(items)
        assert outcomes(items) == ["accepted"] * 2

    go(main, Account())
