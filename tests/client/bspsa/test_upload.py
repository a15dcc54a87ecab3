"""What is sent is what was sealed, or nothing is sent."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from bspsa_widgets.client.bspsa import upload
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import SealedArchive, stamp_of
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import BspsaError, PackingError, Unconfirmed
from tests.conftest import SealArchive
from tests.faulty_server import Account, FaultyServer, run

REQUEST = check_form(JobForm(command="ls", title="t")).request


def submitted(archive: SealedArchive) -> tuple[FaultyServer, BspsaError]:
    async def main() -> tuple[FaultyServer, BspsaError]:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(BspsaError) as caught:
                await client.submit(REQUEST, archive)
            return server, caught.value

    return run(main())


def appended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def altered(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def create_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "change", [appended, truncated, altered, create_folder, Path.unlink], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("size", [500_000, upload.LONG_READ], ids=["small", "large"])
def test_an_archive_that_has_changed_is_not_sent(
    size: int, change: object, seal: SealArchive
) -> None:
    archive = seal(bytes(size))
    change(archive.path)
    server, error = submitted(archive)
    assert type(error) is PackingError
    assert not error.job_may_exist
    assert server.ledger == []
    assert server.connections == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs Linux's /proc")
def test_an_archive_that_opens_but_cannot_be_read_is_not_sent(seal: SealArchive) -> None:
    path = Path("/proc/self/mem")
    archive = replace(seal(), path=path, stamp=stamp_of(path.stat()))
    server, error = submitted(archive)
    assert type(error) is PackingError
    assert server.connections == 0


def test_a_changed_small_archive_is_found_by_its_content(seal: SealArchive) -> None:
    archive = seal(bytes(1000))
    altered(archive.path)
    server, error = submitted(replace(archive, stamp=stamp_of(archive.path.stat())))
    assert type(error) is PackingError
    assert server.connections == 0


def test_a_file_that_replaces_the_archive_is_not_sent(seal: SealArchive) -> None:
    """The file that was checked stays open: another one of the same name is not read."""
    body = b"sealed" * 100_000
    archive = seal(body)

    async def main() -> FaultyServer:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):

            def swap() -> None:
                archive.path.unlink()
                archive.path.write_bytes(b"another" * 100_000)

            await client.submit(REQUEST, archive, on_first_byte=swap)
            return server

    [request] = run(main()).ledger
    assert request.body == body


def test_an_archive_truncated_while_sending_is_not_a_success(seal: SealArchive) -> None:
    archive = seal(bytes(3 << 20))

    async def main() -> FaultyServer:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(Unconfirmed):
                await client.submit(
                    REQUEST, archive, on_first_byte=lambda: os.truncate(archive.path, 1000)
                )
            return server

    server = run(main())
    assert server.posts == 1
    assert not server.ledger[0].whole


def test_the_file_is_closed_again(seal: SealArchive) -> None:
    archive = seal()

    async def main() -> BinaryIO:
        async with upload.opened(archive) as file:
            pieces = [piece async for piece in upload.chunks(file, archive.size, None)]
            assert b"".join(pieces) == archive.path.read_bytes()
        return file

    assert run(main()).closed


def test_an_upload_that_is_cancelled_closes_file_and_connection(seal: SealArchive) -> None:
    async def main() -> None:
        hold = asyncio.Event()
        async with (
            FaultyServer(Account(), hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            task = asyncio.create_task(client.submit(REQUEST, seal()))
            await server.post_arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            hold.set()
            assert server.posts == 1

    run(main())
