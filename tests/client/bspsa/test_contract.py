"""The client against the contract files, over a real connection."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bspsa_widgets.client.bspsa import submit
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import (
    AccessRefused,
    BspsaError,
    NotFound,
    QuotaRefused,
    Refused,
    ServiceFailure,
    TokenRefused,
    Unconfirmed,
    UnsafeEndpoint,
)
from tests.conftest import SealArchive
from tests.faulty_server import Account, FaultyServer, Received, Reply, contract, run

ROWS = contract("errors.json")["rows"]
SUBMIT = [row for row in ROWS if row["request"] == "submit" and row["case"] != "accepted"]
OTHER = [row for row in ROWS if row["request"] != "submit"]
REF = JobRef("pizdaint", "bsp_pizdaint_01", "3621FE24-6CBE-4784-9BC9-F7BD63A2C06A")
JOB = contract("job.json")["examples"][0]["body"]


def reply_of(row: dict[str, Any], end: Any = "close") -> Reply:
    return Reply(
        row["status"],
        row["body"],
        row["content_type"],
        headers=tuple(row["headers"].items()),
        end=end,
    )


def name(row: dict[str, Any]) -> str:
    return str(row["case"])


@pytest.mark.parametrize(
    ("hpc", "project", "archive", "payload"),
    [
        (
            "pizdaint",
            "",
            "job_file.zip",
            '{"command": "ls -lisa", "node_number": "2", "core_number": "6", '
            '"runtime": "2.0", "title": "a job title"}',
        ),
        (
            "nsg",
            "bsp_nsg_01",
            "nsg_job.zip",
            '{"tool": "NEURON74_TG", "node_number": "2", "core_number": "6", '
            '"runtime": "2.0", "title": "a job title"}',
        ),
    ],
)
def test_the_seeds_examples_are_the_seeds_requests_on_the_wire(
    hpc: str, project: str, archive: str, payload: str, seal: SealArchive
) -> None:
    expected = contract(f"submit_{hpc}.json")
    body = bytes(range(256)) * 40 + b"\r\n0\r\n\r\n--boundary"
    form = JobForm(
        hpc=hpc,
        project=project,
        command="ls -lisa",
        tool="NEURON74_TG",
        node_number="2",
        core_number="6",
        runtime="2.0",
        title="a job title",
    )

    async def main() -> tuple[FaultyServer, Job]:
        handler = Reply.json(expected["response"]["body"], 201)
        async with (
            FaultyServer(lambda _: handler) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            return server, await client.submit(check_form(form).request, seal(body, archive))

    server, job = run(main())
    [request] = server.ledger
    assert request.method == "POST"
    assert request.target == expected["request"]["path"]
    for header, value in expected["request"]["headers"].items():
        assert request.header(header) == [value]
    assert f"\r\nContent-Disposition: attachment; filename={archive}\r\n".encode() in request.head
    assert request.header("Payload") == [payload]
    assert json.loads(payload) == expected["request"]["payload"]
    assert request.header("Content-Length") == [str(len(body))]
    assert not request.header("Transfer-Encoding")
    assert request.whole
    assert request.body == body
    assert job.raw == expected["response"]["body"]


EXPECTED = {
    "no quota": QuotaRefused,
    "quota too small": QuotaRefused,
    "bad token at the embedded service, submitting": TokenRefused,
    "running but not recorded": Unconfirmed,
}


@pytest.mark.parametrize("row", SUBMIT, ids=name)
def test_each_submission_response_has_the_right_outcome(
    row: dict[str, Any], seal: SealArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "SUBMIT_TIMEOUT", httpx.Timeout(5, read=0.1))
    silent: dict[str, Any] = {"timeout": "stall", "lost": "reset", "empty": "close"}
    handler = Reply(raw=b"", end=silent[row["shape"]]) if row["status"] is None else reply_of(row)

    async def main() -> tuple[FaultyServer, BspsaError]:
        async with (
            FaultyServer(lambda _: handler) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            with pytest.raises(BspsaError) as caught:
                await client.submit(check_form(JobForm(command="ls")).request, seal())
            return server, caught.value

    server, error = run(main())
    assert [request.method for request in server.ledger] == ["POST"]
    assert error.job_may_exist is row["job_may_exist"]
    assert isinstance(error, Unconfirmed) is row["job_may_exist"]
    assert isinstance(error, EXPECTED.get(row["case"], BspsaError))
    if row["status"] == 403:
        assert isinstance(error, AccessRefused)
    if row["status"] == 404:
        assert isinstance(error, NotFound)
    if row["shape"] == "job_id":
        assert isinstance(error, Unconfirmed)
        assert error.job_id == json.loads(row["body"])["job_id"]
    assert "<" not in str(error)
    assert error.job_may_exist or error.verdict == "No job was created."


def test_the_accepted_row_is_a_job(seal: SealArchive) -> None:
    [row] = [row for row in ROWS if row["case"] == "accepted"]

    async def main() -> Job:
        async with (
            FaultyServer(lambda _: reply_of(row)) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            return await client.submit(check_form(JobForm(command="ls")).request, seal())

    assert run(main()).raw == json.loads(row["body"])


def read_error(row: dict[str, Any]) -> type[BspsaError]:
    if row["status"] == 401:
        return TokenRefused
    if row["status"] == 403:
        return AccessRefused
    return NotFound if row["status"] == 404 else ServiceFailure


@pytest.mark.parametrize("row", [r for r in OTHER if r["request"] != "cancel"], ids=name)
def test_each_failed_read_is_an_error_without_a_job(row: dict[str, Any], tmp_path: Any) -> None:
    async def send(client: ServiceAccountClient) -> object:
        if row["request"] == "files":
            return await client.files(REF)
        if row["request"] == "download":
            return await client.download(REF, JobFile(name="out", key="out"), tmp_path)
        return await client.job(REF)

    async def main() -> BspsaError:
        async with (
            FaultyServer(lambda _: reply_of(row)) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            with pytest.raises(BspsaError) as caught:
                await send(client)
            return caught.value

    error = run(main())
    assert type(error) is read_error(row)
    assert not error.job_may_exist
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("row", [r for r in OTHER if r["request"] == "cancel"], ids=name)
def test_a_cancel_is_judged_by_the_read_that_follows(row: dict[str, Any]) -> None:
    def handler(request: Received) -> Reply:
        is_reported = request.method == "DELETE" or row["status"] == 404  # of no job by both
        return reply_of(row, "keep") if is_reported else Reply.json(JOB)

    async def main() -> tuple[FaultyServer, Job | BspsaError]:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            try:
                return server, await client.delete(REF)
            except BspsaError as error:
                return server, error

    server, found = run(main())
    if row["status"] == 404:
        assert isinstance(found, NotFound)
    else:
        assert isinstance(found, Job)
        assert found.raw == JOB
        assert [request.method for request in server.ledger] == ["DELETE", "GET"]


@pytest.mark.parametrize("row", contract("job.json")["lists"], ids=name)
def test_job_lists_are_read_in_any_order(row: dict[str, Any]) -> None:
    hpc = row["path"].strip("/").partition("/")[2]

    async def main() -> tuple[str, list[Job]]:
        async with (
            FaultyServer(lambda _: Reply.json(row["body"])) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            jobs = await client.jobs(hpc)
            return server.ledger[0].target, jobs

    path, jobs = run(main())
    assert path == row["path"]
    assert [job.raw for job in jobs] == row["body"]


def contract_server(*examples: dict[str, Any]) -> FaultyServer:
    by_path = {example["path"]: example for example in examples}

    def handler(request: Received) -> Reply:
        example = by_path[request.target]
        text = example["body"]
        if example["content_type"] == "application/json":
            text = json.dumps(text)
        return Reply(example["status"], text, example["content_type"])

    return FaultyServer(handler)


def test_status_and_systems_are_requested_without_a_token() -> None:
    hpc, status = contract("hpc.json"), contract("status.json")

    async def main() -> FaultyServer:
        async with (
            contract_server(hpc["list"], status) as server,
            ServiceAccountClient(server.url) as client,
        ):
            assert await client.status() is True
            assert await client.systems() == hpc["list"]["body"]
            return server

    for request in run(main()).ledger:
        assert request.header("Authorization") == []


def test_a_cookie_of_the_service_is_not_stored() -> None:
    async def main() -> None:
        cookie = Reply.json([], headers=(("Set-Cookie", "session=1"),))
        async with (
            FaultyServer(Account().on("GET", "/", cookie)) as server,
            ServiceAccountClient(server.url, "tok") as client,
        ):
            await client.jobs()
            await client.jobs()
            assert [request.header("Cookie") for request in server.ledger] == [[], []]

    run(main())


def test_projects_and_quotas_are_read_in_hours() -> None:
    projects, quotas = contract("projects.json"), contract("quotas.json")

    async def main() -> None:
        async with (
            contract_server(
                projects["list"], quotas["list"], quotas["one"], quotas["none"]
            ) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            found = await client.projects()
            assert [(p.hpc, p.name, p.hours, p.hours_left) for p in found] == [
                ("nsg", "bsp_nsg_01", 5000.0, 5000.0),
                ("pizdaint", "bsp_pizdaint_01", 5000.0, 4998.0),
            ]
            assert [quota.hours_left for quota in await client.quotas()] == [5000.0, 4998.0]
            [job] = await client.quotas("pizdaint", "bsp_pizdaint_01")
            assert (job.hpc, job.project, job.hours_left) == ("pizdaint", "bsp_pizdaint_01", 4998.0)
            assert await client.quotas("nsg") == []

    run(main())


def test_nsg_files_are_fetched_by_name_while_running_and_by_id_after(tmp_path: Any) -> None:
    files = contract("files_nsg.json")
    ref = JobRef("nsg", "bsp_nsg_01", "NGBW-JOB-NEURON75_TG-85CB59F5CD5A4FBCBCBA5DABCC420280")

    async def main() -> None:
        async with (
            contract_server(files["over"], files["download"]) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            found = await client.files(ref)
            assert [(file.name, file.key, file.length) for file in found] == [
                ("STDOUT", "101", 12),
                ("STDERR", "102", 0),
                ("output.tar.gz", "103", 2048),
            ]
            path = await client.download(ref, found[0], tmp_path)
            assert path.name == "STDOUT"
            assert path.read_text() == files["download"]["body"]

    run(main())
    running = [JobFile.parse(entry) for entry in files["running"]["body"]]
    assert [(file.name, file.key, file.length) for file in running] == [
        ("STDOUT", "STDOUT", 12),
        ("STDERR", "STDERR", 0),
    ]


def test_piz_daint_files_are_fetched_by_name(tmp_path: Any) -> None:
    files = contract("files_pizdaint.json")

    async def main() -> None:
        async with (
            contract_server(files["list"], files["download"]) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            found = await client.files(REF)
            assert [file.name for file in found] == ["stdout", "stderr", "job_file.zip", "results"]
            path = await client.download(REF, found[0], tmp_path)
            assert path.read_text() == files["download"]["body"]
            assert server.ledger[1].header("Accept") == ["*/*"]

    run(main())


RANGES = [row for row in contract("files_pizdaint.json")["ranges"]["rows"] if row["part"]]


@pytest.mark.parametrize("row", RANGES, ids=lambda row: row["range"])
def test_a_part_is_requested_and_read_as_in_the_contract(row: dict[str, Any]) -> None:
    files = contract("files_pizdaint.json")
    body = '""' if row["status"] == 416 else row["body"]
    path = (("Content-Range", row["headers"]["Content-Range"]),)
    reply = Reply(row["status"], body, files["download"]["content_type"], path)

    async def main() -> None:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "Token") as client,
        ):
            stdout = JobFile.parse("/stdout")
            part = await client.part(REF, stdout, **row["part"], max_whole=0)
            (requested,) = server.ledger
            assert requested.target == files["download"]["path"]
            assert requested.header("Range") == [row["range"]]
            assert (part.data.decode(), part.total, part.is_ranged) == (row["body"], 6, True)

    run(main())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_read_follows_a_redirect(status: int) -> None:
    async def main() -> None:
        async with FaultyServer(lambda _: Reply.json([])) as other:
            redirect = Reply.html(status, "", headers=(("Location", f"{other.url}/jobs/"),))
            async with (
                FaultyServer(lambda _: redirect) as server,
                ServiceAccountClient(server.url, "Token") as client,
            ):
                with pytest.raises(UnsafeEndpoint):
                    await client.jobs()
            assert other.ledger == []
            assert len(server.ledger) == 1

    run(main())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_submission_follows_a_redirect(status: int, seal: SealArchive) -> None:
    async def main() -> None:
        async with FaultyServer(lambda _: Reply.json([])) as other:
            redirect = Reply.html(
                status, "", headers=(("Location", f"{other.url}/jobs/pizdaint/"),)
            )
            async with (
                FaultyServer(lambda _: redirect) as server,
                ServiceAccountClient(server.url, "Token") as client,
            ):
                with pytest.raises((Refused, Unconfirmed)):
                    await client.submit(check_form(JobForm(command="ls")).request, seal())
            assert other.ledger == []
            assert [request.method for request in server.ledger] == ["POST"]

    run(main())
