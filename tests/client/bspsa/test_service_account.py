"""One submission for one call, whatever breaks; tokens only where they belong."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
import ssl
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from bspsa_widgets.client.bspsa import responses, submit, transport
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.marker import new_marker
from bspsa_widgets.domain.payload import JobForm, JobRequest, check_form
from bspsa_widgets.errors import (
    BspsaError,
    InvalidInput,
    NotFound,
    NotSent,
    QuotaRefused,
    Refused,
    ServiceFailure,
    TokenMissing,
    TokenRefused,
    Unconfirmed,
    UnsafeEndpoint,
)
from bspsa_widgets.tokens import TokenChain
from tests.conftest import SealArchive
from tests.faulty_server import Account, End, FaultyServer, Received, Reply, contract, run

JOB = contract("job.json")["examples"][0]["body"]
REF = JobRef("pizdaint", "bsp_pizdaint_01", JOB["job_id"])
REQUEST: JobRequest = check_form(JobForm(command="ls", title="t")).request
SECRET = "sentinel-TOKEN/with+signs=" + "q7" * 20


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def failed(client: ServiceAccountClient, archive: Any, **more: Any) -> BspsaError:
    with pytest.raises(BspsaError) as caught:
        await client.submit(REQUEST, archive, **more)
    return caught.value


def test_a_refused_connection_is_not_sent(seal: SealArchive) -> None:
    async def main() -> None:
        begun: list[bool] = []
        async with ServiceAccountClient(f"http://127.0.0.1:{free_port()}", "t") as client:
            error = await failed(client, seal(), on_first_byte=lambda: begun.append(True))
            assert type(error) is NotSent
            assert not begun
            with pytest.raises(NotSent):
                await client.jobs()

    run(main())


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("at", [1, 3, 40, 300, 700, 2_000, 60_000])
def test_a_request_cut_after_its_first_byte_is_unconfirmed_and_sent_once(
    at: int, end: End, seal: SealArchive
) -> None:
    account = Account()

    async def main() -> FaultyServer:
        async with (
            FaultyServer(account, cut=("POST", at, end)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            error = await failed(client, seal(bytes(90_000)))
            assert type(error) is Unconfirmed
            return server

    server = run(main())
    assert server.connections == 1
    assert server.posts <= 1
    assert account.jobs == []


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("cut", [0, 1, 9, 12, 30, 100, 200])
def test_a_truncated_response_is_unconfirmed_and_the_job_is_created_once(
    cut: int, end: End, seal: SealArchive
) -> None:
    account = Account()
    body = Reply.json(JOB, 201).bytes()
    account.on("POST", "/jobs/", Reply(raw=body, cut=cut, end=end)).creates = True

    async def main() -> FaultyServer:
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            assert type(await failed(client, seal())) is Unconfirmed
            return server

    server = run(main())
    assert server.posts == server.connections == 1
    assert len(account.jobs) == 1


@pytest.mark.parametrize("at", [0, 1, 200, 5_000])
def test_a_silent_service_is_unconfirmed_or_unsent(
    at: int, seal: SealArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "SUBMIT_TIMEOUT", httpx.Timeout(5, read=0.1, write=0.1))

    async def main() -> FaultyServer:
        async with (
            FaultyServer(Account(), cut=("POST", at, "stall")) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            assert type(await failed(client, seal(bytes(9_000)))) is Unconfirmed
            return server

    assert run(main()).connections == 1


def test_a_response_before_the_body_is_complete_counts(seal: SealArchive) -> None:
    refusal = Reply.json("Quota not enough!", 401)

    async def main() -> FaultyServer:
        async with (
            FaultyServer(lambda _: refusal, early=True) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            error = await failed(client, seal(bytes(4 << 20)))
            assert isinstance(error, Refused)
            return server

    assert run(main()).posts == 1


def test_an_endless_response_is_stopped(seal: SealArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_OBJECT_BYTES", 10_000)
    endless = Reply.json("x" * 20_000, 201)

    async def main() -> None:
        async with (
            FaultyServer(lambda _: endless) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            assert type(await failed(client, seal())) is Unconfirmed
            with pytest.raises(ServiceFailure):
                await client.jobs()

    run(main())


def test_a_response_to_another_request_does_not_reach_the_submission(seal: SealArchive) -> None:
    """The connection of a read is not used for a POST: it might be dead or hold a rest."""
    account = Account().on("GET", "/jobs/", Reply.json([], length=2))

    async def main() -> FaultyServer:
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await client.jobs()
            await client.submit(REQUEST, seal())
            await client.jobs()
            return server

    read, post, again = run(main()).ledger
    assert read.connection == again.connection != post.connection


def test_progress_reports_all_bytes_and_the_first_byte_once(seal: SealArchive) -> None:
    reported: list[tuple[int, int]] = []
    begun: list[int] = []
    size = 700_000

    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await client.submit(
                REQUEST,
                seal(bytes(size)),
                progress=lambda done, total: reported.append((done, total)),
                on_first_byte=lambda: begun.append(len(reported)),
            )

    run(main())
    assert begun == [0]
    assert reported == sorted(reported)
    assert reported[-1] == (size, size)


def test_a_post_with_a_refused_token_is_not_retried(seal: SealArchive) -> None:
    tokens = iter(["old", "new"])
    for status, kind in ((401, TokenRefused), (500, Unconfirmed)):
        handler = Reply.html() if status == 500 else Reply.json({"detail": "Invalid token."}, 401)

        async def main(handler: Reply = handler, kind: type = kind) -> FaultyServer:
            async with (
                FaultyServer(lambda _: handler) as server,
                ServiceAccountClient(server.url, lambda: next(tokens)) as client,
            ):
                assert type(await failed(client, seal())) is kind
                return server

        assert run(main()).posts == 1


def picky(good: str) -> Any:
    def handler(request: Received) -> Reply:
        if request.header("Authorization") == [f"Bearer {good}"]:
            return Reply.json([])
        return Reply.html()

    return handler


def test_a_read_is_retried_once_with_a_new_token() -> None:
    tokens = iter(["old", "new", "never"])

    async def main() -> FaultyServer:
        async with (
            FaultyServer(picky("new")) as server,
            ServiceAccountClient(server.url, lambda: next(tokens)) as client,
        ):
            assert await client.jobs() == []
            return server

    assert [r.header("Authorization") for r in run(main()).ledger] == [
        ["Bearer old"],
        ["Bearer new"],
    ]
    assert next(tokens) == "never"


@pytest.mark.parametrize(
    "refusal", [Reply.html(), Reply.json({"detail": "Invalid token."}, 401)], ids=["500", "401"]
)
def test_a_download_is_retried_once_with_a_new_token(refusal: Reply, tmp_path: Path) -> None:
    tokens = iter(["old", "new", "never"])

    def handler(request: Received) -> Reply:
        is_new = request.header("Authorization") == ["Bearer new"]
        return Reply(200, b"bytes", "application/octet-stream") if is_new else refusal

    async def main() -> FaultyServer:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, lambda: next(tokens)) as client,
        ):
            path = await client.download(REF, JobFile(name="f", key="f"), tmp_path)
            assert path.read_bytes() == b"bytes"
            return server

    assert [r.header("Authorization") for r in run(main()).ledger] == [
        ["Bearer old"],
        ["Bearer new"],
    ]
    assert next(tokens) == "never"


def test_a_hundred_downloads_and_reads_request_one_new_token(tmp_path: Path) -> None:
    requests: list[str] = []

    def source() -> str:
        requests.append(f"token-{len(requests)}")
        return requests[-1]

    async def main() -> None:
        async with (
            FaultyServer(picky("token-1")) as server,
            ServiceAccountClient(server.url, source) as client,
        ):
            await client.tokens.get()
            await asyncio.gather(
                *(client.jobs() for _ in range(50)),
                *(
                    client.download(REF, JobFile(name=f"f{number}", key="f"), tmp_path)
                    for number in range(50)
                ),
            )

    run(main(), 20)
    assert requests == ["token-0", "token-1"]
    assert len(list(tmp_path.iterdir())) == 50


def test_a_401_about_quota_is_not_about_the_token(tmp_path: Path) -> None:
    async def main() -> int:
        async with (
            FaultyServer(lambda _: Reply.json("User has not quota!", 401)) as server,
            ServiceAccountClient(server.url, lambda: str(len(server.ledger)) * 9) as client,
        ):
            for send in (
                client.jobs,
                lambda: client.download(REF, JobFile(name="f", key="f"), tmp_path),
            ):
                with pytest.raises(QuotaRefused):
                    await send()
            return len(server.ledger)

    assert run(main()) == 2


def test_a_response_with_another_marker_is_unconfirmed(
    seal: SealArchive,
) -> None:
    mine, other = new_marker(), new_marker()
    request = REQUEST.for_archive("job.zip", "job", mine)

    async def main() -> None:
        for marker in (other, mine):
            job = JOB | {"title": f"t [{marker}]"}
            async with (
                FaultyServer(lambda _, job=job: Reply.json(job, 201)) as server,
                ServiceAccountClient(server.url, "t") as client,
            ):
                if marker == mine:
                    assert (await client.submit(request, seal())).marker == mine
                    continue
                with pytest.raises(Unconfirmed, match="another job"):
                    await client.submit(request, seal())
                assert server.posts == 1

    run(main())


def test_a_read_is_not_retried_without_another_token() -> None:
    async def main() -> FaultyServer:
        async with (
            FaultyServer(picky("other")) as server,
            ServiceAccountClient(server.url, "only") as client,
        ):
            with pytest.raises(ServiceFailure, match="token"):
                await client.jobs()
            return server

    assert len(run(main()).ledger) == 1


def test_a_read_is_not_retried_twice() -> None:
    tokens = (f"token-{number}" for number in range(99))

    async def main() -> FaultyServer:
        async with (
            FaultyServer(picky("other")) as server,
            ServiceAccountClient(server.url, lambda: next(tokens)) as client,
        ):
            with pytest.raises(ServiceFailure):
                await client.jobs()
            return server

    assert len(run(main()).ledger) == 2


def test_an_expired_jwt_that_fails_is_named_as_expired() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1}).encode()).decode().rstrip("=")

    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply.html()) as server,
            ServiceAccountClient(server.url, f"e30.{claims}.sig") as client,
        ):
            with pytest.raises(TokenRefused, match="expired"):
                await client.jobs()

    run(main())


@pytest.mark.parametrize("changes", [True, False], ids=["a new token", "the same again"])
def test_a_hundred_failed_reads_request_one_new_token(changes: bool) -> None:
    requests: list[str] = []

    def source() -> str:
        requests.append(f"token-{len(requests) if changes else 0}")
        return requests[-1]

    async def main() -> None:
        async with (
            FaultyServer(picky("token-1")) as server,
            ServiceAccountClient(server.url, source) as client,
        ):
            first = await client.tokens.get()
            found = await asyncio.gather(
                *(client.jobs() for _ in range(100)), return_exceptions=True
            )
            assert all((handler == []) is changes for handler in found)
            assert first.source == "your code"

    run(main(), 20)
    assert len(requests) == 2


def test_without_a_token_no_request_is_sent(seal: SealArchive) -> None:
    async def main() -> FaultyServer:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url) as client,
        ):
            assert type(await failed(client, seal())) is TokenMissing
            with pytest.raises(TokenMissing):
                await client.jobs()
            return server

    assert run(main()).ledger == []


@pytest.mark.parametrize(
    "url", ["http://bspsa.cineca.it", "http://10.0.0.1:8000", "http://localhost.evil.example"]
)
def test_plain_http_to_another_machine_is_refused_before_a_connection(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ServiceAccountClient(url, SECRET)
    assert caught.value.field == "endpoint"
    assert SECRET not in str(caught.value)


def test_a_token_chain_of_another_endpoint_is_unsafe(seal: SealArchive) -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as folder, FaultyServer(Account()) as other:
            chain = TokenChain(ServiceAccountClient(folder.url).endpoint, SECRET)
            async with ServiceAccountClient(other.url, chain) as client:
                assert type(await failed(client, seal())) is UnsafeEndpoint
                with pytest.raises(UnsafeEndpoint):
                    await client.jobs()
            assert folder.ledger == other.ledger == []

    run(main())


def test_an_untrusted_certificate_gets_no_token(seal: SealArchive) -> None:
    """The handshake fails before a byte of the request; the server never sees one."""

    async def main() -> None:
        received: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.append(await reader.read(100))  # the ClientHello
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, ServiceAccountClient(f"https://127.0.0.1:{port}", SECRET) as client:
            assert isinstance(await failed(client, seal()), NotSent)
        assert SECRET.encode() not in b"".join(received)

    run(main())
    assert transport._no_authorities().verify_mode is ssl.CERT_REQUIRED


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    for name in ("", "bspsa_widgets", "httpx", "httpcore", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.mark.parametrize(
    "handler",
    [
        Reply.html(),
        Reply.json({"detail": "no"}, 401),
        Reply.json("Wrong tool value!", 400),
        Reply.json(JOB, 201),
        Reply(raw=b"garbage", end="close"),
        Reply(raw=b"", end="reset"),
        Reply.html(302, "", headers=(("Location", "http://evil.example/"),)),
    ],
    ids=["500", "401", "400", "201", "garbage", "reset", "redirect"],
)
def test_the_token_shows_in_no_log_repr_or_traceback(
    handler: Reply, seal: SealArchive, everything_logged: pytest.LogCaptureFixture
) -> None:
    reported: list[str] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda _: handler) as server,
            ServiceAccountClient(server.url, SECRET) as client,
        ):
            for call in (client.jobs, lambda: client.submit(REQUEST, seal())):
                try:
                    reported.append(repr(await call()))
                except BspsaError as error:
                    chain: BaseException | None = error
                    while chain is not None:
                        reported.append(f"{chain!r} {chain} {vars(chain)}")
                        chain = chain.__cause__ or chain.__context__
                    shown = traceback.TracebackException.from_exception(error, capture_locals=False)
                    reported.append("".join(shown.format()))
            reported.append(repr(client) + repr(client.tokens) + repr(await client.tokens.get()))
            reported.append(str(vars(client)))
            assert any(SECRET in str(r.headers) for r in server.ledger)  # it was really sent

    run(main())
    assert "httpcore" in {record.name.split(".")[0] for record in everything_logged.records}
    text = "\n".join([*reported, everything_logged.text])
    forms = (SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode())
    assert not [form for form in forms if form in text]


def test_the_stray_body_of_a_204_does_not_reach_the_next_request() -> None:
    """api.md section 6: `204`, `Content-Length: 2`, body `""`, on a living connection."""
    stray = Reply(204, '""', "application/json")

    def handler(request: Received) -> Reply:
        return stray if request.method == "DELETE" else Reply.json(JOB)

    async def main() -> FaultyServer:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            for _ in range(3):
                await client.job(REF)
                assert (await client.delete(REF)).job_id == JOB["job_id"]
            return server

    server = run(main())
    deletes = server.of("DELETE")
    assert all(request.header("Connection") == ["close"] for request in deletes)
    others = {request.connection for request in server.of("GET")}
    assert not others & {request.connection for request in deletes}
    assert len({request.connection for request in deletes}) == 3


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_delete_without_a_response_is_judged_by_the_read(end: End) -> None:
    gone = Reply(raw=b"", end=end)

    def handler(request: Received) -> Reply:
        return gone if request.method == "DELETE" else Reply.json(JOB | {"stage": "CANCELED"})

    async def main() -> Job:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            job = await client.delete(REF)
            assert [r.method for r in server.ledger] == ["DELETE", "GET"]
            return job

    assert run(main()).outcome == "cancelled"


def test_a_delete_with_an_unknown_effect_is_an_error() -> None:
    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply(raw=b"", end="close")) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(ServiceFailure) as caught:
                await client.delete(REF)
            assert "not known" in str(caught.value)
            assert "Nothing was changed" not in str(caught.value)
            assert len(server.of("DELETE")) == 1

    run(main())


def test_a_delete_that_failed_to_connect_is_not_sent() -> None:
    async def main() -> None:
        async with ServiceAccountClient(f"http://127.0.0.1:{free_port()}", "t") as client:
            with pytest.raises(NotSent):
                await client.delete(REF)

    run(main())


@pytest.mark.parametrize(
    "body",
    ["<html>", "", "{", "[1,", '"text"', "5", "null", '{"jobs": []}', "\x00"],
)
def test_a_200_with_unexpected_content_is_a_service_failure(body: str) -> None:
    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply(200, body)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            for send in (client.jobs, client.projects, client.quotas, client.systems):
                with pytest.raises(ServiceFailure):
                    await send()
            with pytest.raises(ServiceFailure):
                await client.job(REF)

    run(main())


def test_an_entry_that_cannot_be_read_does_not_hide_the_others() -> None:
    entries = [None, JOB, 5, {"id": 3}, {"job_id": 7}, JOB | {"job_id": "B"}]

    async def main() -> list[Job]:
        async with (
            FaultyServer(lambda _: Reply.json(entries)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.jobs()

    assert [job.job_id for job in run(main())] == [JOB["job_id"], "B"]


def test_a_proxy_of_the_environment_gets_nothing_meant_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, seal: SealArchive
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    async def main() -> FaultyServer:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await client.jobs()
            await client.submit(REQUEST, seal())
            return server

    assert len(run(main()).ledger) == 2


@pytest.mark.parametrize(
    ("handler", "is_reported"),
    [(Reply.json("UNICORE cannot abort", 500), True), (Reply.html(500), False)],
    ids=["the system's no", "a web page, which says nothing"],
)
def test_a_refused_cancel_is_an_error_only_with_the_systems_message(
    handler: Reply, is_reported: bool
) -> None:
    def answering(request: Received) -> Reply:
        return handler if request.method == "DELETE" else Reply.json(JOB | {"stage": "RUNNING"})

    async def main() -> Job | ServiceFailure:
        async with (
            FaultyServer(answering) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            try:
                return await client.delete(REF)
            except ServiceFailure as error:
                return error

    found = run(main())
    assert isinstance(found, ServiceFailure) is is_reported
    assert not is_reported or "UNICORE cannot abort It is still RUNNING" in str(found)


# What UNICORE and NSG answer is passed on as it is, and so is their status (api.md section 6).
ENDINGS = [
    Reply.json(JOB),
    Reply.json("Job is already deleted/canceled"),
    Reply(204, '""', "application/json"),
    Reply.html(500),
    Reply.json("", 500),
    Reply.json("no such job", 404),
    Reply.html(404),
    Reply.json("not allowed", 403),
    Reply.json({"detail": "Not found."}, 404),
]


@pytest.mark.parametrize("handler", ENDINGS, ids=lambda reply: f"{reply.status} {reply.body:.12}")
@pytest.mark.parametrize("stage", ["FAILED", "CANCELED", "DELETED"])
def test_a_finished_job_is_finished_whatever_the_delete_response(
    handler: Reply, stage: str
) -> None:
    over = JOB | {"stage": stage, "terminal_stage": stage == "FAILED", "failed": True}
    job, server = run(deleted(handler, Reply.json(over)))
    assert (job.stage, job.is_over) == (stage, True)
    assert [request.method for request in server.ledger] == ["DELETE", "GET"]


def deleted(handler: Reply, read: Reply) -> Coroutine[Any, Any, tuple[Job, FaultyServer]]:
    async def main() -> tuple[Job, FaultyServer]:
        async with (
            FaultyServer(lambda r: handler if r.method == "DELETE" else read) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.delete(REF), server

    return main()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_the_systems_refusal_is_quoted_while_the_job_runs(status: int) -> None:
    running = Reply.json(JOB | {"stage": "RUNNING"})
    with pytest.raises(ServiceFailure, match=r"not ended: no way It is still RUNNING") as caught:
        run(deleted(Reply.json("no way", status), running))
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (Reply.json({"detail": "Invalid token."}, 401), TokenRefused),
        (Reply.json({"detail": "Authentication credentials were not provided."}, 403), Refused),
    ],
)
def test_the_services_own_refusal_is_a_read_error(handler: Reply, kind: type[BspsaError]) -> None:
    with pytest.raises(kind, match=r"take your access token|may not use this project"):
        run(deleted(handler, Reply.json(JOB | {"stage": "RUNNING"})))


def test_a_missing_job_is_found_by_the_read() -> None:
    with pytest.raises(NotFound, match="Job not found"):
        run(deleted(Reply.json("Job not found!", 404), Reply.json("Job not found!", 404)))


def test_a_name_that_is_listed_twice_is_one_file() -> None:
    async def main() -> list[str]:
        async with (
            FaultyServer(lambda _: Reply.json(["/stdout", "/stderr", "/stdout"])) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return [file.name for file in await client.files(REF)]

    assert run(main()) == ["stdout", "stderr"]
