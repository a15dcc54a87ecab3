"""One packing in a process of its own: prints what it took as one JSON line.

Nothing is imported that the way to pack does not need: what lies in memory decides how much
shutil.make_archive pays for each file's new buffer.

python -m tests.bench.packing_run HOW FOLDER ARCHIVE
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
import zlib
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bspsa_widgets.packaging.zip.deflate import Data

IDLE_SECONDS = 2.0
TICK = 0.001
MAX_PARTS = 500  # of small files, written at once


def ours(folder: Path, archive: Path) -> None:
    from bspsa_widgets.packaging.archive import pack
    from bspsa_widgets.packaging.selection import select

    pack(select(folder), archive)


def ours_without_isal(folder: Path, archive: Path) -> None:
    sys.modules["isal"] = None  # type: ignore[assignment]
    ours(folder, archive)


def ours_with_zlib(folder: Path, archive: Path) -> None:
    sys.modules["zlib_ng"] = None  # type: ignore[assignment]
    ours_without_isal(folder, archive)


def peer(folder: Path, archive: Path) -> None:
    """What people use instead."""
    shutil.make_archive(str(archive.with_suffix("")), "zip", folder.parent, folder.name)


def floor(folder: Path, archive: Path) -> None:
    """The least that any packer does, but for packing: read, CRC, write."""
    with archive.open("wb") as target:
        for place, _, names in os.walk(folder):
            for name in names:
                with open(f"{place}/{name}", "rb", buffering=0) as file:
                    while piece := file.read(1 << 20):
                        zlib.crc32(piece)
                        target.write(piece)


def least(folder: Path, archive: Path) -> None:
    """What is left of ours on one processor when nobody has to look after anything.

    A look at each file; then read, CRC, SHA-256, deflate, a zip's records, write: no rules, no
    order, no file that changes meanwhile.
    """
    import hashlib

    from bspsa_widgets.packaging.zip.batches import MEDIUM
    from bspsa_widgets.packaging.zip.deflate import crc32, deflated_parts
    from bspsa_widgets.packaging.zip.large_file import PIECE
    from bspsa_widgets.packaging.zip.malloc_hint import keep_freed_memory
    from bspsa_widgets.packaging.zip.records import DEFLATED, records
    from bspsa_widgets.packaging.zip.writer import write

    keep_freed_memory()
    buffer = memoryview(bytearray(PIECE))
    parts: list[Data] = []
    lines: list[bytes] = []
    paths = [f"{place}/{name}" for place, _, names in os.walk(folder) for name in names]
    assert all(os.stat(path).st_size for path in paths)
    with FileIO(archive, "w") as target:
        for path in paths:
            handle = os.open(path, os.O_RDONLY)
            while read := os.readv(handle, [buffer]):
                piece = buffer[:read]
                crc = crc32(piece)
                hashlib.sha256(piece).digest()
                packed = deflated_parts(piece, last=True)
                front, line = records(path.encode(), 0, 0, DEFLATED, crc, read, len(packed))
                lines.append(line)
                parts.append(front)
                parts += packed
                if read >= MEDIUM or len(parts) > MAX_PARTS:
                    write(target, parts)
                    parts.clear()
            os.close(handle)
        write(target, [*parts, *lines])


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "ours": ours,
    "no-isal": ours_without_isal,
    "zlib": ours_with_zlib,
    "shutil": peer,
    "floor": floor,
    "least": least,
}


def lag(folder: Path, archive: Path) -> dict[str, list[float]]:
    """How late a task that ticks each millisecond is: at rest, and while we pack."""
    import asyncio

    ours(folder, archive)  # what is loaded is loaded

    async def measure() -> dict[str, list[float]]:
        idle = await ticks(asyncio.sleep(IDLE_SECONDS))
        busy = await ticks(asyncio.to_thread(ours, folder, archive))
        return {"idle": idle, "busy": busy}

    return asyncio.run(measure())


async def ticks(work: object) -> list[float]:
    """[p99, max] in ms."""
    import asyncio

    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    late = []
    while not task.done():
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        late.append((time.perf_counter() - due) * 1000)
    late.sort()
    return [late[int(len(late) * 0.99)], late[-1]]


def measured(way: Callable[[Path, Path], None], folder: Path, archive: Path) -> dict[str, float]:
    """Seconds of wall clock and CPU, children included; MiB of memory beyond the start's."""
    warm = folder.parent / ".warm"
    warm.mkdir(exist_ok=True)
    (warm / "a.txt").write_text("a" * 5000)
    way(warm, archive)
    archive.unlink()  # in its place, ext4 would begin to write the new one to the disk
    before, cpu, start = memory("VmRSS"), _cpu(), time.perf_counter()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    way(folder, archive)
    return {
        "wall": time.perf_counter() - start,
        "cpu": _cpu() - cpu,
        "memory": memory("VmHWM") - before,
    }


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def memory(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


if __name__ == "__main__":
    how, folder, archive = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    found = lag(folder, archive) if how == "lag" else measured(WAYS[how], folder, archive)
    print(json.dumps(found))
