"""A job is followed to its end; a look that fails says nothing about the job."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from typing import Any

import pytest

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import NotFound, ServiceFailure
from bspsa_widgets.submission.follow import Look, Pace, follow
from tests.faulty_server import FaultyServer, Received, Reply, contract, run

BODY = contract("job.json")["examples"][0]["body"]
FAST = Pace(0, 1, 0)


def stage(name: str, **changes: Any) -> Reply:
    return Reply.json(BODY | {"stage": name} | changes)


DONE = stage("SUCCESSFUL", terminal_stage=True)


def followed(replies: Iterable[Reply], first: dict[str, Any] = BODY) -> list[Look]:
    answers = iter(replies)

    def answer(_: Received) -> Reply:
        return next(answers)

    async def main() -> list[Look]:
        job = Job.parse(first)
        async with (
            FaultyServer(answer) as server,
            ServiceAccountClient(server.url, "t") as client,
            aclosing(follow(client, JobRef.of(job), job, FAST)) as looks,
        ):
            return [look async for look in looks]

    looks = run(main())
    assert list(answers) == [], "it did not look to the end"
    for look in looks:
        assert look.job.terminal_stage or look.job.outcome != "failed"
    return looks


def stages(looks: list[Look]) -> list[str]:
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


@pytest.mark.parametrize("name", ["DELETED", "CANCELED"])
def test_deleted_or_cancelled_twice_is_an_end(name: str) -> None:
    looks = followed([stage("RUNNING"), stage(name), stage(name)])
    assert looks[-1].job.outcome == "cancelled"


def test_a_failed_look_between_two_of_deleted_proves_nothing() -> None:
    looks = followed([stage("DELETED"), Reply.html(502), stage("DELETED"), stage("RUNNING"), DONE])
    assert looks[-1].job.outcome == "succeeded"


def test_three_times_not_found_in_a_row_is_gone_and_never_failed() -> None:
    gone = Reply.json("Job not found!", 404)
    looks = followed([gone, gone, stage("RUNNING"), gone, gone, gone])
    assert isinstance(looks[-1].problem, NotFound)
    assert looks[-1].job.stage == "RUNNING"
    assert looks[-1].job.outcome is None


def test_stages_that_nobody_knows_are_kept_and_followed() -> None:
    looks = followed([stage("ON_HOLD"), stage("<script>"), stage(""), DONE])
    assert stages(looks) == ["QUEUED", "ON_HOLD", "<script>", "", "SUCCESSFUL"]


def test_leaving_early_leaves_nothing_behind() -> None:
    async def main() -> int:
        job = Job.parse(BODY)
        async with (
            FaultyServer(lambda _: stage("RUNNING")) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            async with aclosing(follow(client, JobRef.of(job), job, FAST)) as looks:
                async for look in looks:
                    if look.job.stage == "RUNNING":
                        break
            return len(server.ledger)

    assert run(main()) == 1


def test_looks_grow_apart_with_jitter_up_to_a_cap() -> None:
    pace = Pace()
    seconds = [pace.seconds(looks) for looks in range(60)]
    assert 1.8 <= seconds[0] <= 2.2
    assert all(1.8 <= each <= 33 for each in seconds)
    assert min(seconds[20:]) >= 27
    assert len(set(seconds)) == 60
    assert pace.seconds(10**9) <= 33


def test_the_local_service_is_looked_at_more_often() -> None:
    local = Pace.for_client(ServiceAccountClient("http://127.0.0.1:1", "t"))
    real = Pace.for_client(ServiceAccountClient(token="t"))
    assert local.longest < real.first + 1
    assert real == Pace()
