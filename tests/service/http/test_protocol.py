"""Nobody holds the service by connections, slow heads, slow bodies or long ones."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bspsa_widgets.service.address import ServiceAddress
from tests.service.conftest import Caller, payload, until
from tests.service.raw import Wire, head, port_of, running

LIMITS = (
    "protocol.HEAD_SECONDS=1 protocol.MAX_CONNECTIONS=8"
    " submission.PAUSE_SECONDS=0.5 submission.SLOWEST=100000"
)
FORM = {
    "Payload": json.dumps(payload("pizdaint")),
    "Content_Disposition": "attachment; filename=job.zip",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceAddress]:
    with running(tmp_path_factory.mktemp("limits") / "s", LIMITS) as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_comes_of_it(address: ServiceAddress) -> Iterator[None]:
    yield
    database = sqlite3.connect(address.directory / "service.db")
    kept = [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("jobs", "used")]
    database.close()
    assert kept == [[], []]
    until(lambda: not list(address.directory.glob("incoming/*")), "its tidying up")
    assert list(address.directory.glob("jobs/*")) == []


def _answers(address: ServiceAddress) -> bool:
    return httpx.get(f"{address.url}/status/").status_code == 200


def test_a_silent_connection_is_closed(address: ServiceAddress) -> None:
    start = time.monotonic()
    with Wire(port_of(address)) as wire:
        assert wire.read() == b""
    assert 0.5 < time.monotonic() - start < 10


def test_a_slow_head_is_closed(address: ServiceAddress) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(b"GET /status/ HTTP/1.1\r\n")
        assert wire.drip(b"a: b\r\n", 0.05) < 10


def test_a_slow_second_head_is_closed(address: ServiceAddress) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(head(address, "GET /status/"))
        assert wire.socket.recv(65536).startswith(b"HTTP/1.1 200")
        assert wire.drip(b"G", 0.05) < 10


@pytest.mark.parametrize("line", ["GET /status/", "POST /jobs/nothing/", "GET /jobs/pizdaint/"])
def test_an_unneeded_body_is_not_waited_for(address: ServiceAddress, line: str) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(head(address, line, Content_Length="1000000"))
        assert wire.drip(b"x", 0.05) < 10


@pytest.mark.parametrize("changes", [{"Authorization": "Bearer x"}, {"Host": "evil.example"}])
def test_a_refused_request_is_not_read(address: ServiceAddress, changes: dict[str, str]) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(
            head(address, "POST /jobs/pizdaint/", Content_Length="1000000", **(FORM | changes))
        )
        assert wire.drip(b"x" * 1000, 0.05) < 10


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"Authorization": "Bearer x"}, b"401"),
        ({"Host": "evil.example"}, b"403"),
        ({"Transfer_Encoding": "nonsense"}, b"400"),  # not even read as a request
    ],
)
def test_a_refusal_arrives_although_the_body_was_still_being_sent(
    address: ServiceAddress, changes: dict[str, str], answer: bytes
) -> None:
    changes |= {"Content_Length": "8000000", "Connection": "close"}
    with Wire(port_of(address)) as wire:
        wire.send(head(address, "POST /jobs/pizdaint/", **(FORM | changes)))
        wire.send(bytes(8_000_000))
        read = wire.read()
    assert read.startswith(b"HTTP/1.1 " + answer), read


def test_a_stalled_body_is_refused(address: ServiceAddress) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(head(address, "POST /jobs/pizdaint/", Content_Length="1000", **FORM) + b"PK")
        assert wire.read().startswith(b"HTTP/1.1 408 ")


def test_a_slow_body_is_refused(address: ServiceAddress) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(head(address, "POST /jobs/pizdaint/", Content_Length="1000", **FORM))
        assert wire.drip(b"x", 0.05) < 10


@pytest.mark.parametrize(
    "more", [{"X_Long": "x" * 33_000}, {f"X_{n}": "x" * 50 for n in range(800)}]
)
def test_a_long_head_is_refused(address: ServiceAddress, more: dict[str, str]) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(head(address, "GET /jobs/", **more))
        assert wire.read()[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400")  # whole, or in pieces


def test_an_endless_head_is_refused(address: ServiceAddress) -> None:
    with Wire(port_of(address)) as wire:
        wire.send(b"GET /status/ HTTP/1.1\r\n")
        assert wire.drip(b"a" * 65536, 0.0) < 10


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(address: ServiceAddress) -> None:
    with Wire(port_of(address)) as wire:
        length = str(2 * 2**30 + 1)
        wire.send(head(address, "POST /jobs/pizdaint/", Content_Length=length, **FORM))
        assert wire.socket.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_connections_above_the_limit_are_closed_at_once(address: ServiceAddress) -> None:
    wires = [Wire(port_of(address)) for _ in range(8)]
    try:
        start = time.monotonic()
        with Wire(port_of(address)) as one_more:
            assert one_more.read() == b""
        assert time.monotonic() - start < 0.9
        wires[0].send(head(address, "GET /status/"))
        assert wires[0].socket.recv(65536).startswith(b"HTTP/1.1 200")
    finally:
        for wire in wires:
            wire.socket.close()
    for _ in range(200):
        try:
            if _answers(address):
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError("it does not answer any more")


def test_data_after_the_last_request_gets_no_response(tmp_path: Path) -> None:
    with running(tmp_path / "s") as address, Wire(port_of(address)) as wire:
        wire.send(
            head(address, "POST /jobs/pizdaint/", **FORM, Content_Length="5", Connection="close")
        )
        wire.send(b"12345")
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ConnectionError):  # the service has had enough before all is sent
            for _ in range(20):
                wire.send(b"more")
                time.sleep(0.0001)  # so that they come one by one
        read = wire.read()
    assert [read[:12], read.count(b"HTTP/1.1")] == [b"HTTP/1.1 201", 1]


def test_data_with_the_last_request_does_not_replace_its_response(tmp_path: Path) -> None:
    form = {**FORM, "Content_Length": "5", "Connection": "close"}
    with running(tmp_path / "s") as address, Wire(port_of(address)) as wire:
        # In one piece: a 400 for the rest would say that there is no job, and there is one.
        wire.send(head(address, "POST /jobs/pizdaint/", **form) + b"12345more")
        read = wire.read()
    assert [read[:12], read.count(b"HTTP/1.1")] == [b"HTTP/1.1 201", 1]


def test_a_slow_reader_receives_everything(tmp_path: Path) -> None:
    with running(tmp_path / "s", LIMITS) as address:
        caller = Caller(address.url, address.token)
        job = caller.submit("pizdaint", content=b"x" * 3_000_000)
        with Wire(port_of(address)) as wire:
            wire.send(head(address, f"GET /files/{caller.path(job)}job.zip/"))
            read = 0
            for _ in range(40):
                time.sleep(0.02)
                read += len(wire.socket.recv(100_000))
            assert read + len(wire.read()) > 3_000_000
        caller.close()
