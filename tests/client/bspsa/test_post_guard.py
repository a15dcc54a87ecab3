"""A body that ends early is reset: the service would run an orderly half of it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpcore
import pytest

from bspsa_widgets.client.bspsa.post_guard import PostGuard
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import Unconfirmed
from tests.conftest import SealArchive
from tests.faulty_server import Account, FaultyServer, Received, run

REQUEST = check_form(JobForm(command="ls", title="t")).request
SIZE = 8 << 20
How = Callable[[Path, int, asyncio.Task[object]], object]


def broken_off(archive: SealedArchive, how: How) -> Received:
    """The POST of which, with half of it sent, `how` breaks off the rest."""

    async def main() -> Received:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            broken: list[object] = []

            def at_half(sent: int, total: int) -> None:
                if not broken and sent * 2 >= total:
                    broken.append(how(archive.path, sent, task))

            task = asyncio.create_task(client.submit(REQUEST, archive, progress=at_half))
            with pytest.raises((Unconfirmed, asyncio.CancelledError)):
                await task
            await server.post_ended.wait()
            [request] = server.ledger
            return request

    return run(main())


@pytest.mark.parametrize(
    "how",
    [
        lambda path, sent, _: os.truncate(path, sent + 5000),
        lambda path, *_: os.truncate(path, 0),
        lambda _path, _sent, task: task.cancel(),
    ],
    ids=["cut on the disk", "emptied", "cancelled"],
)
def test_an_upload_that_ends_early_is_reset(how: How, seal: SealArchive) -> None:
    request = broken_off(seal(bytes(SIZE)), how)
    assert not request.whole
    assert request.ended == "reset"


def test_what_is_added_to_the_archive_meanwhile_is_not_sent(seal: SealArchive) -> None:
    archive = seal(b"sealed" * 200_000)

    def add() -> None:
        with archive.path.open("ab") as file:
            file.write(b"more")

    async def main() -> Received:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await client.submit(REQUEST, archive, on_first_byte=add)
            return server.ledger[0]

    request = run(main())
    assert request.whole
    assert hashlib.sha256(request.body).hexdigest() == archive.sha256


KILLED = """
import asyncio, os, pickle, signal, sys
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobForm, check_form

def at_half(sent, total):
    if sent * 2 >= total:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    archive = pickle.loads(bytes.fromhex(sys.argv[2]))
    async with ServiceAccountClient(sys.argv[1], "t") as client:
        request = check_form(JobForm(command="ls", title="t")).request
        await client.submit(request, archive, progress=at_half)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_process_killed_while_sending_leaves_no_half_job(seal: SealArchive) -> None:
    archive = seal(bytes(SIZE))

    async def main() -> None:
        async with FaultyServer(Account()) as server:
            sealed = pickle.dumps(archive).hex()
            command = (sys.executable, "-c", KILLED, server.url, sealed)
            ended = await asyncio.to_thread(subprocess.run, command, check=False)
            assert ended.returncode == -signal.SIGKILL
            await server.post_ended.wait()
            [request] = server.ledger
            assert (request.whole, request.ended) == (False, "reset")

    run(main())


def test_after_the_last_byte_the_connection_closes_normally(seal: SealArchive) -> None:
    """Nothing that the system still holds of the body may be lost by a reset."""
    events: list[bytes] = []

    async def main() -> None:
        hold, is_sent = asyncio.Event(), asyncio.Event()
        async with (
            FaultyServer(Account(), hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            original = PostGuard._set_linger

            def noted(self: PostGuard, how: bytes) -> None:
                events.append(how)
                original(self, how)
                if self.is_complete:
                    is_sent.set()

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(PostGuard, "_set_linger", noted)
                task = asyncio.create_task(client.submit(REQUEST, seal()))
                await server.post_arrived.wait()
                # The server may have all of it a moment before the client knows.
                await asyncio.wait_for(is_sent.wait(), 10)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert server.ledger[0].whole
            hold.set()

    run(main())
    assert [how[:1] for how in events] == [b"\x01", b"\x00"]


def test_a_response_before_a_closed_connection_is_read() -> None:
    async def main() -> None:
        async with asyncio.timeout(None) as limit:
            sending = PostGuard(limit, 600, None)
            post = httpcore.Request("POST", "http://127.0.0.1/")
            await sending.trace("http11.send_request_headers.started", {"request": post})
            await sending.trace(
                "http11.send_request_body.failed", {"exception": httpcore.WriteError()}
            )
            assert limit.when() is None
            await sending.trace("http11.receive_response_headers.started", {"request": post})
            assert limit.when() is not None

    run(main())


def test_a_connect_request_is_not_the_first_byte() -> None:
    async def main() -> None:
        begun: list[bool] = []
        async with asyncio.timeout(None) as limit:
            sending = PostGuard(limit, 600, lambda: begun.append(True))
            for method in ("CONNECT", "POST", "POST"):
                request = httpcore.Request(method, "http://127.0.0.1/")
                assert sending.began is (len(begun) == 1)
                await sending.trace("http11.send_request_headers.started", {"request": request})
                if method == "CONNECT":
                    await sending.trace("http11.send_request_body.complete", {"return_value": None})
                    await sending.trace("http11.receive_response_headers.started", {})
                    assert not sending.began
                    assert not sending.is_complete
                    assert limit.when() is None
        assert begun == [True]

    run(main())
