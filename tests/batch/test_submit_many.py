"""Many jobs in one call, against a real local service and a server that counts."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets import JobSpec, SubmitInterrupted, SubmittedJob, submit_many
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import AlreadySubmitted, InvalidInput, NotSent, QuotaRefused, Unconfirmed
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.service.embedded import LocalService
from tests.cli.server import Server
from tests.faulty_server import Account, Reply
from tests.widgets.view import SECONDS, settled

Call = Callable[..., Any]
SENTINEL = "SENTINEL/7f3a+c0ffee=="


@pytest.fixture
def many(folder: Path, tmp_path: Path) -> Call:
    """Sends jobs of `folder` with these commands, and waits for what comes back."""

    def call(*commands: str, **options: Any) -> list[SubmittedJob]:
        wanted = [{"folder": folder.name, "command": command} for command in commands]
        return asyncio.run(submit_many(wanted, root=tmp_path, **options))

    return call


def test_every_request_becomes_a_job_of_its_own_in_the_order_given(
    many: Call, known: LocalService
) -> None:
    jobs = many(*(f"echo {number} > out.txt" for number in range(5)))
    assert [job.outcome for job in jobs] == ["accepted"] * 5
    assert [job.words for job in jobs] == ["Submitted. Piz Daint has your job."] * 5

    async def ends() -> list[tuple[Job, str]]:
        found = []
        for job in jobs:
            last = await job.done()
            [path] = await job.download("out.txt")
            found.append((last, path.read_text().strip()))
        return found

    found = asyncio.run(ends())
    assert [text for _, text in found] == ["0", "1", "2", "3", "4"]
    assert {last.stage for last, _ in found} == {"SUCCESSFUL"}
    assert [job.job for job in jobs] == [last for last, _ in found]
    assert len({job.record for job in jobs}) == 5


def test_the_end_of_a_job_is_in_its_record(many: Call, known: LocalService, records: Any) -> None:
    [job] = many("exit 3")
    assert asyncio.run(job.done()).outcome == "failed"
    assert records.read(job.record).state == "over"


def test_one_that_fails_is_told_and_stops_no_other(
    many: Call, known: LocalService, folder: Path, tmp_path: Path
) -> None:
    name = folder.name
    wanted: list[Any] = [
        {"folder": "nowhere", "command": "true"},
        {"folder": name, "command": "true", "runtime": "soon"},
        {"folder": name, "command": "true", "include": ["not-there"]},
        {"folder": name, "command": "true", "include": 5},
        JobSpec(folder=folder, command="true", title="whole"),
    ]
    jobs = asyncio.run(submit_many(wanted, root=tmp_path))
    assert [job.outcome for job in jobs] == ["not_sent"] * 4 + ["accepted"]
    fields = [job.error.field for job in jobs if job.error]
    assert fields == ["folder", "runtime", "include", "include"]
    assert all(job.words.startswith("Not submitted") for job in jobs[:4])
    assert "whole" in repr(jobs[4])
    with pytest.raises(InvalidInput):
        asyncio.run(jobs[0].done())
    with pytest.raises(InvalidInput):
        asyncio.run(jobs[1].download())


def test_the_same_call_again_sends_nothing_and_gives_the_same_jobs(
    many: Call, known: LocalService
) -> None:
    first = many("echo 1 > out.txt", "echo 2 > out.txt")
    again = many("echo 1 > out.txt", "echo 2 > out.txt", "echo 3 > out.txt")
    assert [isinstance(job.error, AlreadySubmitted) for job in again] == [True, True, False]
    assert [job.job_may_exist for job in again] == [False, False, True]
    assert [job.record for job in again[:2]] == [job.record for job in first]
    assert [job.job and job.job.job_id for job in again[:2]] == [
        job.job and job.job.job_id for job in first
    ]
    assert "was submitted before" in again[0].words
    assert asyncio.run(again[1].done()).stage == "SUCCESSFUL"
    [path] = asyncio.run(again[1].download("out.txt"))
    assert path.read_text().strip() == "2"


def test_the_same_call_from_other_records_gives_the_same_jobs_too(
    many: Call, known: LocalService, records: Any, tmp_path: Path
) -> None:
    [first] = many("echo 1 > out.txt")
    [again] = many("echo 1 > out.txt", records=tmp_path / "other")
    assert isinstance(again.error, AlreadySubmitted)
    assert (again.record, again.job_may_exist) == (first.record, False)
    assert asyncio.run(again.done()).stage == "SUCCESSFUL"
    assert records.read(first.record).state == "over"


def test_sent_again_on_the_users_word_it_is_another_job(many: Call, known: LocalService) -> None:
    [first], [again] = many("true"), many("true", again=True)
    assert again.error is None
    assert first.job is not None
    assert again.job is not None
    assert first.job.job_id != again.job.job_id


def test_of_the_very_same_twice_in_a_call_both_lead_to_the_one_job(
    many: Call, known: LocalService
) -> None:
    jobs = many("true", "true")
    assert sorted(str(job.outcome) for job in jobs) == ["accepted", "not_sent"]

    async def ends() -> set[str]:
        return {(await job.done()).job_id for job in jobs}

    assert len(asyncio.run(ends())) == 1


# --- interrupted ------------------------------------------------------------------------


def test_an_interrupt_sends_no_more_and_says_of_each_whether_there_may_be_a_job(
    folder: Path, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    server = serve(held=True)
    wanted = [{"folder": folder.name, "command": f"echo {n}"} for n in range(4)]
    options: dict[str, Any] = {"root": tmp_path, "endpoint": server.url, "token": "t"}

    async def cell() -> SubmitInterrupted:
        task = asyncio.create_task(submit_many(wanted, limit=1, **options))
        await asyncio.to_thread(server.posted.wait, SECONDS)
        task.cancel()
        with pytest.raises(SubmitInterrupted) as caught:
            await task
        return caught.value

    reported = asyncio.run(cell())
    assert [job.outcome for job in reported.jobs] == ["unconfirmed", *["not_sent"] * 3]
    assert [job.job_may_exist for job in reported.jobs] == [True, False, False, False]
    assert isinstance(reported.jobs[0].error, Unconfirmed)
    assert "1 of 4 requests were sent (number 1)" in str(reported)
    server.release()
    settled(lambda: reported.jobs[0].outcome == "accepted", "the answer")
    assert server.posts == 1

    again = asyncio.run(submit_many(wanted, **options))
    assert [job.outcome for job in again] == ["not_sent", *["accepted"] * 3]
    assert server.posts == len(server.account.jobs) == 4


def test_an_interrupt_is_a_cancel_for_asyncio(known: LocalService, tmp_path: Path) -> None:
    async def cell() -> None:
        task = asyncio.create_task(submit_many([{"folder": "x"}], root=tmp_path))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(cell())


# --- what is lost -----------------------------------------------------------------------


def test_a_lost_answer_is_in_doubt_at_once_and_a_job_when_it_is_found(
    many: Call, serve: Callable[..., Server]
) -> None:
    account = Account(creates=True).on("POST", "/jobs/", Reply.html(500))
    account.on("GET", "/jobs/", Reply.json([]))
    server = serve(account)
    [job] = many("true", endpoint=server.url, token="t")
    assert job.outcome == "unconfirmed"
    assert job.words.startswith("We don't know whether the job was accepted.")
    assert job.record.startswith("nb-")
    del account.replies["GET", "/jobs/"]
    settled(lambda: job.error is None, "finding the job")
    assert job.job is not None
    assert job.job.job_id == account.jobs[0]["job_id"]
    assert server.posts == 1


def test_done_of_one_that_is_never_found_says_that_it_is_not_known(
    many: Call, serve: Callable[..., Server]
) -> None:
    account = Account(creates=True).on("POST", "/jobs/", Reply.html(500))
    server = serve(account.on("GET", "/jobs/", Reply.json([])))
    [job] = many("true", endpoint=server.url, token="t", settle=0)
    with pytest.raises(Unconfirmed):
        asyncio.run(job.done())


def test_done_goes_on_waiting_while_the_service_does_not_show_the_job(
    many: Call, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PollInterval, "for_client", lambda *_, **__: PollInterval(0.05, 1.2, 0.1))
    account = Account()
    [sent] = many("true", endpoint=serve(account).url, token="t")
    path = ("GET", f"/jobs/pizdaint/bsp_pizdaint_01/{account.jobs[0]['job_id']}/")
    account.on(*path, Reply.json(account.jobs[0] | {"stage": "DELETED"}))

    async def at_its_end() -> Job:
        waiting = asyncio.create_task(sent.done())
        await asyncio.to_thread(settled, lambda: "does not show" in sent.words, "the loss")
        assert not waiting.done()
        account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
        del account.replies[path]
        return await waiting

    assert asyncio.run(at_its_end()).outcome == "succeeded"
    assert sent.words.startswith("Done.")


def test_a_refusal_is_told_as_one(many: Call, serve: Callable[..., Server]) -> None:
    account = Account().on("POST", "/jobs/", Reply.json("Quota not enough!", 401))
    [job] = many("true", endpoint=serve(account).url, token="t")
    assert (job.outcome, job.job_may_exist) == ("refused", False)
    assert isinstance(job.error, QuotaRefused)


# --- wrong calls ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        ([{"folder": "a", "curent": 1}], "Request 1: There is no field curent"),
        ([{"folder": "a"}, {"command": "true"}], "Request 2: Name the folder"),
        ([{"folder": 5}], "Name the folder"),
        (["a"], "str is not a job"),
        ("ab", "list of requests"),
        ({"folder": "a"}, "list of requests"),
        (JobSpec(folder="a"), "list of requests"),
    ],
)
def test_a_request_that_is_none_is_told_before_anything_is_sent(
    requests: Any, words: str, serve: Callable[..., Server]
) -> None:
    server = serve()
    with pytest.raises(TypeError, match=words):
        asyncio.run(submit_many(requests, endpoint=server.url, token="t"))
    assert server.ledger == []


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "4", None])
def test_a_limit_that_is_none_is_told(limit: Any, known: LocalService) -> None:
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(submit_many([], limit=limit))
    assert caught.value.field == "limit"


def test_no_requests_are_no_jobs(known: LocalService) -> None:
    assert asyncio.run(submit_many([])) == []


def test_without_a_local_service_local_is_told_at_once() -> None:
    with pytest.raises(NotSent):
        asyncio.run(submit_many([{"folder": "a"}], endpoint="local"))


def test_numbers_of_other_libraries_count_as_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    wanted = JobSpec.of(
        {"folder": "a", "node_number": numpy.int64(2), "runtime": numpy.float32(0.5)}
    )
    form = wanted.form()
    assert (form.node_number, form.runtime) == (2, 0.5)
    assert type(form.node_number) is int
    assert type(form.runtime) is float


def test_a_wanted_job_cannot_be_changed_and_has_no_other_fields() -> None:
    wanted = JobSpec(folder="a")
    with pytest.raises(ValueError, match="frozen"):
        wanted.folder = "b"  # type: ignore[misc]
    with pytest.raises(ValueError, match="curent"):
        JobSpec(folder="a", curent=1)  # type: ignore[call-arg]


# --- what stays -------------------------------------------------------------------------


def test_the_connections_are_closed_once_nobody_has_the_jobs_any_more(
    many: Call, known: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []  # other tests leave some to be collected, too
    close = ServiceAccountClient.aclose

    async def closing(self: ServiceAccountClient) -> None:
        await close(self)
        closed.append(id(self))

    monkeypatch.setattr(ServiceAccountClient, "aclose", closing)
    jobs = many("true", "echo 2")
    ours = id(jobs[0]._sender.service)
    gc.collect()
    asyncio.run(jobs[1].done())
    assert ours not in closed
    jobs.clear()
    settled(lambda: (gc.collect(), ours in closed)[1], "closing the connections")


def test_the_token_is_nowhere_to_be_seen(
    many: Call, serve: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    [job] = many("true", endpoint=server.url, token=SENTINEL)
    assert SENTINEL not in f"{job!r} {job.words} {vars(job)} {caplog.text}"
    assert server.ledger[-1].header("Authorization") == [f"Bearer {SENTINEL}"]
