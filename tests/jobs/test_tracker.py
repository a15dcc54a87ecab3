"""All jobs of the user: found in every way there is, followed gently, and never given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import NotSent, ServiceFailure
from bspsa_widgets.jobs.discovery import ALL, Scope
from bspsa_widgets.jobs.listing import list_by_system
from bspsa_widgets.jobs.polling import poller
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.jobs.tracker import BACK, BACK_HERE, LISTS, RECORDS, JobTracker
from bspsa_widgets.records.messages import record_words
from bspsa_widgets.records.store import Records
from tests.faulty_server import Account, FaultyServer, Received, Reply, contract
from tests.records.kept import a_job, a_record
from tests.virtual_time import run_virtual

BODY = contract("submit_pizdaint.json")["response"]["body"]
NSG_BODY = contract("submit_nsg.json")["response"]["body"]
POISONED = ("/jobs/", "/jobs/pizdaint/")


@pytest.fixture(autouse=True)
def _without_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)


def a_row(number: int, stage: str = "RUNNING", **changes: Any) -> dict[str, Any]:
    named = {"id": number, "job_id": f"{number:08X}-9E15-4FE3-9F84-0EAEB4CC94AA"}
    return BODY | named | {"stage": stage} | changes


DONE = {"stage": "SUCCESSFUL", "terminal_stage": True, "end_date": "2026-11-23T17:00:00Z"}


class Watching:
    """Jobs that are watched, and the ends that were told."""

    def __init__(
        self, server: FaultyServer, records: Records | None, scope: Scope, *, is_here: bool
    ) -> None:
        self.server = server
        endpoint = Endpoint.parse(server.url).model_copy(update={"is_loopback": is_here})
        self.client = ServiceAccountClient(endpoint, "t")
        self.ends: list[TrackedJob] = []
        self.mine = JobTracker(self.service, records, scope=scope, on_end=self.ends.append)

    async def service(self) -> ServiceAccountClient:
        return self.client

    @property
    def stages(self) -> list[str]:
        return sorted(tracked.job.stage for tracked in self.mine.table.jobs())

    @property
    def looks(self) -> int:
        """Requests for single jobs."""
        return sum(path.count("/") == 5 for path in self.asked())

    def asked(self) -> list[str]:
        return [request.target for request in self.server.ledger]


@asynccontextmanager
async def watching(
    answer: Callable[[Received], Any],
    records: Records | None = None,
    scope: Scope = ALL,
    *,
    is_here: bool = True,
) -> AsyncIterator[Watching]:
    """Jobs at a service on this machine, or at one that is asked as gently as the real one.

    At the end nothing of it may be left, neither task nor poller.
    """
    before = asyncio.all_tasks()
    async with FaultyServer(answer) as server:
        watch = Watching(server, records, scope, is_here=is_here)
        async with watch.client:
            running = asyncio.create_task(watch.mine.run())
            await watch.mine.refresh()
            yield watch
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert asyncio.all_tasks() - server._tasks <= before
        assert not poller._pollers.get(asyncio.get_running_loop())


def poisoned(account: Account) -> Callable[[Received], Reply]:
    """One bad job on Piz Daint: its list and that of all jobs are errors for ever."""
    return lambda request: Reply.html(500) if request.target in POISONED else account(request)


def test_open_jobs_are_followed_one_by_one_and_those_that_are_over_are_left_alone() -> None:
    account = Account([a_row(1), a_row(2, **DONE), a_row(3, "DELETED", terminal_stage=True)])

    async def main() -> None:
        async with watching(account) as watch:
            assert watch.stages == ["DELETED", "RUNNING", "SUCCESSFUL"]
            await asyncio.sleep(10)
            account.jobs[0] |= DONE
            await asyncio.sleep(5)
            assert watch.stages == ["DELETED", "SUCCESSFUL", "SUCCESSFUL"]
            assert [tracked.job.id for tracked in watch.ends] == [1]
            assert {path for path in watch.asked() if path != "/jobs/"} == {
                f"/jobs/pizdaint/bsp_pizdaint_01/{a_row(1)['job_id']}/"
            }

    run_virtual(main())


def test_a_hundred_open_jobs_cost_a_list_in_half_a_minute() -> None:
    account = Account([a_row(number) for number in range(100)])

    async def main() -> None:
        async with watching(account, is_here=False) as watch:
            await asyncio.sleep(600)
            assert 600 / 40 < len(watch.server.ledger) <= 600 / 35 + 3
            assert watch.looks == 0
            account.jobs[7] |= DONE
            await asyncio.sleep(40)
            assert [tracked.job.id for tracked in watch.ends] == [7]

    run_virtual(main(), real_seconds=60)


def test_a_hundred_open_jobs_whose_list_is_broken_are_looked_at_one_by_one() -> None:
    account = Account([a_row(number) for number in range(100)])
    records_of = {f"/jobs/pizdaint/bsp_pizdaint_01/{a_row(n)['job_id']}/" for n in range(100)}
    is_broken = [False]

    def answer(request: Received) -> Reply:
        is_list = request.target.count("/") < 5
        return Reply.html(500) if is_broken[0] and is_list else account(request)

    async def main() -> None:
        async with watching(answer, is_here=False) as watch:
            is_broken[0] = True
            await asyncio.sleep(600)
            alone = [path for path in watch.asked() if path in records_of]
            assert set(alone) == records_of
            assert 600 / 0.35 * 0.6 < len(alone) <= 600 / 0.35 + 10
            assert len(watch.server.ledger) - len(alone) < 60  # further tries, with the fallbacks

    run_virtual(main(), real_seconds=60)


def test_monitors_of_an_endpoint_share_their_lists() -> None:
    account = Account([a_row(number, **DONE) for number in range(3)])

    async def main() -> None:
        async with watching(account, is_here=False) as watch:
            others = [JobTracker(watch.service) for _ in range(9)]
            running = [asyncio.create_task(other.run()) for other in others]
            await asyncio.sleep(4 * LISTS)
            assert watch.asked().count("/jobs/") <= 5
            account.jobs.append(a_row(9))
            await watch.mine.refresh()
            await asyncio.sleep(RECORDS + 1)
            assert {len(other.table) for other in others} == {4}
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    run_virtual(main(), real_seconds=60)


def test_those_of_another_user_have_lists_of_their_own() -> None:
    def answer(request: Received) -> Reply:
        is_ours = request.header("Authorization") == ["Bearer t"]
        return Account([a_row(1 if is_ours else 2, **DONE)])(request)

    async def main() -> None:
        async with (
            watching(answer) as watch,
            ServiceAccountClient(watch.client.endpoint, "another") as client,
        ):

            async def service() -> ServiceAccountClient:
                return client

            theirs = JobTracker(service)
            await theirs.refresh()
            await asyncio.sleep(3 * RECORDS)
            assert [tracked.job.id for tracked in theirs.shown()] == [2]
            assert [tracked.job.id for tracked in watch.mine.shown()] == [1]
            await theirs.stop()

    run_virtual(main())


def test_the_lists_are_read_every_few_minutes_only() -> None:
    async def main() -> None:
        async with watching(Account([a_row(1)]), is_here=False) as watch:
            await asyncio.sleep(3 * LISTS + 60)
            assert watch.asked().count("/jobs/") == 4

    run_virtual(main())


def test_one_broken_job_costs_its_projects_list_only_and_the_token_is_not_blamed() -> None:
    account = Account([a_row(1), a_row(2, project_name="other"), NSG_BODY | {"id": 9}])
    bad = "/jobs/pizdaint/bsp_pizdaint_01/"

    def answer(request: Received) -> Reply:
        if request.target in (*POISONED, bad):
            return Reply.html(500)
        if request.target == "/quotas/pizdaint/":
            names = ("bsp_pizdaint_01", "other")
            return Reply.json([{"project_name": n, "project_hpc": "PIZDAINT"} for n in names])
        wanted = request.target.removeprefix("/jobs/").strip("/").split("/")
        if request.target.startswith("/jobs/") and len(wanted) == 2:
            return Reply.json([job for job in account.jobs if job["project_name"] == wanted[1]])
        if request.target == "/jobs/nsg/":
            return Reply.json(account.jobs[2:])
        return account(request)

    async def main() -> None:
        async with watching(answer) as watch:
            assert sorted(tracked.job.id for tracked in watch.mine.table.jobs()) == [2, 9]
            assert list(watch.mine.reading.failed) == ["Piz Daint — CSCS"]
            told = watch.mine.reading.failed["Piz Daint — CSCS"]
            assert "bsp_pizdaint_01" in told.message
            assert "one broken job" in told.message.lower()
            assert "token" not in str(told)
            for path in (bad, "/jobs/pizdaint/other/", "/quotas/pizdaint/"):
                assert watch.asked().count(path) == 1

    run_virtual(main())


def test_a_list_that_fails_while_nothing_else_answers_may_be_the_tokens_fault() -> None:
    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply.html(500)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(ServiceFailure, match="token"):
                await list_by_system(client)

    run_virtual(main())


def test_a_broken_list_hides_neither_the_other_system_nor_the_jobs_of_the_records(
    records: Records,
) -> None:
    async def main() -> None:
        account = Account([NSG_BODY | {"id": 9}])
        async with FaultyServer(Account()) as elsewhere:  # only for a port that is taken
            record = a_record("accepted", elsewhere.url)
        account.jobs.append(a_job(record) | {"stage": "RUNNING"})
        record = record.moved("accepted", job=a_job(record))
        records.save(record)

        def answer(request: Received) -> Reply:
            if request.target == "/jobs/nsg/":
                return Reply.json(account.jobs[:1])
            return poisoned(account)(request)

        async with watching(answer, records) as watch:
            assert list(watch.mine.reading.failed) == ["Piz Daint — CSCS"]
            assert watch.mine.reading.state == "live"
            await asyncio.sleep(5)
            assert watch.stages == sorted(["RUNNING", NSG_BODY["stage"]])
            own = next(tracked for tracked in watch.mine.table.jobs() if tracked.record)
            assert own.record == record.marker
            account.jobs[1] |= DONE
            await asyncio.sleep(5)
        assert [tracked.record for tracked in watch.ends] == [record.marker]
        kept = records.read(record.marker)
        assert kept is not None
        assert kept.state == "over"

    run_virtual(main())


def test_a_job_that_is_known_in_two_ways_is_one_row(records: Records) -> None:
    record = a_record("accepted")
    job = a_job(record, project_name="BSP_PizDaint_01")
    records.save(record.moved("accepted", job=job | {"job_id": job["job_id"].lower()}))

    async def main() -> None:
        async with watching(Account([job]), records) as watch:
            (tracked,) = watch.mine.table.jobs()
            assert tracked.record == record.marker
            assert watch.mine.following == 1

    run_virtual(main())


def test_a_record_that_comes_while_it_is_watched_is_taken_up_without_a_list(
    records: Records,
) -> None:
    record = a_record("accepted")
    account = Account()

    async def main() -> None:
        async with watching(account, records) as watch:
            assert watch.stages == []
            lists = watch.asked().count("/jobs/")
            account.jobs.append(a_job(record))
            records.save(record.moved("accepted", job=a_job(record)))
            await asyncio.sleep(RECORDS + 1)
            assert watch.stages == ["QUEUED"]
            assert watch.asked().count("/jobs/") == lists

    run_virtual(main())


def test_a_record_of_another_service_is_not_asked_for_here(records: Records) -> None:
    record = a_record("accepted", "https://elsewhere.example")
    records.save(record.moved("accepted", job=a_job(record)))

    async def main() -> None:
        async with watching(Account(), records) as watch:
            assert watch.stages == []

    run_virtual(main())


AWAY = ["DELETED", "CANCELED", "404"]


def hiding(account: Account, how: str, is_hidden: list[bool]) -> Callable[[Received], Reply]:
    """The service does not show its job for as long as that is so: alone, nor in the list."""

    def answer(request: Received) -> Reply:
        if not is_hidden[0]:
            return account(request)
        if how == "404":
            is_list = request.target == "/jobs/"
            return Reply.json([]) if is_list else Reply.json("Job not found!", 404)
        hidden = [job | {"stage": how} for job in account.jobs]
        return Account(hidden)(request)

    return answer


@pytest.mark.parametrize("how", AWAY)
def test_a_job_that_is_not_shown_is_lost_and_then_taken_up_again(how: str) -> None:
    account, is_hidden = Account([a_row(1)]), [False]

    async def main() -> None:
        async with watching(hiding(account, how, is_hidden), is_here=False) as watch:
            is_hidden[0] = True
            waiting = asyncio.create_task(watch.mine.settled(watch.mine.table.jobs()[0].key))
            await asyncio.sleep(600)
            (tracked,) = watch.mine.table.jobs()
            assert (tracked.is_lost, tracked.job.stage) == (True, "RUNNING")  # as last known
            assert not waiting.done()
            assert watch.ends == []
            looks = watch.looks
            assert looks < 12
            is_hidden[0] = False
            await asyncio.sleep(LISTS + 60)  # at the latest the next list shows it
            (tracked,) = watch.mine.table.jobs()
            assert not tracked.is_lost
            assert watch.looks > looks + 2  # closely, as any other
            account.jobs[0] |= DONE
            assert (await waiting).job.outcome == "succeeded"
            assert [end.job.outcome for end in watch.ends] == ["succeeded"]

    run_virtual(main(), real_seconds=60)


def test_a_blip_loses_no_job() -> None:
    account = Account([a_row(1)])
    missing = [False]
    misses: asyncio.Queue[Received] = asyncio.Queue()

    def answer(request: Received) -> Reply:
        if missing[0] and request.target != "/jobs/":
            misses.put_nowait(request)
            return Reply.json("Job not found!", 404)
        return account(request)

    async def main() -> None:
        async with watching(answer) as watch:
            missing[0] = True
            await misses.get()
            await misses.get()
            missing[0] = False
            await asyncio.sleep(5)
            (tracked,) = watch.mine.table.jobs()
            assert not tracked.is_lost
            assert tracked.problem is None

    run_virtual(main())


def test_jobs_that_are_not_shown_do_not_slow_down_the_looks_at_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bspsa_widgets.jobs.polling.poller.APART", 2.0)
    account = Account([a_row(number, "DELETED") for number in range(2, 22)] + [a_row(1)])

    async def main() -> None:
        async with watching(account, is_here=False) as watch:
            await asyncio.sleep(300)
            path = f"/jobs/pizdaint/bsp_pizdaint_01/{a_row(1)['job_id']}/"
            assert watch.asked().count(path) > 10

    run_virtual(main(), real_seconds=60)


def test_a_job_that_was_cancelled_from_here_ends_as_cancelled_and_its_record_says_so(
    records: Records,
) -> None:
    record = a_record("accepted")
    account = Account([a_job(record, stage="RUNNING")])
    records.save(record.moved("accepted", job=account.jobs[0]))

    async def main() -> None:
        async with watching(account, records) as watch:
            async with ServiceAccountClient(watch.server.url, "t") as elsewhere:
                await elsewhere.delete(watch.mine.table.jobs()[0].ref)
            account.jobs[0] |= {"stage": "FAILED", "terminal_stage": True, "failed": True}
            await asyncio.sleep(10)
            assert [tracked.job.outcome for tracked in watch.ends] == ["cancelled"]

    run_virtual(main())
    kept = records.read(record.marker)
    assert kept is not None
    assert (kept.state, kept.end_sent) == ("over", "cancel")
    assert record_words(kept) == "The job was cancelled."


def test_a_record_knows_of_a_cancel_where_nothing_else_does(records: Records) -> None:
    record = a_record("accepted")
    account = Account([a_job(record, stage="RUNNING")])
    records.save(record.moved("accepted", job=account.jobs[0], end_sent="cancel"))

    async def main() -> None:
        async with watching(account, records) as watch:
            account.jobs[0] |= {"stage": "FAILED", "terminal_stage": True, "failed": True}
            await asyncio.sleep(10)
            assert [tracked.job.outcome for tracked in watch.ends] == ["cancelled"]

    run_virtual(main())


def test_an_end_that_the_list_shows_is_told_once() -> None:
    account = Account([a_row(1, "QUEUED")])

    async def main() -> None:
        async with watching(account, is_here=False) as watch:
            await asyncio.sleep(400)  # by now it is looked at every two minutes
            account.jobs[0] |= DONE
            await watch.mine.refresh()
            assert [tracked.job.stage for tracked in watch.ends] == ["SUCCESSFUL"]
            assert watch.mine.following == 0
            await asyncio.sleep(600)
            assert len(watch.ends) == 1

    run_virtual(main())


def test_a_list_that_took_long_does_not_undo_a_later_look() -> None:
    account = Account([a_row(1, "QUEUED")])
    slow = [False]

    async def answer(request: Received) -> Reply:
        reply = account(request)
        if slow[0] and request.target == "/jobs/":
            await asyncio.sleep(20)
        return reply

    async def main() -> None:
        async with watching(answer) as watch:
            slow[0] = True
            reading = asyncio.create_task(watch.mine.refresh())
            await asyncio.sleep(1)
            account.jobs[0] |= {"stage": "RUNNING"}
            await reading
            assert watch.stages == ["RUNNING"]

    run_virtual(main())


def test_a_service_that_fails_is_asked_ever_more_seldom_and_what_was_known_stays() -> None:
    account = Account([a_row(1, **DONE)])
    broken = [True]

    def answer(request: Received) -> Reply:
        return Reply.json("no", 403) if broken[0] else account(request)

    async def main() -> None:
        async with watching(answer, is_here=False) as watch:
            assert watch.mine.reading.state == "failed"
            assert watch.mine.reading.problem is not None
            await asyncio.sleep(30 + 60 + 120 + 240 + 5)
            assert watch.asked().count("/jobs/") == 5
            broken[0] = False
            await watch.mine.refresh()
            assert watch.mine.reading.state == "live"
            broken[0] = True
            await watch.mine.refresh()
            assert watch.mine.reading.state == "old"
            assert watch.stages == ["SUCCESSFUL"]

    run_virtual(main())


@pytest.mark.parametrize("is_here", [True, False])
@pytest.mark.parametrize("outage", [10, 70, 1_000])
def test_after_an_outage_the_lists_are_back_within_one_look(outage: float, is_here: bool) -> None:
    account = Account([a_row(1, **DONE)])
    is_away = [False]

    def answer(request: Received) -> Reply:
        return Reply.html(502) if is_away[0] else account(request)

    async def main() -> None:
        async with watching(answer, is_here=is_here) as watch:
            is_away[0] = True
            await watch.mine.refresh()
            assert watch.mine.reading.state == "old"
            await asyncio.sleep(outage)
            is_away[0] = False
            await asyncio.sleep(BACK_HERE + 5 if is_here else BACK + 5)
            assert watch.mine.reading.state == "live"

    run_virtual(main())


def test_a_look_at_a_job_that_fails_tells_of_an_outage_long_before_the_next_list() -> None:
    account = Account([a_row(1)])
    is_away = [False]

    def answer(request: Received) -> Reply:
        return Reply.html(502) if is_away[0] else account(request)

    async def main() -> None:
        async with watching(answer, is_here=False) as watch:
            await asyncio.sleep(60)
            is_away[0] = True
            await asyncio.sleep(60)
            assert watch.mine.reading.state == "old"
            is_away[0] = False
            await asyncio.sleep(BACK + 5)
            assert watch.mine.reading.state == "live"

    run_virtual(main())


def test_lists_that_fail_at_a_service_that_answers_are_asked_for_ever_more_seldom() -> None:
    account = Account([a_row(1, **DONE)])

    def answer(request: Received) -> Reply:
        return Reply.html(500) if request.target.startswith("/jobs/") else account(request)

    async def main() -> None:
        async with watching(answer, is_here=False) as watch:
            quotas = watch.asked().count("/quotas/")
            lists = watch.asked().count("/jobs/")
            await asyncio.sleep(30 + 60 + 120 + 240 + 5)
            assert watch.asked().count("/jobs/") <= lists + 4 * 4  # a GET is tried again
            assert watch.asked().count("/quotas/") <= quotas + 6

    run_virtual(main())


def test_who_asks_while_the_lists_are_read_shares_the_answer() -> None:
    async def main() -> None:
        async with watching(Account([a_row(1, **DONE)])) as watch:
            before = len(watch.server.ledger)
            await asyncio.gather(*(watch.mine.refresh() for _ in range(5)))
            assert len(watch.server.ledger) == before + 1

    run_virtual(main())


def test_where_no_service_runs_that_is_told_and_a_later_one_is_found() -> None:
    async def main() -> None:
        async def service() -> ServiceAccountClient:
            if not is_there:
                raise NotSent("No local service runs on this machine.")
            return client

        is_there = False
        async with FaultyServer(Account([a_row(1)])) as server:
            client = ServiceAccountClient(server.url, "t")
            mine = JobTracker(service)
            running = asyncio.create_task(mine.run())
            assert (await mine.refresh()).state == "failed"
            is_there = True
            await asyncio.sleep(RECORDS + 1)
            assert mine.reading.state == "live"
            assert len(mine.table) == 1
            running.cancel()
            await asyncio.wait([running])
            await client.aclose()

    run_virtual(main())


def test_the_jobs_of_a_service_that_has_gone_are_dropped_on_demand_and_back_with_it(
    records: Records,
) -> None:
    record = a_record("accepted")
    records.save(record.moved("accepted", job=a_job(record)))
    account = Account([a_job(record), a_row(2, **DONE)])
    is_away = [False]

    def answer(request: Received) -> Reply:
        return Reply.html(502) if is_away[0] else account(request)

    async def main() -> None:
        async with watching(answer, records) as watch:
            assert len(watch.mine.table) == 2
            is_away[0] = True
            await watch.mine.refresh()
            await watch.mine.forget()
            assert (watch.mine.reading.state, len(watch.mine.table)) == ("failed", 0)
            await asyncio.sleep(60)
            assert (watch.mine.reading.state, len(watch.mine.table)) == ("failed", 0)
            is_away[0] = False
            await asyncio.sleep(BACK_HERE + 2 * RECORDS + 5)
            assert (watch.mine.reading.state, len(watch.mine.table)) == ("live", 2)
            assert sum(bool(tracked.record) for tracked in watch.mine.table.jobs()) == 1

    run_virtual(main())


def test_the_jobs_of_another_service_are_dropped() -> None:
    async def main() -> None:
        async with watching(Account([a_row(1)])) as watch:
            async with FaultyServer(Account([a_row(2, **DONE)])) as other:
                first, watch.client = watch.client, ServiceAccountClient(other.url, "t")
                await watch.mine.refresh()
                assert watch.stages == ["SUCCESSFUL"]
                assert watch.mine.following == 0
                await watch.client.aclose()
            await first.aclose()

    run_virtual(main())


@pytest.mark.parametrize(
    ("scope", "path", "found"),
    [
        (Scope.of("NSG", ""), "/jobs/nsg/", ["b"]),
        (Scope.of("pizdaint", "Other"), "/jobs/pizdaint/other/", ["c"]),
        (Scope.of("", "other"), "/jobs/", ["c"]),
    ],
)
def test_of_a_scope_only_what_is_in_it_is_asked_for(
    scope: Scope, path: str, found: list[str]
) -> None:
    rows = [
        a_row(1, title="a"),
        NSG_BODY | {"id": 2, "title": "b"},
        a_row(3, title="c", project_name="other"),
    ]

    async def main() -> None:
        async with watching(Account(rows), scope=scope) as watch:
            assert watch.asked() == [path]
            assert [tracked.job.title for tracked in watch.mine.shown()] == found

    run_virtual(main())


def test_after_the_end_nobody_asks_whoever_wants_it() -> None:
    async def main() -> None:
        async with watching(Account([a_row(1)])) as watch:
            await watch.mine.stop()
            asked = len(watch.server.ledger)
            (tracked,) = watch.mine.table.jobs()
            await watch.mine.refresh()
            assert tracked.checked is not None
            watch.mine.update(tracked, tracked.job, tracked.checked)
            await asyncio.sleep(10)
            assert len(watch.server.ledger) == asked
            assert watch.mine.following == 0

    run_virtual(main())


def test_waiting_for_a_job_ends_with_it() -> None:
    account = Account([a_row(1)])

    async def main() -> None:
        async with watching(account) as watch:
            (tracked,) = watch.mine.table.jobs()
            waiting = asyncio.create_task(watch.mine.settled(tracked.key))
            await asyncio.sleep(20)
            assert not waiting.done()
            account.jobs[0] |= DONE
            end = await waiting
            assert end is not None
            assert end.job.outcome == "succeeded"

    run_virtual(main())


def test_a_fault_of_ours_is_told_at_the_job_which_is_followed_again_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = ServiceAccountClient.job

    async def broken(self: ServiceAccountClient, ref: object) -> Any:
        raise ZeroDivisionError

    async def main() -> None:
        async with watching(Account([a_row(1)])) as watch:
            monkeypatch.setattr(ServiceAccountClient, "job", broken)
            await asyncio.sleep(5)
            (tracked,) = watch.mine.table.jobs()
            assert "ZeroDivisionError" in str(tracked.problem)
            assert not tracked.is_settled
            monkeypatch.setattr(ServiceAccountClient, "job", real)
            await watch.mine.refresh()
            await asyncio.sleep(5)
            (tracked,) = watch.mine.table.jobs()
            assert tracked.problem is None
            assert watch.ends == []

    run_virtual(main())
    assert "following a job broke" in caplog.text
