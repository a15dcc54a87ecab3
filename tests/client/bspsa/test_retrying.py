"""Only reads are repeated, only where it may help, and never for long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from bspsa_widgets.client.bspsa import retrying, transport
from bspsa_widgets.client.bspsa.retrying import ATTEMPTS, ReadFailed, ReadRefused, with_retries
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import (
    BspsaError,
    DownloadError,
    NotSent,
    ServiceFailure,
    Unconfirmed,
    UnsafeEndpoint,
)
from tests.conftest import SealArchive
from tests.faulty_server import Account, End, FaultyServer, Received, Reply, contract, run
from tests.virtual_time import elapsed, run_virtual

JOB = contract("job.json")["examples"][0]["body"]
REF = JobRef("pizdaint", "bsp_pizdaint_01", JOB["job_id"])
REQUEST = check_form(JobForm(command="ls", title="t")).request
BUSY = Reply.html(503)

Send = Callable[[ServiceAccountClient, Path], Awaitable[Any]]
READS: dict[str, Send] = {
    "status": lambda client, _: client.status(),
    "systems": lambda client, _: client.systems(),
    "projects": lambda client, _: client.projects(),
    "quotas": lambda client, _: client.quotas(),
    "jobs": lambda client, _: client.jobs(),
    "job": lambda client, _: client.job(REF),
    "files": lambda client, _: client.files(REF),
    "download": lambda client, folder: client.download(REF, JobFile(name="f", key="f"), folder),
}


def run_read(
    reply: Callable[[Received], Reply] | Reply, send: Send, folder: Path, **more: Any
) -> Any:
    """The ledger, and what came of it."""

    async def main() -> tuple[FaultyServer, Any]:
        handler = reply if callable(reply) else (lambda _: reply)
        async with (
            FaultyServer(handler, **more) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            try:
                return server, await send(client, folder)
            except BspsaError as error:
                return server, error

    return run(main())


@pytest.mark.parametrize("send", READS.values(), ids=READS)
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_every_read_is_sent_four_times_while_the_web_server_is_busy(
    status: int, send: Send, tmp_path: Path
) -> None:
    server, error = run_read(Reply.html(status), send, tmp_path)
    assert type(error) is ServiceFailure
    assert error.status == status
    assert [request.method for request in server.ledger] == ["GET"] * 4 == ["GET"] * ATTEMPTS
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 410, 500, 501, 505, 301])
def test_a_permanent_failure_is_not_retried(status: int, tmp_path: Path) -> None:
    server, error = run_read(Reply.json({"detail": "no"}, status), READS["jobs"], tmp_path)
    assert isinstance(error, BspsaError)
    assert len(server.ledger) == 1
    if status == 500:
        assert len(run_read(Reply.html(), READS["jobs"], tmp_path)[0].ledger) == 1


def test_a_retried_read_can_succeed(tmp_path: Path) -> None:
    account = Account().on("GET", "/jobs/", BUSY, BUSY, Reply.json([JOB]))
    server, jobs = run_read(account, READS["jobs"], tmp_path)
    assert [job.job_id for job in jobs] == [JOB["job_id"]]
    assert len(server.ledger) == 3


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("cut", [0, 5, 100])
def test_a_broken_connection_is_retried(cut: int, end: End, tmp_path: Path) -> None:
    broken = Reply.json([JOB], cut=cut, end=end)
    server, error = run_read(broken, READS["jobs"], tmp_path)
    assert type(error) is ServiceFailure
    assert len(server.ledger) == ATTEMPTS


def test_a_read_timeout_is_not_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has taken its time already: 90 s, outside of this test."""
    monkeypatch.setattr(transport, "READ_TIMEOUT", httpx.Timeout(5, read=0.05))
    replies = [Reply(raw=b"", end="stall"), Reply.json([])]
    server, found = run_read(lambda _: replies.pop(0), READS["jobs"], tmp_path)
    assert isinstance(found, ServiceFailure)
    assert len(server.ledger) == 1


def test_a_download_is_not_retried_after_its_first_byte(tmp_path: Path) -> None:
    half = Reply(200, bytes(5000), "application/octet-stream", cut=2000, end="reset")
    server, error = run_read(half, READS["download"], tmp_path)
    assert type(error) is DownloadError
    assert len(server.ledger) == 1
    busy_first = [BUSY, Reply(200, b"bytes", "application/octet-stream")]
    server, path = run_read(lambda _: busy_first.pop(0), READS["download"], tmp_path)
    assert path.read_bytes() == b"bytes"
    assert len(server.ledger) == 2


@pytest.mark.parametrize("reply", [BUSY, Reply.html(429), Reply(raw=b"", end="reset")])
def test_a_submission_is_never_retried(reply: Reply, tmp_path: Path, seal: SealArchive) -> None:
    server, error = run_read(reply, lambda client, _: client.submit(REQUEST, seal()), tmp_path)
    assert type(error) is Unconfirmed
    assert [request.method for request in server.ledger] == ["POST"]
    assert server.connections == 1


@pytest.mark.parametrize("reply", [BUSY, Reply.html(429), Reply(raw=b"", end="reset")])
def test_a_cancel_is_never_retried(reply: Reply, tmp_path: Path) -> None:
    def handler(request: Received) -> Reply:
        return reply if request.method == "DELETE" else Reply.json(JOB)

    server, _ = run_read(handler, lambda client, _: client.delete(REF), tmp_path)
    assert [request.method for request in server.ledger] == ["DELETE", "GET"]


def tried(error: Exception) -> tuple[int, float]:
    """How often that failure is met, and the seconds (of the loop's clock) until it is given up."""
    times: list[float] = []

    async def send() -> None:
        times.append(elapsed())
        raise error

    async def main() -> None:
        with pytest.raises(type(error)):
            await with_retries(send)

    with stamina.set_testing(False):
        run_virtual(main())
    return len(times), times[-1]


def declined(wait: float | None, status: int = 503) -> ReadRefused:
    return ReadRefused(ServiceResponse(status, "text/html", b"", wait), None)


def test_waits_grow_and_stay_short() -> None:
    for wait in (None, 0.0):
        count, seconds = tried(declined(wait))
        assert count == ATTEMPTS
        assert 0.5 + 1 + 2 <= seconds <= 0.5 + 1 + 2 + 3 * retrying.JITTER


def test_a_refused_connection_is_retried_quickly() -> None:
    count, seconds = tried(ReadFailed(httpx.ConnectError("refused"), NotSent("x")))
    assert count == ATTEMPTS
    assert seconds <= 3 * 2 * retrying.REFUSED_DELAY


@pytest.mark.parametrize(
    ("wait", "count"), [(1.0, 4), (5.0, 4), (14.0, 3), (30.0, 2), (30.1, 1), (86_400.0, 1)]
)
def test_retry_after_is_followed_up_to_half_a_minute_in_all(wait: float, count: int) -> None:
    assert tried(declined(wait))[0] == count
    assert (count - 1) * wait <= tried(declined(wait))[1] <= 30 + 3 * retrying.JITTER


def broken(error: httpx.HTTPError, cause: Exception | None = None) -> ReadFailed:
    error.__cause__ = cause
    return ReadFailed(error, NotSent("x"))


@pytest.mark.parametrize(
    ("error", "count"),
    [
        (broken(httpx.ConnectTimeout("")), ATTEMPTS),
        (broken(httpx.ReadTimeout("")), 1),
        (broken(httpx.ReadError("")), ATTEMPTS),
        (broken(httpx.RemoteProtocolError("")), ATTEMPTS),
        (broken(httpx.ConnectError(""), ssl.SSLCertVerificationError("x")), 1),
        (broken(httpx.ConnectError(""), ssl.SSLError("WRONG_VERSION_NUMBER")), 1),
        (broken(httpx.ProxyError("")), 1),
        (broken(httpx.UnsupportedProtocol("")), 1),
        (broken(httpx.LocalProtocolError("")), 1),
        (ReadFailed(httpx.ConnectError("certificate"), UnsafeEndpoint("x")), 1),
        (UnsafeEndpoint("another address"), 1),
        (ServiceFailure("too long"), 1),
        (ValueError("ours"), 1),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_each_kind_of_failure_is_retried_or_not(error: Exception, count: int) -> None:
    assert tried(error)[0] == count


@pytest.mark.parametrize(
    ("wait", "message"),
    [("31", "31 seconds"), ("60", "60 seconds"), ("90", "2 minutes"), ("99999999", "24 hours")],
)
def test_a_long_retry_after_is_reported_and_not_retried(
    wait: str, message: str, tmp_path: Path
) -> None:
    busy = Reply.html(503, headers=(("Retry-After", wait),))
    server, error = run_read(busy, READS["jobs"], tmp_path)
    assert type(error) is ServiceFailure
    assert error.retry_after == min(float(wait), 86_400)
    assert message in str(error)
    assert "503" in str(error)
    assert len(server.ledger) == 1


def test_a_short_retry_after_is_reported_after_the_last_attempt(tmp_path: Path) -> None:
    busy = Reply.html(429, headers=(("Retry-After", "1"),))
    server, error = run_read(busy, READS["jobs"], tmp_path)
    assert (error.retry_after, error.status, len(server.ledger)) == (1.0, 429, ATTEMPTS)
    assert "1 second." in error.message


def test_an_untrusted_certificate_is_not_retried() -> None:
    async def main() -> None:
        met: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            met.append(await reader.read(100))
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, ServiceAccountClient(f"https://127.0.0.1:{port}", "t") as client:
            with pytest.raises(NotSent):
                await client.jobs()
        assert len(met) == 1

    run(main())


def test_a_read_cancelled_between_attempts_sends_no_more(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply.html(503, headers=(("Retry-After", "20"),))) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(10):
                    await client.jobs()
            assert elapsed() == pytest.approx(10)
            assert len(server.ledger) == 1

    with stamina.set_testing(False):
        run_virtual(main())
