"""A result file arrives whole in its place, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.download import Fetched, target_path
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import (
    BspsaError,
    DownloadError,
    NotFound,
    ServiceFailure,
    UnsafeEndpoint,
)
from tests.faulty_server import End, FaultyServer, Received, Reply, run

REF = JobRef("pizdaint", "bsp_pizdaint_01", "A-1")
DATA = bytes(range(256)) * 100
KIND = "application/octet-stream"
FULL = Reply(200, DATA, KIND)


def fetch(
    reply: Reply, folder: Path, file: JobFile | None = None, *, overwrite: bool = False
) -> Path:
    async def main() -> Path:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            expected = file or JobFile(name="out.csv", key="out.csv")
            return await client.download(REF, expected, folder, overwrite=overwrite)

    return run(main())


def test_a_file_arrives_byte_for_byte_with_plain_permissions(tmp_path: Path) -> None:
    path = fetch(FULL, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "out.csv"
    assert path.read_bytes() == DATA
    assert [path.name for path in path.parent.iterdir()] == ["out.csv"]
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_an_empty_file_arrives_as_an_empty_file(tmp_path: Path) -> None:
    assert fetch(Reply(200, b"", "application/octet-stream"), tmp_path).read_bytes() == b""


HEAD = len(FULL.bytes()) - len(DATA)


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("cut", [0, 1, 20, HEAD - 1, HEAD, HEAD + 1, HEAD + 9999, -1])
def test_a_truncated_download_leaves_no_file(cut: int, end: End, tmp_path: Path) -> None:
    reply = Reply(200, DATA, "application/octet-stream", cut=cut, end=end)
    with pytest.raises(BspsaError) as caught:
        fetch(reply, tmp_path)
    if cut >= HEAD and end == "close":
        assert type(caught.value) is DownloadError
    assert not caught.value.job_may_exist
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [0, 1, len(DATA) - 1, len(DATA) + 1])
def test_a_file_of_another_length_than_listed_is_deleted(length: int, tmp_path: Path) -> None:
    file = JobFile(name="out.csv", key="1", length=length)
    with pytest.raises(DownloadError, match=rf"{length} bytes"):
        fetch(FULL, tmp_path, file)
    assert list(tmp_path.iterdir()) == []


def test_a_body_without_a_length_must_have_the_listed_one(tmp_path: Path) -> None:
    endless = Reply(200, DATA, "application/octet-stream", length=-1, end="close")
    assert fetch(endless, tmp_path).read_bytes() == DATA
    short = JobFile(name="other", key="1", length=len(DATA) + 1)
    with pytest.raises(DownloadError):
        fetch(endless, tmp_path, short)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_body_longer_than_listed_is_stopped(tmp_path: Path) -> None:
    reported: list[int] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply(200, bytes(8 << 20), KIND)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            file = JobFile(name="out", key="1", length=100)
            await client.fetch(REF, file, tmp_path, progress=lambda done, _: reported.append(done))

    with pytest.raises(DownloadError, match="more than the 100 bytes"):
        run(main())
    assert reported == []
    assert list(tmp_path.iterdir()) == []


LARGE = [
    (Reply(200, bytes(4_000_001), KIND), JobFile(name="out", key="1"), "has 0.004 GB"),
    (
        Reply(200, bytes(4_000_001), KIND, length=-1, end="close"),
        JobFile(name="out", key="1"),
        "larger than 0.003 GB",
    ),
    (
        Reply(200, bytes(4_000_001), KIND),
        JobFile(name="out", key="1", length=4_000_001),
        "has 0.004 GB",
    ),
]


@pytest.mark.parametrize(("reply", "file", "message"), LARGE, ids=["said", "unsaid", "listed"])
def test_a_file_above_the_size_limit_needs_a_higher_limit(
    reply: Reply, file: JobFile, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSPSA_MAX_FILE_GB", "0.003")
    with pytest.raises(DownloadError, match=message) as caught:
        fetch(reply, tmp_path, file)
    assert list(tmp_path.iterdir()) == []
    advised = re.search(r"%env BSPSA_MAX_FILE_GB=(\S+)$", caught.value.advice)
    assert advised
    monkeypatch.setenv("BSPSA_MAX_FILE_GB", advised[1])
    assert fetch(reply, tmp_path, file).stat().st_size == 4_000_001


@pytest.mark.parametrize("value", ["much", "0", "-5", "nan", "1,5", "1e400"])
def test_an_invalid_size_limit_is_an_error_before_any_request(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSPSA_MAX_FILE_GB", value)
    with pytest.raises(DownloadError, match="BSPSA_MAX_FILE_GB") as caught:
        fetch(FULL, tmp_path)
    assert value in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_not_replaced_and_no_request_is_sent(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine")

    async def main() -> FaultyServer:
        async with (
            FaultyServer(lambda _: FULL) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(DownloadError, match=r"out\.csv"):
                await client.download(REF, JobFile(name="out.csv", key="1"), tmp_path)
            return server

    assert run(main()).ledger == []
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert fetch(FULL, tmp_path, overwrite=True).read_bytes() == DATA


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def handler(_: Received) -> Reply:
        (tmp_path / "out.csv").write_text("mine")
        return FULL

    async def main() -> None:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(DownloadError, match="already there"):
                await client.download(REF, JobFile(name="out.csv", key="1"), tmp_path)

    run(main())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"out.csv": "mine"}


def test_a_cut_download_does_not_touch_the_file_that_it_was_to_replace(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(DownloadError):
        fetch(
            Reply(200, DATA, "application/octet-stream", cut=HEAD + 500, end="close"),
            tmp_path,
            overwrite=True,
        )
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"out.csv": "old"}


@pytest.mark.parametrize(
    "name",
    ["../out", "../../../../tmp/x", "/etc/passwd", "a/../../b", "..", ".", "a\x00b", "C:\\x", "~"],
)
def test_a_servers_name_stays_inside_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    path = fetch(FULL, folder, JobFile(name=name, key="1"))
    assert path.parent == folder
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


@pytest.mark.parametrize("overwrite", [True, False])
def test_links_and_folders_at_the_target_are_not_changed(overwrite: bool, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    (tmp_path / "nowhere").symlink_to(tmp_path / "not-there")
    (tmp_path / "dir").mkdir()
    for name in ("link", "nowhere", "dir"):
        with pytest.raises(DownloadError, match="in the way"):
            target_path(tmp_path, name, overwrite=overwrite)
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="could not be written"):
        fetch(FULL, tmp_path / "file" / "below")


def test_downloads_come_one_at_a_time(tmp_path: Path) -> None:
    """api.md section 7.3: in parallel the service gives another job's bytes."""
    busy: list[int] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda request: busy.append(request.connection) or FULL) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await asyncio.gather(
                *(
                    client.download(REF, JobFile(name=f"f{number}", key="stdout"), tmp_path)
                    for number in range(8)
                )
            )
            assert len(set(busy)) == 1  # one connection served all, so none ran beside another

    run(main())
    assert len(list(tmp_path.iterdir())) == 8


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda _: FULL) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await client.download(
                REF,
                JobFile(name="x", key="x"),
                tmp_path,
                progress=lambda done, total: reported.append((done, total)),
            )

    run(main())
    assert reported == sorted(reported)
    assert reported[-1] == (len(DATA), len(DATA))


def test_a_redirected_download_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(UnsafeEndpoint):
        fetch(Reply.html(302, "", headers=(("Location", "http://evil.example/"),)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_download_leaves_no_file(tmp_path: Path) -> None:
    async def main() -> None:
        half = Reply(200, DATA, "application/octet-stream", cut=HEAD + 5000, end="stall")
        began = asyncio.Event()
        async with (
            FaultyServer(lambda _: half) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            task = asyncio.create_task(
                client.download(
                    REF,
                    JobFile(name="x", key="x"),
                    tmp_path,
                    progress=lambda *_: began.set(),
                )
            )
            await began.wait()
            assert len(os.listdir(tmp_path)) == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(main())
    assert list(tmp_path.iterdir()) == []


def test_a_growing_file_may_be_longer_than_listed(tmp_path: Path) -> None:
    growing = JobFile.parse({"filename": "STDOUT", "length": "3", "modified": "x"})
    finished = JobFile.parse({"fileid": "7", "filename": "STDOUT", "length": "3"})

    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply(200, "12345", "application/octet-stream")) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            path = await client.download(REF, growing, tmp_path)
            assert path.read_text() == "12345"
            with pytest.raises(DownloadError, match="more than the 3 bytes"):
                await client.download(REF, finished, tmp_path, overwrite=True)

    run(main())


def fetched(reply: Reply, folder: Path, file: JobFile, name: str | None = None) -> Fetched:
    async def main() -> Fetched:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.fetch(REF, file, folder, name=name)

    return run(main())


def test_a_fetched_file_has_its_size_and_hash(tmp_path: Path) -> None:
    found = fetched(FULL, tmp_path, JobFile(name="x", key="x"))
    path = tmp_path / "x"
    modified = path.stat().st_mtime_ns
    assert found == (path, len(DATA), hashlib.sha256(DATA).hexdigest(), modified, True)


def test_without_a_length_the_file_is_not_verified(tmp_path: Path) -> None:
    endless = Reply(200, DATA, "application/octet-stream", length=-1, end="close")
    assert not fetched(endless, tmp_path, JobFile(name="x", key="x")).is_verified
    listed = JobFile.parse({"fileid": "7", "filename": "y", "length": str(len(DATA))})
    assert fetched(endless, tmp_path, listed).is_verified
    of_the_past = JobFile.parse({"filename": "z", "length": str(len(DATA))})
    assert not fetched(endless, tmp_path, of_the_past).is_verified


@pytest.mark.parametrize("name", ["rates-1f.csv", "../rates-1f.csv", "/rates-1f.csv"])
def test_the_local_name_is_the_callers_and_stays_in_the_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    path = fetched(FULL, folder, JobFile(name="RATES.csv", key="x"), name).path
    assert path.parent == folder
    assert path.name.endswith("rates-1f.csv")
    assert os.listdir(tmp_path) == ["deep"]


def test_a_name_too_long_for_a_request_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="too long"):
        fetched(FULL, tmp_path, JobFile(name="x" * 70_000, key="x" * 70_000))
    with pytest.raises(DownloadError, match="too long"):
        fetched(FULL, tmp_path, JobFile(name="é" * 3_000, key="é" * 3_000))


NSG = JobRef("nsg", "bsp_nsg_01", "NGBW-JOB-PY_TG-1")
GONE = JobFile.parse({"fileid": "7", "filename": "spikes.dat", "length": "5"})


@pytest.mark.parametrize("is_part", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize(
    ("listed", "kind", "message"),
    [
        (Reply.json([{"fileid": "8", "filename": "other"}]), NotFound, "no file spikes.dat"),
        (Reply.json([{"fileid": "7", "filename": "spikes.dat"}]), ServiceFailure, "lists spikes"),
        (Reply.html(500), ServiceFailure, "token"),
    ],
    ids=["not there", "there", "no list"],
)
def test_a_missing_nsg_file_is_not_found(
    listed: Reply, kind: type[BspsaError], message: str, is_part: bool, tmp_path: Path
) -> None:
    """The service answers 500 for it, as for a bad token."""

    def handler(request: Received) -> Reply:
        return listed if request.target.count("/") == 5 else Reply.html(500)

    async def main() -> None:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            attempt: Any = client.fetch(NSG, GONE, tmp_path)
            if is_part:
                attempt.close()
                attempt = client.part(NSG, GONE, start=0, max_bytes=5, max_whole=100)
            with pytest.raises(kind) as caught:
                await attempt
            assert message in str(caught.value)
            assert type(caught.value) is kind
            assert ("token" in str(caught.value)) is (message == "token")

    run(main())


def test_an_accepted_token_is_not_blamed_for_a_failure() -> None:
    def handler(request: Received) -> Reply:
        return Reply.json([]) if request.target.startswith("/quotas/") else Reply.html(500)

    async def main() -> None:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            for is_known in (False, True):
                with pytest.raises(ServiceFailure) as caught:
                    await client.job(REF)
                assert ("token" in str(caught.value)) is not is_known
                await client.quotas()

    run(main())
