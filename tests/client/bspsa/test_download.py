"""A result file arrives whole in its place, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.download import Fetched, place_for
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
WHOLE = Reply(200, DATA, KIND)


def fetch(
    reply: Reply, folder: Path, file: JobFile | None = None, *, overwrite: bool = False
) -> Path:
    async def main() -> Path:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            wanted = file or JobFile(name="out.csv", key="out.csv")
            return await client.download(REF, wanted, folder, overwrite=overwrite)

    return run(main())


def test_a_file_arrives_byte_for_byte_with_plain_permissions(tmp_path: Path) -> None:
    place = fetch(WHOLE, tmp_path / "new" / "folder")
    assert place == tmp_path / "new" / "folder" / "out.csv"
    assert place.read_bytes() == DATA
    assert [path.name for path in place.parent.iterdir()] == ["out.csv"]
    umask = os.umask(0)
    os.umask(umask)
    assert place.stat().st_mode & 0o777 == 0o666 & ~umask


def test_an_empty_file_arrives_as_an_empty_file(tmp_path: Path) -> None:
    assert fetch(Reply(200, b"", "application/octet-stream"), tmp_path).read_bytes() == b""


HEAD = len(WHOLE.bytes()) - len(DATA)


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("cut", [0, 1, 20, HEAD - 1, HEAD, HEAD + 1, HEAD + 9999, -1])
def test_a_download_cut_anywhere_leaves_nothing(cut: int, end: End, tmp_path: Path) -> None:
    reply = Reply(200, DATA, "application/octet-stream", cut=cut, end=end)
    with pytest.raises(BspsaError) as caught:
        fetch(reply, tmp_path)
    if cut >= HEAD and end == "close":
        assert type(caught.value) is DownloadError
    assert not caught.value.job_may_exist
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [0, 1, len(DATA) - 1, len(DATA) + 1])
def test_a_file_that_differs_from_its_listed_length_is_thrown_away(
    length: int, tmp_path: Path
) -> None:
    file = JobFile(name="out.csv", key="1", length=length)
    with pytest.raises(DownloadError, match=rf"{length} bytes"):
        fetch(WHOLE, tmp_path, file)
    assert list(tmp_path.iterdir()) == []


def test_a_body_without_a_length_is_held_to_the_listed_one(tmp_path: Path) -> None:
    endless = Reply(200, DATA, "application/octet-stream", length=-1, end="close")
    assert fetch(endless, tmp_path).read_bytes() == DATA
    short = JobFile(name="other", key="1", length=len(DATA) + 1)
    with pytest.raises(DownloadError):
        fetch(endless, tmp_path, short)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_what_is_longer_than_was_listed_is_not_read_to_its_end(tmp_path: Path) -> None:
    seen: list[int] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply(200, bytes(8 << 20), KIND)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            file = JobFile(name="out", key="1", length=100)
            await client.fetch(REF, file, tmp_path, progress=lambda done, _: seen.append(done))

    with pytest.raises(DownloadError, match="more than the 100 bytes"):
        run(main())
    assert seen == []
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


@pytest.mark.parametrize(("reply", "file", "told"), LARGE, ids=["said", "unsaid", "listed"])
def test_a_file_that_is_larger_than_allowed_is_not_fetched_until_it_is_allowed(
    reply: Reply, file: JobFile, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSPSA_MAX_FILE_GB", "0.003")
    with pytest.raises(DownloadError, match=told) as caught:
        fetch(reply, tmp_path, file)
    assert list(tmp_path.iterdir()) == []
    advised = re.search(r"%env BSPSA_MAX_FILE_GB=(\S+)$", caught.value.advice)
    assert advised
    monkeypatch.setenv("BSPSA_MAX_FILE_GB", advised[1])
    assert fetch(reply, tmp_path, file).stat().st_size == 4_000_001


@pytest.mark.parametrize("value", ["much", "0", "-5", "nan", "1,5", "1e400"])
def test_a_bound_that_is_no_size_is_told_before_anything_is_asked(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSPSA_MAX_FILE_GB", value)
    with pytest.raises(DownloadError, match="BSPSA_MAX_FILE_GB") as caught:
        fetch(WHOLE, tmp_path)
    assert value in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_replaced_and_nothing_is_asked(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine")

    async def main() -> FaultyServer:
        async with (
            FaultyServer(lambda _: WHOLE) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            with pytest.raises(DownloadError, match=r"out\.csv"):
                await client.download(REF, JobFile(name="out.csv", key="1"), tmp_path)
            return server

    assert run(main()).ledger == []
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert fetch(WHOLE, tmp_path, overwrite=True).read_bytes() == DATA


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def answer(_: Received) -> Reply:
        (tmp_path / "out.csv").write_text("mine")
        return WHOLE

    async def main() -> None:
        async with (
            FaultyServer(answer) as server,
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
    place = fetch(WHOLE, folder, JobFile(name=name, key="1"))
    assert place.parent == folder
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [place]


@pytest.mark.parametrize("overwrite", [True, False])
def test_links_and_folders_in_the_way_are_left_alone(overwrite: bool, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    (tmp_path / "nowhere").symlink_to(tmp_path / "not-there")
    (tmp_path / "dir").mkdir()
    for name in ("link", "nowhere", "dir"):
        with pytest.raises(DownloadError, match="in the way"):
            place_for(tmp_path, name, overwrite=overwrite)
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="could not be written"):
        fetch(WHOLE, tmp_path / "file" / "below")


def test_downloads_come_one_at_a_time(tmp_path: Path) -> None:
    """api.md section 7.3: in parallel the service gives another job's bytes."""
    busy: list[int] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda request: busy.append(request.connection) or WHOLE) as server,
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
    seen: list[tuple[int, int]] = []

    async def main() -> None:
        async with (
            FaultyServer(lambda _: WHOLE) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await client.download(
                REF,
                JobFile(name="x", key="x"),
                tmp_path,
                progress=lambda done, total: seen.append((done, total)),
            )

    run(main())
    assert seen == sorted(seen)
    assert seen[-1] == (len(DATA), len(DATA))


def test_a_redirected_download_goes_nowhere(tmp_path: Path) -> None:
    with pytest.raises(UnsafeEndpoint):
        fetch(Reply.html(302, "", headers=(("Location", "http://evil.example/"),)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
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


def test_a_file_that_still_grows_is_not_held_to_its_old_length(tmp_path: Path) -> None:
    growing = JobFile.parse({"filename": "STDOUT", "length": "3", "modified": "x"})
    settled = JobFile.parse({"fileid": "7", "filename": "STDOUT", "length": "3"})

    async def main() -> None:
        async with (
            FaultyServer(lambda _: Reply(200, "12345", "application/octet-stream")) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            path = await client.download(REF, growing, tmp_path)
            assert path.read_text() == "12345"
            with pytest.raises(DownloadError, match="more than the 3 bytes"):
                await client.download(REF, settled, tmp_path, overwrite=True)

    run(main())


def fetched(reply: Reply, folder: Path, file: JobFile, name: str | None = None) -> Fetched:
    async def main() -> Fetched:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.fetch(REF, file, folder, name=name)

    return run(main())


def test_what_was_fetched_is_known_by_its_size_and_hash(tmp_path: Path) -> None:
    found = fetched(WHOLE, tmp_path, JobFile(name="x", key="x"))
    place = tmp_path / "x"
    modified = place.stat().st_mtime_ns
    assert found == (place, len(DATA), hashlib.sha256(DATA).hexdigest(), modified, True)


def test_without_a_length_nothing_was_verified(tmp_path: Path) -> None:
    endless = Reply(200, DATA, "application/octet-stream", length=-1, end="close")
    assert not fetched(endless, tmp_path, JobFile(name="x", key="x")).is_verified
    listed = JobFile.parse({"fileid": "7", "filename": "y", "length": str(len(DATA))})
    assert fetched(endless, tmp_path, listed).is_verified
    of_the_past = JobFile.parse({"filename": "z", "length": str(len(DATA))})
    assert not fetched(endless, tmp_path, of_the_past).is_verified


@pytest.mark.parametrize("name", ["rates-1f.csv", "../rates-1f.csv", "/rates-1f.csv"])
def test_a_file_is_called_here_as_the_caller_says_and_stays_inside(
    name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "deep"
    place = fetched(WHOLE, folder, JobFile(name="RATES.csv", key="x"), name).path
    assert place.parent == folder
    assert place.name.endswith("rates-1f.csv")
    assert os.listdir(tmp_path) == ["deep"]


def test_a_name_that_no_request_can_hold_is_refused_in_our_own_words(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="too long"):
        fetched(WHOLE, tmp_path, JobFile(name="x" * 70_000, key="x" * 70_000))
    with pytest.raises(DownloadError, match="too long"):
        fetched(WHOLE, tmp_path, JobFile(name="é" * 3_000, key="é" * 3_000))


NSG = JobRef("nsg", "bsp_nsg_01", "NGBW-JOB-PY_TG-1")
GONE = JobFile.parse({"fileid": "7", "filename": "spikes.dat", "length": "5"})


@pytest.mark.parametrize("is_part", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize(
    ("listed", "kind", "told"),
    [
        (Reply.json([{"fileid": "8", "filename": "other"}]), NotFound, "no file spikes.dat"),
        (Reply.json([{"fileid": "7", "filename": "spikes.dat"}]), ServiceFailure, "lists spikes"),
        (Reply.html(500), ServiceFailure, "token"),
    ],
    ids=["not there", "there", "no list"],
)
def test_a_missing_nsg_file_is_told_as_such(
    listed: Reply, kind: type[BspsaError], told: str, is_part: bool, tmp_path: Path
) -> None:
    """The service answers 500 for it, as for a bad token."""

    def answer(request: Received) -> Reply:
        return listed if request.target.count("/") == 5 else Reply.html(500)

    async def main() -> None:
        async with (
            FaultyServer(answer) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            asked: Any = client.fetch(NSG, GONE, tmp_path)
            if is_part:
                asked.close()
                asked = client.part(NSG, GONE, start=0, most=5, most_whole=100)
            with pytest.raises(kind) as caught:
                await asked
            assert told in str(caught.value)
            assert type(caught.value) is kind
            assert ("token" in str(caught.value)) is (told == "token")

    run(main())


def test_a_token_that_was_answered_to_is_not_blamed_for_a_failure() -> None:
    def answer(request: Received) -> Reply:
        return Reply.json([]) if request.target.startswith("/quotas/") else Reply.html(500)

    async def main() -> None:
        async with (
            FaultyServer(answer) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            for is_known in (False, True):
                with pytest.raises(ServiceFailure) as caught:
                    await client.job(REF)
                assert ("token" in str(caught.value)) is not is_known
                await client.quotas()

    run(main())
