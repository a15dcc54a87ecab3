"""Those who follow share the looks, disturb nobody, and are gentle with the service."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import NotFound, ServiceFailure, TokenError
from bspsa_widgets.jobs.polling import poller
from bspsa_widgets.jobs.polling.follow import Poll, PollInterval, follow
from bspsa_widgets.jobs.polling.rate_limit import AT_ONCE
from tests.faulty_server import FaultyServer, Received, Reply, contract
from tests.virtual_time import elapsed, run_virtual

BODY = contract("job.json")["examples"][0]["body"]
JOB = Job.parse(BODY)
REF = JobRef.of(JOB)
STEADY = PollInterval(10, 1, 10)


@pytest.fixture(autouse=True)
def _without_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)


def stage(name: str, **changes: Any) -> Reply:
    return Reply.json(BODY | {"stage": name} | changes)


DONE = stage("SUCCESSFUL", terminal_stage=True)


def story(*replies: Reply) -> Callable[[Received], Reply]:
    """One reply after the other; the last one stays."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@asynccontextmanager
async def serving(answer: Callable[[Received], Reply]) -> AsyncIterator[FaultyServer]:
    """At the end nothing of the followers may be left, neither task nor poller."""
    before = asyncio.all_tasks()
    async with FaultyServer(answer) as server:
        yield server
        assert asyncio.all_tasks() - server._tasks <= before
        assert not poller._pollers.get(asyncio.get_running_loop())


class Slow(ServiceAccountClient):
    """Each look takes three seconds."""

    async def job(self, ref: JobRef) -> Job:
        await asyncio.sleep(3)
        return await super().job(ref)


async def to_the_end(client: ServiceAccountClient, job: Job = JOB) -> list[Poll]:
    async with aclosing(follow(client, JobRef.of(job), job, STEADY)) as looks:
        return [look async for look in looks]


def names(looks: list[Poll]) -> list[str]:
    return [look.job.stage for look in looks]


async def until(task: asyncio.Task[Any], seconds: float) -> None:
    """Cancel a follower then, and wait until it has ended."""
    await asyncio.sleep(seconds - elapsed())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_three_who_follow_one_job_cost_as_much_as_one() -> None:
    replies = [stage("QUEUED"), stage("RUNNING"), stage("RUNNING"), DONE]

    async def main() -> None:
        async with serving(story(*replies)) as server:
            async with (
                ServiceAccountClient(server.url, "t") as one,
                ServiceAccountClient(server.url, "t") as other,
            ):
                found = await asyncio.gather(to_the_end(one), to_the_end(one), to_the_end(other))
            for looks in found:
                assert names(looks) == ["QUEUED", "QUEUED", "RUNNING", "RUNNING", "SUCCESSFUL"]
                assert looks[1:] == found[0][1:]
            assert len(server.ledger) == len(replies)

    run_virtual(main())


def test_who_comes_late_is_told_the_last_look_at_once() -> None:
    async def main() -> None:
        async with (
            serving(story(stage("RUNNING"), DONE)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            first = asyncio.create_task(to_the_end(client))
            await asyncio.sleep(15)
            late = await to_the_end(client)
            assert names(late) == ["RUNNING", "SUCCESSFUL"]
            assert late == (await first)[1:]
            assert len(server.ledger) == 2

    run_virtual(main())


def test_after_the_end_nobody_asks() -> None:
    async def main() -> None:
        async with serving(story(DONE)) as server, ServiceAccountClient(server.url, "t") as client:
            looks = await to_the_end(client)
            again = await to_the_end(client, looks[-1].job)
            await asyncio.sleep(3600)
            assert names(again) == ["SUCCESSFUL"]
            assert len(server.ledger) == 1

    run_virtual(main())


def rows_of(jobs: list[Job], **changes: Any) -> list[dict[str, Any]]:
    return [BODY | {"job_id": job.job_id} | changes for job in jobs]


def many(count: int) -> list[Job]:
    return [Job.parse(BODY | {"job_id": f"{number:08X}"}) for number in range(count)]


def is_list(request: Received) -> bool:
    return request.target.count("/") < 5


def test_fifty_jobs_that_no_list_shows_are_asked_for_one_by_one_and_few_at_once() -> None:
    jobs = many(50)
    over = BODY | {"stage": "SUCCESSFUL", "terminal_stage": True}

    def answer(request: Received) -> Reply:
        if is_list(request):
            return Reply.json([])
        return Reply.json(over | {"job_id": request.target.strip("/").split("/")[-1]})

    async def main() -> None:
        async with serving(answer) as server, Slow(server.url, "t") as client:
            found = await asyncio.gather(*(to_the_end(client, job) for job in jobs))
            assert [looks[-1].job.job_id for looks in found] == [job.job_id for job in jobs]
            assert [is_list(request) for request in server.ledger].count(False) == 50
            assert len(server.ledger) == 51
            assert server.connections <= AT_ONCE + 1
            assert elapsed() == pytest.approx(10 + 3 * 50 / AT_ONCE, abs=5)

    run_virtual(main())


def test_fifty_jobs_are_asked_for_by_one_list() -> None:
    jobs = many(50)
    over = {"stage": "SUCCESSFUL", "terminal_stage": True}

    async def main() -> None:
        def answer(request: Received) -> Reply:
            assert is_list(request)
            return Reply.json(rows_of(jobs, **(over if elapsed() > 25 else {"stage": "RUNNING"})))

        async with serving(answer) as server, ServiceAccountClient(server.url, "t") as client:
            found = await asyncio.gather(*(to_the_end(client, job) for job in jobs))
            assert {tuple(names(looks)) for looks in found} == {
                ("QUEUED", "RUNNING", "RUNNING", "SUCCESSFUL")
            }
            assert [request.target for request in server.ledger] == [
                "/jobs/pizdaint/bsp_pizdaint_01/"
            ] * 3

    run_virtual(main())


@pytest.mark.parametrize("count", [100, 1_000])
def test_what_somebody_waits_to_see_is_looked_at_before_all_others(count: int) -> None:
    """However many are followed, also where no list can be had, and the service is slow."""
    jobs = many(count)
    new = Job.parse(BODY | {"job_id": "NEW"})

    def answer(request: Received) -> Reply:
        if is_list(request):
            return Reply.html(500)
        return stage("RUNNING", job_id=request.target.strip("/").split("/")[-1])

    async def main() -> None:
        async with serving(answer) as server:
            endpoint = Endpoint.parse(server.url).model_copy(update={"is_loopback": False})
            async with Slow(endpoint, "t") as client:
                crowd = [asyncio.create_task(to_the_end(client, job)) for job in jobs]
                await asyncio.sleep(100)
                looks = follow(client, JobRef.of(new), new, is_first=lambda: True)
                async with aclosing(looks):
                    await anext(looks)
                    before = elapsed()
                    await anext(looks)
                    assert elapsed() - before == pytest.approx(2 + 3)  # its pace, and the look
                for task in crowd:
                    task.cancel()
                await asyncio.wait(crowd)

    run_virtual(main(), real_seconds=60)


@pytest.mark.parametrize("says", ["DELETED", "CANCELED", ""])
def test_a_list_alone_makes_no_job_lost_and_none_over(says: str) -> None:
    """It is looked at alone: one that was ended from here is over only when that shows it, too."""
    jobs = [job.model_copy(update={"end_sent": "cancel"}) for job in many(10)]
    rows = rows_of(jobs[1:]) + ([BODY | {"job_id": jobs[0].job_id, "stage": says}] if says else [])

    def answer(request: Received) -> Reply:
        if is_list(request):
            return Reply.json(rows)
        return stage("RUNNING", job_id=request.target.strip("/").split("/")[-1])

    async def main() -> None:
        async with serving(answer) as server, ServiceAccountClient(server.url, "t") as client:
            told: list[Poll] = []

            async def note() -> None:
                looks = follow(client, JobRef.of(jobs[0]), jobs[0], STEADY)
                async with aclosing(looks):
                    async for look in looks:
                        told.append(look)

            crowd = [asyncio.create_task(to_the_end(client, job)) for job in jobs[1:]]
            noting = asyncio.create_task(note())
            await asyncio.sleep(200)
            assert len(told) > 15
            assert {look.job.stage for look in told[1:]} == {"RUNNING"}
            assert not any(look.problem or look.is_lost for look in told)
            for task in (*crowd, noting):
                task.cancel()
            await asyncio.wait([*crowd, noting])

    run_virtual(main())


def test_a_list_is_given_up_where_the_client_it_is_asked_with_is_not_to_be_used() -> None:
    jobs = many(20)

    class SlowLists(ServiceAccountClient):
        async def jobs(self, hpc: str = "", project: str = "") -> list[Job]:
            await asyncio.sleep(30)
            return await super().jobs(hpc, project)

    async def leave_early(url: str) -> None:
        async with SlowLists(url, "first") as client:
            await asyncio.gather(*(to_the_end(client, job) for job in jobs[:10]))

    async def main() -> None:
        over = {"stage": "SUCCESSFUL", "terminal_stage": True}
        answer = story(Reply.json(rows_of(jobs, **over)))
        async with serving(answer) as server:
            async with SlowLists(server.url, "second") as client:
                leaves = asyncio.create_task(leave_early(server.url))
                await asyncio.sleep(0)
                stay = [asyncio.create_task(to_the_end(client, job)) for job in jobs[10:]]
                await until(leaves, 25)
                await asyncio.gather(*stay)
            used = [request.header("Authorization") for request in server.ledger]
            assert used == [["Bearer second"]]

    run_virtual(main())


def test_a_fault_in_the_schedule_reaches_all_who_follow(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise RuntimeError("planted")

    async def main() -> None:
        async with serving(story(DONE)) as server, ServiceAccountClient(server.url, "t") as client:
            other = asyncio.create_task(to_the_end(client))
            looks = follow(client, REF._replace(job_id="B"), JOB, STEADY, is_first=broken)
            async with aclosing(looks):
                await anext(looks)
                with pytest.raises(RuntimeError, match="planted"):
                    await anext(looks)
            with pytest.raises(RuntimeError, match="planted"):
                await other

    run_virtual(main())
    assert "following jobs broke" in caplog.text


def test_a_broken_job_is_no_trouble_for_the_others() -> None:
    broken = Job.parse(BODY | {"job_id": "BROKEN"})

    def answer(request: Received) -> Reply:
        return Reply.html(500) if "BROKEN" in request.target else DONE

    async def main() -> None:
        async with serving(answer) as server, ServiceAccountClient(server.url, "t") as client:
            poisoned = asyncio.create_task(to_the_end(client, broken))
            assert names(await to_the_end(client))[-1] == "SUCCESSFUL"
            await until(poisoned, 600)

    run_virtual(main())


def test_one_of_two_who_leaves_does_not_disturb_the_other() -> None:
    replies = [stage("RUNNING"), stage("RUNNING"), DONE]

    async def main() -> None:
        async with serving(story(*replies)) as server:
            async with ServiceAccountClient(server.url, "t") as client:
                stays = asyncio.create_task(to_the_end(client))
                leaves = asyncio.create_task(to_the_end(client))
                await until(leaves, 15)
                assert names(await stays)[1:] == ["RUNNING", "RUNNING", "SUCCESSFUL"]
            assert elapsed() == 30
            assert len(server.ledger) == 3

    run_virtual(main())


def test_a_client_is_not_used_after_its_follower_has_left() -> None:
    """It leaves in the middle of a look with its client, which it closes."""

    async def leave_early(url: str) -> None:
        async with Slow(url, "first") as client:
            await to_the_end(client)

    async def main() -> None:
        async with serving(story(stage("RUNNING"), DONE)) as server:
            async with ServiceAccountClient(server.url, "second") as client:
                leaves = asyncio.create_task(leave_early(server.url))
                await asyncio.sleep(1)
                stays = asyncio.create_task(to_the_end(client))
                await until(leaves, 12)
                looks = await stays
            assert names(looks) == ["QUEUED", "RUNNING", "SUCCESSFUL"]
            assert not any(look.problem for look in looks)
            used = [request.header("Authorization") for request in server.ledger]
            assert used == [["Bearer second"]] * 2

    run_virtual(main())


def test_when_the_last_leaves_in_the_middle_of_a_look_it_ends() -> None:
    async def main() -> None:
        async with serving(story(DONE)) as server, Slow(server.url, "t") as client:
            both = [asyncio.create_task(to_the_end(client)) for _ in range(2)]
            await asyncio.sleep(11)
            for task in both:
                task.cancel()
            await asyncio.wait(both)
            await asyncio.sleep(3600)
            assert server.ledger == []

    run_virtual(main())


def test_who_follows_again_is_looked_for_again() -> None:
    async def main() -> None:
        async with serving(story(DONE)) as server, Slow(server.url, "t") as client:
            leaves = asyncio.create_task(to_the_end(client))
            await asyncio.sleep(11)
            leaves.cancel()
            comes = asyncio.create_task(to_the_end(client))
            assert names(await comes) == ["QUEUED", "SUCCESSFUL"]
            assert leaves.cancelled()

    run_virtual(main())


def test_another_followers_client_is_asked_after_a_failure() -> None:
    """What one account may not see says nothing for the other."""

    def answer(request: Received) -> Reply:
        [token] = request.header("Authorization")
        return stage("RUNNING") if token == "Bearer good" else Reply.json("Job not found!", 404)

    async def main() -> None:
        async with (
            serving(answer) as server,
            ServiceAccountClient(server.url, "bad") as bad,
            ServiceAccountClient(server.url, "good") as good,
        ):
            one = asyncio.create_task(to_the_end(bad))
            await asyncio.sleep(0)
            other = asyncio.create_task(to_the_end(good))
            await asyncio.sleep(305)
            assert not one.done()
            await until(one, 306)
            await until(other, 306)
            tokens = [request.header("Authorization")[0] for request in server.ledger]
            assert tokens == ["Bearer bad"] + ["Bearer good"] * 29

    run_virtual(main())


def test_every_follower_is_told_what_broke_the_looking() -> None:
    class Broken(ServiceAccountClient):
        async def job(self, ref: JobRef) -> Job:
            raise RuntimeError("planted")

    async def main() -> None:
        async with serving(story(DONE)) as server, Broken(server.url, "t") as client:
            work = [to_the_end(client) for _ in range(3)]
            found = await asyncio.gather(*work, return_exceptions=True)
            assert [str(error) for error in found] == ["planted"] * 3
            assert all(isinstance(error, RuntimeError) for error in found)

    run_virtual(main())


def test_no_follower_waits_for_ever_where_the_looking_was_cancelled() -> None:
    class Cancelled(ServiceAccountClient):
        async def job(self, ref: JobRef) -> Job:
            raise asyncio.CancelledError

    async def main() -> None:
        async with serving(story(DONE)) as server, Cancelled(server.url, "t") as client:
            both = [asyncio.create_task(to_the_end(client)) for _ in range(2)]
            await asyncio.wait(both)
            assert all(task.cancelled() for task in both)

    run_virtual(main(), seconds=60)


def test_problems_of_the_token_are_shown_and_pass() -> None:
    class Locked(ServiceAccountClient):
        locked = True

        async def job(self, ref: JobRef) -> Job:
            if self.locked:
                self.locked = False
                raise TokenError("There is no token.")
            return await super().job(ref)

    async def main() -> None:
        async with serving(story(DONE)) as server, Locked(server.url, "t") as client:
            looks = await to_the_end(client)
            assert [type(look.problem) for look in looks] == [type(None), TokenError, type(None)]

    run_virtual(main())


def test_a_job_that_is_not_shown_is_lost_for_all_and_found_again_for_all() -> None:
    away = [Reply.json("Job not found!", 404)] * 5

    async def main() -> None:
        async with serving(story(*away, DONE)) as server:
            async with ServiceAccountClient(server.url, "t") as client:
                found = await asyncio.gather(to_the_end(client), to_the_end(client))
            for looks in found:
                assert [look.is_lost for look in looks] == [False] * 3 + [True] * 3 + [False]
                assert isinstance(looks[-2].problem, NotFound)
                assert looks[-1].job.outcome == "succeeded"
            assert len(server.ledger) == 6

    run_virtual(main())


def test_a_service_that_asks_for_rest_gets_it_from_all_jobs() -> None:
    other = Job.parse(BODY | {"job_id": "OTHER"})
    times: list[float] = []

    class Busy(ServiceAccountClient):
        async def job(self, ref: JobRef) -> Job:
            times.append(elapsed())
            if len(times) == 1:
                raise ServiceFailure("Busy.", status=503, retry_after=300)
            return await super().job(ref)

    async def main() -> None:
        async with serving(story(DONE)) as server, Busy(server.url, "t") as client:
            first = asyncio.create_task(to_the_end(client))
            await asyncio.sleep(5)
            await asyncio.gather(first, to_the_end(client, other))

    run_virtual(main())
    assert times == [10, 310, 310]


def test_endpoints_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        async with serving(story(DONE)) as server, FaultyServer(story(DONE)) as second:
            async with Slow(server.url, "t") as here, Slow(second.url, "t") as there:
                found = [to_the_end(client) for client in (here, here, there)]
                await asyncio.gather(*found)
            assert len(server.ledger) == len(second.ledger) == 1
            assert elapsed() == 13

    run_virtual(main())


@pytest.mark.parametrize("seed", range(60))
def test_whoever_comes_and_goes_those_who_stay_see_the_end(seed: int) -> None:
    chance = random.Random(seed)
    jobs = [Job.parse(BODY | {"job_id": f"{number:08X}"}) for number in range(3)]
    left = {job.job_id: chance.randint(1, 8) for job in jobs}

    def answer(request: Received) -> Reply:
        job_id = request.target.strip("/").split("/")[-1]
        left[job_id] -= 1
        if left[job_id] > 0:
            odd = [Reply.html(500), Reply.json([]), stage("DELETED", job_id=job_id)]
            going = stage("RUNNING", job_id=job_id, failed=True)
            return chance.choice([*odd, going, going, going])
        return stage("SUCCESSFUL", job_id=job_id, terminal_stage=True)

    async def come_and_go(url: str, job: Job, comes: float, stays: float) -> None:
        await asyncio.sleep(comes)
        with suppress(TimeoutError):
            async with asyncio.timeout(stays), Slow(url, "t") as client:
                await to_the_end(client, job)

    async def main() -> None:
        async with serving(answer) as server, Slow(server.url, "t") as client:
            guests = [
                come_and_go(server.url, chance.choice(jobs), chance.uniform(0, 60), seconds)
                for seconds in (chance.choice([0, 1, 10, 11, 12.5, 40]) for _ in range(12))
            ]
            stay = [to_the_end(client, job) for job in jobs]
            coming = asyncio.gather(*guests)
            for looks in await asyncio.gather(*stay):
                assert looks[-1].job.outcome == "succeeded"
                assert all(look.job.outcome is None for look in looks[:-1])
            await coming

    run_virtual(main())
