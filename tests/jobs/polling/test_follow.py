"""A job is followed to its end; a look that fails says nothing about the job."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure
from bspsa_widgets.jobs.polling.follow import Poll, PollInterval, follow
from bspsa_widgets.jobs.polling.interval import DAY
from tests.faulty_server import FaultyServer, Reply, contract
from tests.virtual_time import elapsed, run_virtual

BODY = contract("job.json")["examples"][0]["body"]


def stage(name: str, **changes: Any) -> Reply:
    return Reply.json(BODY | {"stage": name} | changes)


DONE = stage("SUCCESSFUL", terminal_stage=True)


@pytest.fixture(autouse=True)
def _without_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)


class Followed(NamedTuple):
    """The looks, and the virtual seconds between the end of one and the next."""

    looks: list[Poll]
    pauses: list[float]


class Client(ServiceAccountClient):
    """Takes the next reply for each look, however often the look asks for it."""

    def __init__(self, url: str, replies: Iterator[Reply | BspsaError]) -> None:
        super().__init__(url, "t")
        self.reply = Reply()
        self.pauses: list[float] = []
        self._replies = replies
        self._ended = 0.0

    async def job(self, ref: JobRef) -> Job:
        self.pauses.append(round(elapsed() - self._ended, 3))
        reply = next(self._replies)
        try:
            if isinstance(reply, BspsaError):
                raise reply
            self.reply = reply
            return await super().job(ref)
        finally:
            self._ended = elapsed()


def watched(
    replies: Iterable[Reply | BspsaError],
    first: dict[str, Any] = BODY,
    interval: PollInterval | None = None,
    tracked: dict[str, Any] | None = None,
) -> Followed:
    """Follow a job to its end against a service that answers `replies`, all of them.

    Args:
        tracked: what is known of the job that the service does not tell.
    """
    answers = iter(replies)

    async def main() -> Followed:
        job = Job.parse(first).model_copy(update=tracked or {})
        async with FaultyServer(lambda _: client.reply) as server:
            client = Client(server.url, answers)
            async with client, aclosing(follow(client, JobRef.of(job), job, interval)) as looks:
                return Followed([look async for look in looks], client.pauses)

    found = run_virtual(main(), seconds=60 * DAY)
    assert list(answers) == [], "it did not look to the end"
    for look in found.looks:
        assert look.job.terminal_stage or look.job.outcome != "failed"
    return found


def followed(replies: Iterable[Reply], first: dict[str, Any] = BODY) -> list[Poll]:
    return watched(replies, first).looks


def stages(looks: list[Poll]) -> list[str]:
    return [look.job.stage for look in looks]


def test_it_ends_on_the_terminal_stage() -> None:
    looks = followed([stage("QUEUED"), stage("RUNNING"), stage("STAGINGOUT"), DONE])
    assert stages(looks) == ["QUEUED", "QUEUED", "RUNNING", "STAGINGOUT", "SUCCESSFUL"]
    assert looks[-1].job.outcome == "succeeded"


def test_a_job_that_is_over_is_not_looked_at_again() -> None:
    over = BODY | {"stage": "FAILED", "terminal_stage": True, "failed": True}
    [look] = followed([], over)
    assert look.job.outcome == "failed"


def test_failed_before_the_end_is_not_a_failure() -> None:
    """api.md section 5.1: Piz Daint says failed of every job that goes on."""
    looks = followed([stage("RUNNING", failed=True), stage("RUNNING", failed=True), DONE])
    assert [look.job.outcome for look in looks] == [None, None, None, "succeeded"]


def test_looks_that_fail_are_shown_and_do_not_end_it() -> None:
    bad = [
        Reply.html(),
        Reply.html(502),
        Reply.json("HPC not reachable", 503),
        Reply(raw=b"", end="reset"),
        Reply(raw=b"garbage", end="close"),
        Reply.json([]),
        Reply.json({"detail": "no"}, 403),
        Reply.json("Job not found!", 404),
        Reply.json("Job not found!", 404),
    ]
    looks = followed([stage("RUNNING"), *bad, DONE])
    assert stages(looks) == ["QUEUED", *["RUNNING"] * 10, "SUCCESSFUL"]
    assert [look.problem is not None for look in looks] == [False] * 2 + [True] * 9 + [False]
    assert isinstance(looks[2].problem, ServiceFailure)
    assert len({look.at for look in looks[1:11]}) == 1  # the date of what is known, not of now


def test_a_blip_of_deleted_is_not_an_end() -> None:
    looks = followed([stage("DELETED"), stage("RUNNING"), stage("DELETED"), stage("RUNNING"), DONE])
    assert stages(looks)[-1] == "SUCCESSFUL"


GONE = Reply.json("Job not found!", 404)


@pytest.mark.parametrize("away", [stage("DELETED"), stage("CANCELED"), GONE])
def test_a_job_that_is_not_shown_is_never_over_and_is_taken_up_again(away: Reply) -> None:
    """The service says DELETED whenever the HPC system does not find the job for a moment."""
    looks = followed([stage("RUNNING"), *[away] * 9, stage("RUNNING"), DONE])
    assert stages(looks) == ["QUEUED", *["RUNNING"] * 11, "SUCCESSFUL"]
    assert [look.is_lost for look in looks] == [False] * 4 + [True] * 7 + [False] * 2
    assert all(isinstance(look.problem, NotFound) for look in looks[2:11])
    assert len({look.at for look in looks[1:11]}) == 1  # the date of what is known, not of now


def test_a_job_that_is_not_shown_is_looked_at_more_and_more_rarely() -> None:
    away = [stage("DELETED")] * 30
    pauses = watched(
        [stage("RUNNING"), *away, stage("RUNNING"), DONE], interval=PollInterval(2, 2, 10)
    ).pauses
    assert pauses[:4] == [2, 2, 4, 8]  # a blip: as before
    lost = pauses[4:31]
    assert lost[0] == 10
    for earlier, later in pairwise(lost):
        assert later == pytest.approx(min(1.5 * earlier, DAY), abs=0.01)
    assert lost[-1] == DAY == 86_400
    assert 10 <= sum(sum(lost[:n]) <= DAY for n in range(1, 27)) <= 25  # looks on the first day
    assert pauses[-1] == 2  # it is back: closely again


def test_a_look_that_fails_for_another_reason_neither_finds_nor_loses_it() -> None:
    bad = Reply.html(502)
    looks = followed([GONE, bad, stage("DELETED"), bad, GONE, bad, stage("RUNNING"), DONE])
    assert [look.is_lost for look in looks] == [False] * 5 + [True] * 2 + [False] * 2


def test_a_job_that_was_not_shown_when_it_was_seen_first_is_looked_at_rarely() -> None:
    replies = [stage("DELETED"), stage("RUNNING"), DONE]
    found = watched(replies, BODY | {"stage": "DELETED"}, PollInterval())
    assert found.looks[0].is_lost
    assert found.pauses[:2] == [30, 45]


def test_a_job_that_was_ended_from_here_is_over_once_it_is_shown_as_deleted_twice() -> None:
    sent = {"end_sent": "cancel"}
    looks = watched([stage("RUNNING"), stage("DELETED"), stage("DELETED")], tracked=sent).looks
    assert (looks[-1].job.outcome, looks[-1].is_lost) == ("cancelled", False)


def test_a_job_that_was_ended_from_here_and_is_gone_then_is_not_called_lost() -> None:
    """Shown as deleted once, it is cancelled by all that is known; it is looked at rarely."""
    replies = [stage("RUNNING"), stage("DELETED"), *[GONE] * 6, stage("DELETED"), stage("DELETED")]
    found = watched(replies, interval=PollInterval(2, 2, 10), tracked={"end_sent": "cancel"})
    assert not any(look.is_lost for look in found.looks)
    assert [look.job.outcome for look in found.looks[2:]] == ["cancelled"] * 9
    assert found.pauses[5:8] == [10, 15, 22.5]


def test_a_job_that_was_cancelled_from_here_is_not_called_failed() -> None:
    failed = stage("FAILED", terminal_stage=True, failed=True)
    looks = watched([stage("RUNNING"), failed], tracked={"end_sent": "cancel"}).looks
    assert looks[-1].job.outcome == "cancelled"


def test_whoever_comes_new_does_not_wait_for_the_next_rare_look() -> None:
    replies = iter([*[stage("DELETED")] * 20, stage("RUNNING"), DONE])

    async def main() -> None:
        job = Job.parse(BODY)
        async with (
            FaultyServer(lambda _: next(replies)) as server,
            ServiceAccountClient(server.url, "t") as client,
            aclosing(follow(client, JobRef.of(job), job)) as first,
        ):
            while len(server.ledger) < 20:
                await anext(first)
            before = elapsed()
            async with aclosing(follow(client, JobRef.of(job), job)) as second:
                assert (await anext(second)).is_lost
                assert not (await anext(second)).is_lost
            assert elapsed() == before

    run_virtual(main())


def test_stages_that_nobody_knows_are_kept_and_followed() -> None:
    looks = followed([stage("ON_HOLD"), stage("<script>"), stage(""), DONE])
    assert stages(looks) == ["QUEUED", "ON_HOLD", "<script>", "", "SUCCESSFUL"]


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_the_dates_of_the_service_decide_nothing(days: int) -> None:
    """Its clock may be wrong, or this machine's."""
    date = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    off = {"init_date": date, "end_date": date}
    going = ["QUEUED"] * 3 + ["RUNNING"] * 4
    without = watched([*map(stage, going), DONE])
    ended = stage("SUCCESSFUL", terminal_stage=True, **off)
    wrong = watched([*(stage(name, **off) for name in going), ended], BODY | off)
    assert stages(wrong.looks) == stages(without.looks)
    assert wrong.pauses == without.pauses


def test_looks_grow_apart_and_come_close_again_after_a_change() -> None:
    interval = PollInterval(2, 2, 10, 20)
    going = ["QUEUED"] * 5 + ["RUNNING"] * 4
    found = watched([*map(stage, going), DONE], interval=interval)
    assert found.pauses == [2, 4, 8, 16, 20, 20, 2, 4, 8, 10]


def test_looks_that_fail_grow_apart_like_others() -> None:
    bad = Reply.html(500)
    found = watched([bad, bad, stage("QUEUED"), bad, DONE], interval=PollInterval(2, 2, 10))
    assert found.pauses == [2, 4, 8, 16, 32]
    problems = [look.problem is not None for look in found.looks]
    assert problems == [False, True, True, False, True, False]


@pytest.mark.parametrize(("asked", "waited"), [(50, 50), (0, 2), (1000, 600), (None, 2)])
def test_it_waits_as_long_as_the_service_asks_for_within_bounds(
    asked: float | None, waited: float
) -> None:
    busy = ServiceFailure("Busy.", status=503, retry_after=asked)
    pauses = watched([busy, stage("RUNNING"), DONE], interval=PollInterval(2, 1, 2)).pauses
    assert pauses == [2, waited, 2]


def test_leaving_early_leaves_nothing_behind() -> None:
    async def main() -> int:
        job = Job.parse(BODY)
        async with (
            FaultyServer(lambda _: stage("RUNNING")) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            before = asyncio.all_tasks()
            async with aclosing(follow(client, JobRef.of(job), job)) as looks:
                async for look in looks:
                    if look.job.stage == "RUNNING":
                        break
            assert asyncio.all_tasks() - server._tasks <= before
            await asyncio.sleep(3600)
            return len(server.ledger)

    assert run_virtual(main()) == 1


def test_what_breaks_the_looking_reaches_the_follower() -> None:
    async def main() -> None:
        job = Job.parse(BODY)

        class Broken(ServiceAccountClient):
            async def job(self, ref: JobRef) -> Job:
                raise RuntimeError("planted")

        before = asyncio.all_tasks()
        async with (
            Broken("http://127.0.0.1:1", "t") as client,
            aclosing(follow(client, JobRef.of(job), job)) as looks,
        ):
            assert (await anext(looks)).job == job
            with pytest.raises(RuntimeError, match="planted"):
                await anext(looks)
        assert asyncio.all_tasks() == before

    run_virtual(main())
