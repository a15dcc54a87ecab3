"""The packer: how work is dealt out, and what it tells."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.packer import MOST_FILES, Progress, batches
from bspsa_widgets.packaging.pieces import PIECE
from bspsa_widgets.packaging.selection import select


def test_batches_keep_the_order_and_leave_nothing_out() -> None:
    source = random.Random(1)
    sizes = source.choices((0, 5, PIECE // 3, 3 * PIECE), k=900)
    members = tuple(Member(f"{number}", size) for number, size in enumerate(sizes))
    found = list(batches(members))
    assert [one for batch in found for one in batch] == list(members)
    for batch in found:
        assert len(batch) <= MOST_FILES
        assert len(batch) == 1 or sum(one.size for one in batch) <= PIECE


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE + 7])
def test_a_file_of_any_size_is_packed_whole(size: int, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    content = random.Random(size).randbytes(size)
    (folder / "values.bin").write_bytes(content)
    archive, manifest = pack(select(folder), tmp_path / "o.zip")
    with zipfile.ZipFile(archive.path) as found:
        assert found.read("data/values.bin") == content
    assert manifest.entries[0].size == size
    subprocess.run(["unzip", "-tqq", archive.path], check=True)


def test_what_does_not_shrink_hardly_grows(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number, size in enumerate((10, 300, 40_000, 3 * PIECE)):
        (folder / f"{number}.bin").write_bytes(random.Random(number).randbytes(size))
    selection = select(folder)
    archive = pack(selection, tmp_path / "o.zip").archive
    assert archive.size < selection.size * 1.001 + 4 * 150


def test_progress_is_told_in_bytes_and_files_ten_times_a_second_at_most(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number}.txt").write_text(f"{number} " * 200)
    (folder / "big.bin").write_bytes(bytes(200 * PIECE))
    told: list[tuple[float, Progress]] = []
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
    assert steps[-1] == Progress(selection.size, selection.size, 3001, 3001)


@pytest.mark.parametrize("kind", ["small", "middling", "large"])
def test_a_cancel_is_taken_within_a_fifth_of_a_second(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    sizes = {"small": (4000, 2_000), "middling": (200, 300_000), "large": (1, 300 * PIECE)}
    count, size = sizes[kind]
    content = random.Random(1).randbytes(size // 100) * 100
    for number in range(count):
        (folder / f"{number}.bin").write_bytes(content)
    selection, begun, stop = select(folder), threading.Event(), threading.Event()

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
