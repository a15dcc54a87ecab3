"""Archives are unpacked inside a folder of their own, bounded, whole, or not at all."""

from __future__ import annotations

import asyncio
import gzip
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bspsa_widgets.errors import DownloadError, Stopped
from bspsa_widgets.results import unpack as module
from bspsa_widgets.results.unpack import can_unpack, unpack, unpacking
from tests.faulty_server import run
from tests.results.archives import NOT_FILES, archive, file, files_in, folder, other, packed


def nothing_but(place: Path, *names: str) -> bool:
    return sorted(path.name for path in place.iterdir()) == sorted(names)


@pytest.mark.parametrize("name", ["output.tar.gz", "output.tgz", "output.tar"])
def test_an_archive_becomes_a_folder_beside_it(tmp_path: Path, name: str) -> None:
    made = archive(
        tmp_path, folder("./"), file("./a.txt", b"1"), file("./deep/er/b.csv", b"22"), name=name
    )
    unpacked = unpack(made, tmp_path)
    assert unpacked == (tmp_path / "output", 2, 3, (), ())
    assert files_in(tmp_path / "output") == {"a.txt": "1", "deep/er/b.csv": "22"}
    assert nothing_but(tmp_path, name, "output")


def test_dates_and_the_execute_bit_are_kept_and_no_more(tmp_path: Path) -> None:
    made = archive(tmp_path, file("run.sh", mode=0o6755), file("a", mode=0o000))
    place = unpack(made, tmp_path).folder
    before = os.umask(0)
    os.umask(before)
    assert stat.S_IMODE((place / "run.sh").stat().st_mode) == 0o777 & ~before
    assert stat.S_IMODE((place / "a").stat().st_mode) == 0o666 & ~before
    assert (place / "a").stat().st_mtime == 1_700_000_000


@pytest.fixture(params=[True, False], ids=["filter", "no filter"])
def any_python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own filter is there since 3.11.4; what it stops is stopped without it, too."""
    if not request.param:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)


@pytest.mark.usefixtures("any_python")
@pytest.mark.parametrize("target", ["/etc/passwd", "../../x", "a.txt", "."])
def test_links_and_devices_are_left_out_and_told(tmp_path: Path, target: str) -> None:
    odd = [other(name, kind, target) for name, kind in NOT_FILES.items()]
    unpacked = unpack(archive(tmp_path, file("a.txt"), *odd, file("link/x")), tmp_path)
    assert files_in(unpacked.folder) == {"a.txt": "content", "link/x": "content"}
    assert {left.name for left in unpacked.left} == set(NOT_FILES)
    assert all(left.reason for left in unpacked.left)


@pytest.mark.usefixtures("any_python")
@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "a/..",
        "\\x",
        "C:\\x",
        "c:x",
        "..\\x",
        "a\\..\\..\\x",
        "//x/y",
    ],
)
def test_names_that_lead_out_are_left_out_and_told(tmp_path: Path, name: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    unpacked = unpack(archive(place, file(name), file("a.txt")), place)
    assert [left.name for left in unpacked.left] == [name]
    assert files_in(unpacked.folder) == {"a.txt": "content"}
    assert nothing_but(tmp_path, "place")


_name = st.text("./\\ab:*CON~\x01\u202e é", min_size=1, max_size=30)


@given(st.lists(_name, max_size=8))
@example(["a", "a/b", "a", "A"])
@example(["a/", "."])
def test_no_name_leads_out_and_none_is_lost_without_a_word(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    home = tmp_path_factory.mktemp("x")
    place = home / "place"
    place.mkdir()
    members = [file(name, str(number).encode()) for number, name in enumerate(names)]
    unpacked = unpack(archive(place, *members), place)
    assert nothing_but(home, "place")
    assert nothing_but(place, "out.tar.gz", "out")
    came = files_in(unpacked.folder)
    assert len(came) == unpacked.files == len(names) - len(unpacked.left)
    assert len(set(came.values())) == len(came)


def test_two_of_one_name_come_both_and_are_told(tmp_path: Path) -> None:
    unpacked = unpack(archive(tmp_path, file("a.txt", b"1"), file("a.txt", b"2")), tmp_path)
    assert sorted(files_in(unpacked.folder).values()) == ["1", "2"]
    assert [renamed.name for renamed in unpacked.renamed] == ["a.txt"]


def test_what_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    made = archive(tmp_path, file("a.txt"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("mine")
    with pytest.raises(DownloadError, match="out is already there"):
        unpack(made, tmp_path)
    assert files_in(tmp_path / "out") == {"a.txt": "mine"}
    assert nothing_but(tmp_path, "out", "out.tar.gz")


def test_a_result_that_is_called_like_the_folder_is_not_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    unpacked = unpack(archive(tmp_path, file("a.txt")), tmp_path)
    assert unpacked.folder == tmp_path / "out-unpacked"
    assert (tmp_path / "out").read_text() == "mine"


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def bent(data: bytes) -> bytes:
    return data[:-6] + bytes([data[-6] ^ 1]) + data[-5:]


def wrong_header(data: bytes) -> bytes:
    plain = bytearray(gzip.decompress(data))
    plain[1024:1536] = b"x" * 512  # the second member's
    return gzip.compress(bytes(plain))


def long_header(data: bytes) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 50_000_000
    return gzip.compress(info.tobuf() + b"\0" * 50_000_000)


@pytest.mark.parametrize(
    "damage", [cut, bent, wrong_header, long_header, lambda _: b"", bytes.upper]
)
def test_of_a_damaged_archive_nothing_is_left(tmp_path: Path, damage: object) -> None:
    made = archive(tmp_path, file("a.txt", b"1" * 10), file("b.bin", os.urandom(9999)))
    made.write_bytes(damage(made.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DownloadError, match="damaged"):
        unpack(made, tmp_path)
    assert nothing_but(tmp_path, "out.tar.gz")


def test_a_bomb_is_stopped_early_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FREE_BYTES", 1_000_000)
    made = archive(tmp_path, file("a", b"1"), file("zeros", b"\0" * 30_000_000))
    with pytest.raises(DownloadError, match="unpacks to more than"):
        unpack(made, tmp_path)
    assert nothing_but(tmp_path, "out.tar.gz")


def test_a_bomb_that_is_a_left_out_member_is_stopped_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FREE_BYTES", 1_000_000)
    made = archive(tmp_path, file("../x", b"\0" * 30_000_000))
    with pytest.raises(DownloadError, match="unpacks to more than"):
        unpack(made, tmp_path)


def test_more_files_than_anybody_needs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 10)
    with pytest.raises(DownloadError, match="more than 10 files"):
        unpack(archive(tmp_path, *(file(str(number)) for number in range(11))), tmp_path)
    assert nothing_but(tmp_path, "out.tar.gz")


def test_paths_too_long_or_too_deep_are_left_out(tmp_path: Path) -> None:
    long, deep = "x/" * 10 + "y" * 230, "d/" * 30 + "f"
    unpacked = unpack(archive(tmp_path, file(long), file(deep), file("a")), tmp_path)
    assert {left.name for left in unpacked.left} == {long, deep}
    assert unpacked.files == 1


def test_a_chain_of_headers_is_no_way_to_break_it(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 512
    body = b"18 comment=abcdef\n".ljust(512, b"\0")
    path = tmp_path / "out.tar.gz"
    path.write_bytes(gzip.compress((info.tobuf() + body) * 5000 + packed(file("a"))))
    with pytest.raises(DownloadError):
        unpack(path, tmp_path)
    assert nothing_but(tmp_path, "out.tar.gz")


def test_progress_is_of_the_archives_bytes(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = archive(tmp_path, file("a", os.urandom(3_000_000)))
    unpack(made, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told
    assert all(0 <= done <= total == made.stat().st_size for done, total in told)


def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    made = archive(tmp_path, *(file(str(number)) for number in range(50)))
    asked = iter(range(1000))
    with pytest.raises(Stopped):
        unpack(made, tmp_path, should_stop=lambda: next(asked) > 40)
    assert nothing_but(tmp_path, "out.tar.gz")


def test_a_cancel_stops_the_thread_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FREE_BYTES", 10**12)
    made = archive(tmp_path, file("zeros", b"\0" * 100_000_000))
    left: list[str] = []

    async def main() -> None:
        going = asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell(*_: int) -> None:
            loop.call_soon_threadsafe(going.set)

        task = asyncio.create_task(unpacking(made, tmp_path, tell))
        await going.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        left.extend(os.listdir(tmp_path))  # at that moment, not some time later

    run(main())
    assert left == ["out.tar.gz"]


def test_in_a_thread_it_comes_to_the_same(tmp_path: Path) -> None:
    made = archive(tmp_path, file("a"))
    assert run(unpacking(made, tmp_path)).files == 1  # type: ignore[arg-type]
    with pytest.raises(DownloadError):
        run(unpacking(made, tmp_path))  # type: ignore[arg-type]


def test_archives_are_known_by_their_names() -> None:
    assert [
        name for name in ("a.tar.gz", "A.TGZ", "a.tar", "a.gz", "a.zip") if can_unpack(name)
    ] == [
        "a.tar.gz",
        "A.TGZ",
        "a.tar",
    ]
