"""Packing beside what people use instead, each in a process of its own, in turn."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench import corpora
from tests.bench.figure import at_most, reached

ROOT = Path(__file__).parents[2]


class Corpus(NamedTuple):
    """What is packed: how it is made, rounds, and the goals against shutil.make_archive."""

    name: str
    make: Callable[[Path], None]
    rounds: int
    wall: float
    cpu: float
    size: float
    floor: float


CORPORA = (
    Corpus("project", corpora.project, 7, 12, 8, 1.05, 2.2),
    Corpus("small-files", corpora.small_files, 5, 4.5, 5, 1.05, 2.8),
    Corpus("big-data", corpora.big_data, 3, 20, 13, 1.02, 2.2),
)


def packing() -> None:
    """All figures of packing; about seven minutes, 4 GB of temporary files."""
    with tempfile.TemporaryDirectory() as place:
        for corpus in CORPORA:
            folder = Path(place) / corpus.name
            corpus.make(folder)
            _compare(corpus, folder)
            _lag(folder)
            if corpus.name == "project":
                _engines(folder)
                _command(folder)
            if corpus.name == "small-files":
                _plan(folder)
            if corpus.name == "big-data":
                _cancel(folder)
            shutil.rmtree(folder)


def _compare(corpus: Corpus, folder: Path) -> None:
    ways = ["shutil", "ours", "floor", "least"]
    rounds = [{way: run(way, folder) for way in ways} for _ in range(corpus.rounds)]
    sizes = {way: archive_of(folder, way).stat().st_size for way in ("shutil", "ours")}
    files = sum(path.is_file() for path in folder.rglob("*"))
    for way in ways:
        wall, cpu = (statistics.median(one[way][of] for one in rounds) for of in ("wall", "cpu"))
        print(f"{corpus.name}: {way:<8} {wall:7.3f} s, CPU {cpu:7.3f} s", flush=True)
    for what, goal in (("wall", corpus.wall), ("cpu", corpus.cpu)):
        ratios = [one["shutil"][what] / one["ours"][what] for one in rounds]
        reached(f"{corpus.name}: times as fast as shutil, {what}", ratios, goal, "×")
    at_most(
        f"{corpus.name}: size against shutil's", [sizes["ours"] / sizes["shutil"]], corpus.size, ""
    )
    distance = [one["ours"]["wall"] / one["floor"]["wall"] for one in rounds]
    at_most(f"{corpus.name}: distance from read + CRC + write", distance, corpus.floor, "×")
    _bound(corpus, rounds)
    memory = [one["ours"]["memory"] for one in rounds]
    at_most(f"{corpus.name}: more memory", memory, 24 + files * 200 / corpora.MIB, "MiB")
    _check(folder)
    _seal(folder, rounds)
    _zip(folder, rounds)


def _bound(corpus: Corpus, rounds: list[dict[str, Any]]) -> None:
    """How near to that anybody can come who also takes a SHA-256 of each file."""
    cpu = statistics.median(one["shutil"]["cpu"] / one["least"]["cpu"] for one in rounds)
    wall = statistics.median(one["least"]["cpu"] / 2 / one["floor"]["wall"] for one in rounds)
    print(
        f"{corpus.name}: look + read + CRC + SHA-256 + deflate + records + write alone: "
        f"{cpu:.1f} times less CPU than shutil; on two processors that are busy all the time, "
        f"a distance of {wall:.2f} ×"
    )


def _check(folder: Path) -> None:
    for way in ("ours", "shutil"):
        subprocess.run(["unzip", "-tqq", archive_of(folder, way)], check=True)
    print(f"{folder.name}: unzip -t finds no error in either archive")


def _seal(folder: Path, rounds: list[dict[str, Any]]) -> None:
    """Before it is sent, the zip is read to its end once; without its hash the peers are done."""
    from bspsa_widgets.domain.archive import Archive
    from bspsa_widgets.packaging.seal import seal

    path = archive_of(folder, "ours")
    archive = Archive(name="a.zip", path=path, size=path.stat().st_size, folder="a", files=1)
    start = time.perf_counter()
    seal(archive)
    taken = time.perf_counter() - start
    ratio = statistics.median(
        one["shutil"]["wall"] / (one["ours"]["wall"] + taken) for one in rounds
    )
    print(f"{folder.name}: the seal takes {taken:.3f} s more; with it {ratio:.1f} times as fast")


def _zip(folder: Path, rounds: list[dict[str, Any]]) -> None:
    if not shutil.which("zip"):
        return
    target = folder.parent / "peer.zip"
    start = time.perf_counter()
    subprocess.run(["zip", "-qr", target, folder.name], cwd=folder.parent, check=True)
    taken = time.perf_counter() - start
    ours = statistics.median(one["ours"]["wall"] for one in rounds)
    print(f"{folder.name}: zip -r takes {taken:.3f} s, {taken / ours:.1f} times as long as we")
    target.unlink()


def _lag(folder: Path) -> None:
    rounds = [run("lag", folder) for _ in range(3)]
    for place, (what, goal) in enumerate((("p99", 5.0), ("max", 30.0))):
        more = [found["busy"][place] - found["idle"][place] for found in rounds]
        at_most(f"{folder.name}: loop's lag, {what}, beyond what it is at rest", more, goal, "ms")


def _engines(folder: Path) -> None:
    for way in ("no-isal", "zlib"):
        ratios = [run("shutil", folder)["wall"] / run(way, folder)["wall"] for _ in range(3)]
        reached(f"{folder.name}: times as fast as shutil, {way}", ratios, 2, "×")


def _command(folder: Path) -> None:
    """`bspsa pack`, from the shell's prompt to the prompt."""
    ratios = []
    for _ in range(5):
        peer = run("shutil", folder)["wall"]
        start = time.perf_counter()
        target = folder.parent / "command.zip"
        command = [sys.executable, "-m", "bspsa_widgets", "pack", str(folder), "-o", str(target)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        ratios.append(peer / (time.perf_counter() - start))
    reached(f"{folder.name}: times as fast as shutil, bspsa pack", ratios, 5, "×")


def _plan(folder: Path) -> None:
    from bspsa_widgets.submission.plan import plan

    times = []
    for _ in range(5):
        start = time.perf_counter()
        plan(folder)
        times.append(time.perf_counter() - start)
    at_most(f"{folder.name}: the plan", times, 0.5, "s")


def _cancel(folder: Path) -> None:
    """From the click to its end, while large files are packed; nothing is left."""
    from bspsa_widgets.errors import Stopped
    from bspsa_widgets.packaging.archive import pack
    from bspsa_widgets.packaging.selection import select

    selection, waits = select(folder), []
    place = folder.parent / "cancelled"
    place.mkdir()
    for after in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0):
        click = time.perf_counter() + after
        try:
            pack(selection, place / "o.zip", stopped=lambda at=click: time.perf_counter() > at)
        except Stopped:
            waits.append((time.perf_counter() - click) * 1000)
    assert len(waits) == 7, "packing was over before it was cancelled"
    assert not any(place.iterdir()), "a cancelled archive was left behind"
    at_most(f"{folder.name}: the longest wait after Cancel", [max(waits)], 200, "ms")


def run(way: str, folder: Path) -> dict[str, Any]:
    """One packing; its archive lies at `archive_of`, in no older one's place.

    What others wrote is on the disk by then: else that would be paid for by whoever comes next.
    """
    archive_of(folder, way).unlink(missing_ok=True)
    os.sync()
    command = [sys.executable, "-m", "tests.bench.packing_run", way]
    command += [str(folder), str(archive_of(folder, way))]
    _warm(folder)
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def _warm(folder: Path) -> None:
    """Read what will be packed, write as many bytes, and remove them.

    A virtual machine gives free memory, and files that nobody has read for a while, back to its
    host within seconds, and fetches each page anew at ten times its own cost: who comes first
    after a slow one would pay for that.
    """
    block, left = bytearray(1 << 20), 0
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while read := file.readinto(block):
                    left += read
    with (folder.parent / "warm").open("wb") as file:
        while left > 0:
            left -= file.write(block)
    Path(file.name).unlink()


def archive_of(folder: Path, way: str) -> Path:
    return folder.parent / f"{way}.zip"
