"""Answers of any size, shape and speed: bounded in memory and time, errors of one tree."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.client.bspsa import responses
from bspsa_widgets.client.bspsa.responses import retry_after_seconds
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import BspsaError, ServiceFailure, Unconfirmed
from tests.conftest import SealArchive
from tests.faulty_server import FaultyServer, Received, Reply, contract, run
from tests.virtual_time import elapsed, run_virtual

JOB = contract("job.json")["examples"][0]["body"]
REF = JobRef("pizdaint", "bsp_pizdaint_01", JOB["job_id"])
REQUEST = check_form(JobForm(command="ls", title="t")).request
NOON = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "86401"}, 86_400),
        ({"retry-after": "9" * 5000}, 86_400),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "5, 10"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:20 GMT", "date": NOON}, 20),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT", "date": NOON}, 0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": NOON}, 86_400),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:20 GMT"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:20 GMT", "date": "noon"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:20 -0000", "date": NOON}, None),
        ({"retry-after": "Mon, 99 Nov 2026 12:00:20 GMT", "date": NOON}, None),
    ],
)
def test_retry_after_uses_the_services_own_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert (
        retry_after_seconds(httpx.Headers({k: v.encode() for k, v in headers.items()})) == seconds
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_retry_after_is_a_delay_or_none(text: str, date: str) -> None:
    found = retry_after_seconds({"retry-after": text, "date": date})
    assert found is None or 0 <= found <= 86_400


def outcome(reply: Reply, send: Any) -> Any:
    async def main() -> Any:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            try:
                return await send(client)
            except BspsaError as error:
                return error

    return run(main())


def packed(data: bytes, status: int = 200, encoding: str = "gzip", **more: Any) -> Reply:
    return Reply(status, data, headers=(("Content-Encoding", encoding),), **more)


def test_no_request_accepts_a_compressed_response(seal: SealArchive, tmp_path: Path) -> None:
    async def main() -> list[list[str]]:
        async with (
            FaultyServer(lambda _: Reply.json(JOB)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            file = JobFile(name="out", key="out")
            await client.job(REF)
            await client.download(REF, file, tmp_path)
            await client.part(REF, file, start=0, max_bytes=5, max_whole=1 << 20)
            await client.delete(REF)
            with pytest.raises(Unconfirmed):
                await client.submit(REQUEST, seal())
            return [request.header("Accept-Encoding") for request in server.ledger]

    assert run(main()) == [["identity"]] * 6


BOMB = gzip.compress(bytes(40 << 20), 1)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("gzip", "(gzip)"),
        ("GZIP , gzip", "(gzip, gzip)"),
        ("deflate", "(deflate)"),
        ("br", "(br)"),
        ("identity, x-gzip", "(x-gzip)"),
        ("token-abc", "(in an unknown way)"),
    ],
)
def test_a_compressed_response_is_an_error_that_names_the_encoding(
    encoding: str, named: str, seal: SealArchive, tmp_path: Path
) -> None:
    reply = packed(gzip.compress(Reply.json([JOB]).bytes()), encoding=encoding)
    file = JobFile(name="out", key="out")
    requests: list[Any] = [
        lambda c: c.jobs(),
        lambda c: c.job(REF),
        lambda c: c.fetch(REF, file, tmp_path),
        lambda c: c.part(REF, file, start=None, max_bytes=9, max_whole=1 << 20),
    ]
    for send in requests:
        error = outcome(reply, send)
        assert type(error) is ServiceFailure
        assert named in error.message
        assert "proxy" in error.advice
    refused = outcome(packed(BOMB, 404, encoding), lambda c: c.job(REF))
    assert type(refused) is ServiceFailure
    assert named in refused.message
    assert list(tmp_path.iterdir()) == []
    created = outcome(packed(BOMB, 201, encoding), lambda c: c.submit(REQUEST, seal()))
    assert type(created) is Unconfirmed
    assert named in created.message


def test_an_identity_encoding_is_read() -> None:
    for encoding in ("identity", " Identity ,identity", ""):
        reply = Reply(200, Reply.json([JOB]).body, headers=(("Content-Encoding", encoding),))
        assert [job.raw for job in outcome(reply, lambda c: c.jobs())] == [JOB]


def test_the_size_limit_is_larger_for_lists() -> None:
    long = Reply.json([JOB] * 4000)
    assert len(str(long.body)) > responses.MAX_OBJECT_BYTES
    assert len(outcome(long, lambda c: c.jobs())) == 4000
    error = outcome(Reply.json(JOB | {"x": "x" * (1 << 20)}), lambda c: c.job(REF))
    assert type(error) is ServiceFailure
    assert "too long" in str(error)


NESTED = "[" * 60 + "]" * 60


@pytest.mark.parametrize(
    "text",
    [
        NESTED,
        '{"a":' * 60 + "1" + "}" * 60,
        '{"job_id": ' + NESTED + "}",
        "[" * 200_000,
        "[" * 200_000 + "]" * 200_000,
        '{"job_id": NaN}',
        '{"job_id": 1e999}',
        '{"job_id": ' + "9" * 5000 + "}",
        '{"job_id": {"job_id": "A"}}',
    ],
    ids=lambda text: text[:25],
)
def test_an_impossible_response_is_a_package_error(text: str, seal: SealArchive) -> None:
    assert type(outcome(Reply(200, text), lambda c: c.job(REF))) is ServiceFailure
    listed = outcome(Reply(200, f"[{text}]"), lambda c: c.jobs())
    assert listed == [] or type(listed) is ServiceFailure
    assert type(outcome(Reply(201, text), lambda c: c.submit(REQUEST, seal()))) is Unconfirmed


WEIRD = [None, True, -1, 1.5, 10**400, "", "x" * 500, [], [[]], {}, {"a": []}, "NaN", "1e999"]


@pytest.mark.parametrize("value", WEIRD, ids=lambda value: repr(value)[:12])
def test_any_type_in_any_key_is_read_or_a_package_error(value: Any, seal: SealArchive) -> None:
    for key in JOB:
        found = outcome(Reply.json(JOB | {key: value}), lambda c: c.job(REF))
        assert isinstance(found, Job | ServiceFailure), key
        found = outcome(Reply.json(JOB | {key: value}, 201), lambda c: c.submit(REQUEST, seal()))
        assert isinstance(found, Job | Unconfirmed), key
    for send in ("projects", "quotas", "jobs", "systems"):
        for example in (contract("quotas.json")["list"]["body"][0], {}):
            rows = [example | {key: value} for key in example or ["id"]]
            found = outcome(Reply.json(rows), lambda c, send=send: getattr(c, send)())
            assert isinstance(found, list | ServiceFailure)
    found = outcome(Reply.json([value, {"filename": value}]), lambda c: c.files(REF))
    assert isinstance(found, list | ServiceFailure)


class Dripping(FaultyServer):
    """One byte of the answer a minute, from the first on or after so many."""

    at_once = 0

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        data = reply.bytes()
        for piece in (data[: self.at_once], *(bytes([byte]) for byte in data[self.at_once :])):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(59)  # no read between two of them takes too long
        return True


@pytest.mark.parametrize("at_once", [0, 200], ids=["from the head on", "in the body"])
def test_a_slow_response_times_out(at_once: int, seal: SealArchive, tmp_path: Path) -> None:
    async def main() -> None:
        server = Dripping(lambda _: Reply.json({"x": "x" * 500}))
        server.at_once = at_once
        async with server, ServiceAccountClient(server.url, "t") as client:
            requests = [lambda: client.job(REF)]
            if not at_once:  # a file may take its time once it comes
                requests.append(lambda: client.download(REF, JobFile(name="f", key="f"), tmp_path))
            for send in requests:
                began = elapsed()
                with pytest.raises(ServiceFailure, match="in time"):
                    await send()
                assert elapsed() - began == pytest.approx(120, abs=1)
            began = elapsed()
            with pytest.raises(Unconfirmed, match="in time"):
                await client.submit(REQUEST, seal())
            assert elapsed() - began == pytest.approx(600, abs=1)
            methods = [request.method for request in server.ledger]
            assert methods == ["GET"] * len(requests) + ["POST"]

    with stamina.set_testing(False):
        run_virtual(main())


def test_a_slow_file_is_received(tmp_path: Path) -> None:
    async def main() -> None:
        server = Dripping(lambda _: Reply(200, b"0123456789", "application/octet-stream"))
        server.at_once = len(server.answer(None).bytes()) - 10  # type: ignore[arg-type]
        async with server, ServiceAccountClient(server.url, "t") as client:
            path = await client.download(REF, JobFile(name="f", key="f"), tmp_path)
            assert path.read_bytes() == b"0123456789"
            assert elapsed() > 9 * 59

    run_virtual(main())


def test_a_cancel_with_a_slow_response_is_judged_by_the_read() -> None:
    class DrippingDelete(Dripping):
        async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
            if reply.status == 204:
                return await super()._send(writer, reply)
            return await FaultyServer._send(self, writer, reply)

    def response(request: Received) -> Reply:
        return Reply(204) if request.method == "DELETE" else Reply.json(JOB)

    async def main() -> None:
        async with (
            DrippingDelete(response) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            assert (await client.delete(REF)).job_id == JOB["job_id"]
            assert [request.method for request in server.ledger] == ["DELETE", "GET"]

    run_virtual(main())
