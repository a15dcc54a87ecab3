"""The packer: how work is dealt out, and what it tells."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from bspsa_widgets.errors import PackingError, Stopped
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.packaging.zip.large_file import PIECE, LargeFile
from bspsa_widgets.packaging.zip.packer import Packer, PackingProgress
from bspsa_widgets.packaging.zip.small_files import PackedFiles


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE + 7])
def test_a_file_of_any_size_is_packed_completely(size: int, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    content = random.Random(size).randbytes(size)
    (folder / "values.bin").write_bytes(content)
    archive, manifest = pack(select(folder), tmp_path / "o.zip")
    with zipfile.ZipFile(archive.path) as found:
        assert found.read("data/values.bin") == content
    assert manifest.entries[0].size == size
    subprocess.run(["unzip", "-tqq", archive.path], check=True)


def test_incompressible_files_hardly_grow(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number, size in enumerate((10, 300, 40_000, 3 * PIECE)):
        (folder / f"{number}.bin").write_bytes(random.Random(number).randbytes(size))
    selection = select(folder)
    archive = pack(selection, tmp_path / "o.zip").archive
    assert archive.size < selection.size * 1.001 + 4 * 150


def test_progress_is_reported_at_most_ten_times_a_second(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number}.txt").write_text(f"{number} " * 200)
    (folder / "big.bin").write_bytes(bytes(200 * PIECE))
    told: list[tuple[float, PackingProgress]] = []
    selection = select(folder)
    start = time.monotonic()
    pack(
        selection,
        tmp_path / "o.zip",
        progress=lambda at: told.append((time.monotonic(), at)),
    )
    steps = [at for _, at in told]
    assert len(steps) <= 10 * (time.monotonic() - start) + 1
    assert steps == sorted(steps)
    assert steps[-1] == PackingProgress(selection.size, selection.size, 3001, 3001)


@pytest.mark.parametrize("kind", ["small", "middling", "large"])
def test_a_stop_takes_less_than_a_fifth_of_a_second(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    sizes = {"small": (4000, 2_000), "middling": (200, 300_000), "large": (1, 300 * PIECE)}
    count, size = sizes[kind]
    content = random.Random(1).randbytes(size // 100) * 100
    for number in range(count):
        (folder / f"{number}.bin").write_bytes(content)
    selection, begun, stop = select(folder), threading.Event(), threading.Event()
    open_before = open_files()

    def stopped() -> bool:
        begun.set()
        return stop.is_set()

    ended: list[float] = []

    def work() -> None:
        with pytest.raises(Stopped):
            pack(selection, tmp_path / "o.zip", stopped=stopped)
        ended.append(time.monotonic())

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(60)
    asked = time.monotonic()
    stop.set()
    worker.join(60)
    assert ended[0] - asked < 0.2
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert open_files() == open_before


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


@pytest.fixture
def middling(tmp_path: Path) -> Path:
    """Ten batches for two threads."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}.txt").write_text(f"{number} mV\n" * 75_000)
    return folder


def test_this_thread_continues_while_the_helper_is_slow(
    middling: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = pack(select(middling), tmp_path / "alone.zip").archive.path.read_bytes()
    has_begun, has_packed = threading.Event(), threading.Event()
    here, beside = Packer._pack_here, Packer._pack_in_thread

    def packed_here(packer: Packer, files: list[Member]) -> PackedFiles:
        assert has_begun.wait(10)  # else this thread could take everything back before
        packed = here(packer, files)
        has_packed.set()
        return packed

    def packed_beside(packer: Packer, files: list[Member]) -> PackedFiles:
        has_begun.set()
        assert has_packed.wait(10), "that thread only waits"
        return beside(packer, files)

    monkeypatch.setattr(Packer, "_pack_here", packed_here)
    monkeypatch.setattr(Packer, "_pack_in_thread", packed_beside)
    both = pack(select(middling), tmp_path / "both.zip").archive.path.read_bytes()
    assert has_begun.is_set()
    assert both == alone


@pytest.fixture
def large(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "traces.bin").write_bytes(b"-65.31 mV " * PIECE)
    return folder


def is_second() -> bool:
    return threading.current_thread().name.startswith("bspsa-packing")


def test_a_stop_leaves_no_thread_with_a_closed_file(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_here, is_there = threading.Event(), threading.Event()
    seen: set[int] = set()
    pack_next = LargeFile._pack_next

    def slow(self: LargeFile, buffer: bytearray) -> bool:
        (is_there if is_second() else is_here).set()
        try:
            return pack_next(self, buffer)
        finally:
            if is_second():
                time.sleep(0.1)  # a file that was not waited with is closed by now
                seen.add(os.fstat(self._file.fileno()).st_size)

    def stopped() -> bool:
        return is_here.is_set() and is_there.wait(10)

    monkeypatch.setattr(LargeFile, "_pack_next", slow)
    with pytest.raises(Stopped):
        pack(select(large), tmp_path / "o.zip", stopped=stopped)
    assert seen == {10 * PIECE}


def test_an_error_of_the_other_thread_is_raised(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_next = LargeFile._pack_next

    def failing(self: LargeFile, buffer: bytearray) -> bool:
        if is_second():
            raise PackingError("traces.bin cannot be read: Input/output error.")
        return pack_next(self, buffer)

    monkeypatch.setattr(LargeFile, "_pack_next", failing)
    with pytest.raises(PackingError, match="Input/output error"):
        pack(select(large), tmp_path / "o.zip")


@pytest.mark.parametrize("index", [0, 19])
def test_a_missing_file_is_an_error_whoever_packs_it(
    index: int, middling: Path, tmp_path: Path
) -> None:
    selection, gone = select(middling), middling / f"{index:02}.txt"
    gone.unlink()
    with pytest.raises(PackingError, match=f"{gone.name} cannot be read: No such file"):
        pack(selection, tmp_path / "o.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


_MEMORY = """
import sys
from pathlib import Path
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import select
def memory(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
pack(select(sys.argv[1] + "/warm")).archive.path.unlink()
before = memory("VmRSS:")
Path("/proc/self/clear_refs").write_text("5")
pack(select(sys.argv[1] + "/data")).archive.path.unlink()
print(memory("VmHWM:") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_memory_does_not_grow_with_the_folder(tmp_path: Path) -> None:
    for name, pieces in (("warm", 2), ("data", 150)):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "values.bin").open("wb") as file:
            for number in range(pieces):
                file.write(random.Random(number).randbytes(PIECE))
    command = [sys.executable, "-c", _MEMORY, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert float(done.stdout) <= 24
