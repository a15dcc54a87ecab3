"""What was sent to end a job is known to every program of the user, and told of no other job."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa import ends_sent
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent
from tests.faulty_server import FaultyServer, Received, Reply, contract, run

BODY: dict[str, Any] = contract("submit_pizdaint.json")["response"]["body"]
REF = JobRef("pizdaint", "bsp_pizdaint_01", BODY["job_id"])
OTHER = "0" * 8 + BODY["job_id"][8:]
FAILED = {"stage": "FAILED", "terminal_stage": True, "failed": True}


class Service:
    """One job, which ends as FAILED once the DELETE is answered; `then` is how it is shown."""

    def __init__(self, delete: Reply, then: dict[str, Any]) -> None:
        self.delete = delete
        self.then = then
        self.job = BODY | {"stage": "RUNNING"}

    def __call__(self, request: Received) -> Reply:
        if request.method == "DELETE":
            self.job |= self.then
            return self.delete
        if request.target.count("/") == 5:
            return Reply.json(self.job)
        return Reply.json([self.job, BODY | FAILED | {"job_id": OTHER}])


def asked(
    work: Callable[[ServiceAccountClient, Service], Coroutine[Any, Any, None]],
    delete: Reply | None = None,
    then: dict[str, Any] = FAILED,
) -> None:
    async def main() -> None:
        service = Service(delete or Reply(204, content_type=None), then)
        async with (
            FaultyServer(service) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await work(client, service)

    run(main())


async def cancelled_with(client: ServiceAccountClient) -> BspsaError | Job:
    try:
        return await client.delete(REF)
    except BspsaError as error:
        return error


def test_a_job_that_was_cancelled_is_told_as_cancelled_in_every_read() -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert (await client.delete(REF)).outcome == "cancelled"
        assert (await client.job(REF)).outcome == "cancelled"
        assert [job.outcome for job in await client.jobs()] == ["cancelled", "failed"]

    asked(work)


def test_another_program_of_the_user_knows_it_too() -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        await client.delete(REF)
        async with ServiceAccountClient(client.endpoint, "t") as another:
            assert (await another.job(REF)).outcome == "cancelled"

    asked(work)


def test_a_local_service_that_comes_back_at_another_port_has_the_same_jobs() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        await client.delete(REF)
        async with (
            FaultyServer(service) as moved,
            ServiceAccountClient(moved.url, "t") as another,
        ):
            assert (await another.job(REF)).outcome == "cancelled"

    asked(work)


@pytest.mark.parametrize("stage", ["DELETED", "CANCELED"])
def test_deleted_after_a_cancel_is_an_end(stage: str) -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert not (await client.job(REF)).is_over
        assert (await client.delete(REF)).outcome == "cancelled"

    asked(work, then={"stage": stage})


def test_a_cancel_that_the_system_has_refused_ends_nothing() -> None:
    """The user was told that the job goes on; what ends it later is something else."""

    async def work(client: ServiceAccountClient, service: Service) -> None:
        assert isinstance(await cancelled_with(client), BspsaError)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "failed"

    asked(work, Reply.json("UNICORE cannot abort", 500), {})


def test_a_refusal_does_not_undo_the_cancel_before_it() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        await cancelled_with(client)
        service.delete = Reply.json("is being aborted already", 500)
        assert isinstance(await cancelled_with(client), BspsaError)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "cancelled"

    asked(work, then={})


def test_a_cancel_that_never_left_ends_nothing() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        async with ServiceAccountClient("http://127.0.0.1:9", "t") as nowhere:
            assert isinstance(await cancelled_with(nowhere), NotSent)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "failed"

    asked(work)


def test_a_cancel_whose_answer_is_lost_may_have_worked() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        await cancelled_with(client)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "cancelled"

    asked(work, Reply(raw=b"", end="close"), {})


def test_a_job_that_had_failed_before_it_was_deleted_has_failed() -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert (await client.delete(REF, "delete")).outcome == "failed"

    asked(work)


def test_where_it_cannot_be_kept_this_program_knows_it_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(ends_sent, "folder", lambda: tmp_path / "file" / "ends")

    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert (await client.delete(REF)).outcome == "cancelled"
        assert (await client.job(REF)).outcome == "cancelled"

    asked(work)


def test_what_is_kept_says_nothing_of_the_job(tmp_path: Path) -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        await client.delete(REF)

    asked(work)
    (kept,) = ends_sent.folder().iterdir()
    assert BODY["job_id"] not in kept.name
    assert kept.read_text() == "cancel"
    assert ends_sent.folder().stat().st_mode & 0o077 == 0
