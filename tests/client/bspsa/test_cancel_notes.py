"""What was sent to end a job is known to every program of the user, and told of no other job."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa import cancel_notes
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


def requests(
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


def test_a_cancelled_job_is_cancelled_in_every_read() -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert (await client.delete(REF)).outcome == "cancelled"
        assert (await client.job(REF)).outcome == "cancelled"
        assert [job.outcome for job in await client.jobs()] == ["cancelled", "failed"]

    requests(work)


def test_another_program_of_the_user_reads_the_note() -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        await client.delete(REF)
        async with ServiceAccountClient(client.endpoint, "t") as another:
            assert (await another.job(REF)).outcome == "cancelled"

    requests(work)


def test_a_local_service_at_another_port_shares_its_notes() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        await client.delete(REF)
        async with (
            FaultyServer(service) as moved,
            ServiceAccountClient(moved.url, "t") as another,
        ):
            assert (await another.job(REF)).outcome == "cancelled"

    requests(work)


@pytest.mark.parametrize("stage", ["DELETED", "CANCELED"])
def test_deleted_after_a_cancel_is_final(stage: str) -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert not (await client.job(REF)).is_over
        assert (await client.delete(REF)).outcome == "cancelled"

    requests(work, then={"stage": stage})


def test_a_refused_cancel_is_not_noted() -> None:
    """The user was told that the job goes on; what ends it later is something else."""

    async def work(client: ServiceAccountClient, service: Service) -> None:
        assert isinstance(await cancelled_with(client), BspsaError)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "failed"

    requests(work, Reply.json("UNICORE cannot abort", 500), {})


def test_a_refusal_keeps_the_note_of_an_earlier_cancel() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        await cancelled_with(client)
        service.delete = Reply.json("is being aborted already", 500)
        assert isinstance(await cancelled_with(client), BspsaError)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "cancelled"

    requests(work, then={})


def test_a_cancel_that_was_not_sent_is_not_noted() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        async with ServiceAccountClient("http://127.0.0.1:9", "t") as nowhere:
            assert isinstance(await cancelled_with(nowhere), NotSent)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "failed"

    requests(work)


def test_a_cancel_without_a_response_is_noted() -> None:
    async def work(client: ServiceAccountClient, service: Service) -> None:
        await cancelled_with(client)
        service.job |= FAILED
        assert (await client.job(REF)).outcome == "cancelled"

    requests(work, Reply(raw=b"", end="close"), {})


def test_a_job_that_failed_before_it_was_deleted_has_failed() -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert (await client.delete(REF, "delete")).outcome == "failed"

    requests(work)


def test_a_note_that_cannot_be_written_stays_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(cancel_notes, "folder", lambda: tmp_path / "file" / "ends")

    async def work(client: ServiceAccountClient, _: Service) -> None:
        assert (await client.delete(REF)).outcome == "cancelled"
        assert (await client.job(REF)).outcome == "cancelled"

    requests(work)


def test_a_note_does_not_contain_the_job(tmp_path: Path) -> None:
    async def work(client: ServiceAccountClient, _: Service) -> None:
        await client.delete(REF)

    requests(work)
    (note,) = cancel_notes.folder().iterdir()
    assert BODY["job_id"] not in note.name
    assert note.read_text() == "cancel"
    assert cancel_notes.folder().stat().st_mode & 0o077 == 0
