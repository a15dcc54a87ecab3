"""Row 19: a job forks, daemonises, or fills memory, disk and output; a zip bomb.

Real jobs of the local executor, kept apart by bubblewrap and not, in turns. What the
machine holds afterwards is counted from outside: processes by a word that each of them
has in its command line, bytes by a walk through the folder.
"""

from __future__ import annotations

import asyncio
import io
import random
import shutil
import struct
import tempfile
import time
import zipfile
from pathlib import Path
from unittest import mock

from bspsa_widgets.service.executors import Phase, Task
from bspsa_widgets.service.executors.runner import sandbox
from bspsa_widgets.service.executors.runner.limits import MIB, Limits, size_of
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.service.running import Log, local, new_task, nsg_task, run_one, running_with

LIMITS = Limits(memory=150 * MIB, disk=15 * MIB, output=MIB, processes=25)
SECONDS = 60.0  # that a job may take to pass its limit; it takes one or two
MOST_LEFT = 512 * MIB  # bytes that a fast disk can take between two looks at a job
CANCEL = 5.0  # seconds from a cancel to the last process's end

_TAKES = {
    "memory": "python -c \"k = []\nwhile 1: k.append(bytearray(b'x') * {n}0_000)\"",
    "memory of many": (
        "for n in 1 2 3 4 5 6; do python -c \"x = bytearray(b'x') * 40_000_000; import time;"
        ' time.sleep(600)" & done; wait'
    ),
    "disk": "for n in $(seq 100000); do head -c {n}0000 /dev/zero > f$n; done; sleep 600",
    "one file": "head -c 9000000000 /dev/zero > big",
    "disk in folders": "while :; do mkdir -p d/d; cd d; head -c {n}0000 /dev/zero > f; done",
    "output": "while :; do head -c {n}000 /dev/zero; done",
    "errors": "yes {n} >&2",
    "processes": "for n in $(seq 1000); do sleep 600 & done; wait",
    # It doubles, but to no more than four thousand: where the kernel sets no bound, a test must
    # not be the end of the machine.
    "fork bomb": "f() {{ [ $1 -gt 11 ] || {{ f $(($1+1)) | f $(($1+1)) & sleep {n}; }}; }}; f 1",
    "wall time": "trap '' TERM INT HUP; while :; do sleep 1; done",
}
_WORDS = {
    "memory": ("of memory", "MemoryError", "Killed"),
    "disk": ("of files", "to one file", "File too large"),
    "output": ("to its standard output",),
    "errors": ("to its standard error",),
    "processes": ("processes at once", "processes and threads"),
    "fork bomb": ("processes at once", "processes and threads", "of memory"),
    "wall time": ("The wall time of",),
}
_WORDS |= {"memory of many": _WORDS["memory"]}
_WORDS |= dict.fromkeys(("one file", "disk in folders"), _WORDS["disk"])


def play_limit(case: Case) -> None:
    """A job that takes too much ends as failed, with a word about it, and nothing is left."""
    drawn = random.Random(case.seed)
    what, word = drawn.choice(tuple(_TAKES)), f"W{case.seed}"
    command = _TAKES[what].format(n=drawn.randint(10, 99))
    hours = (0.3 if what == "wall time" else SECONDS) / 3600
    with _machine(case, drawn) as root:
        beside = f"setsid bash -c ': {word}; trap \"\" TERM; sleep 600; :' &\n"
        task = new_task(root, "J", beside + command, hours=hours)
        try:
            end = asyncio.run(run_one(task, limits=LIMITS, seconds=SECONDS + 30))
        finally:
            left = running_with(word)
            _kill(word)
        case.check(end.phase is Phase.FAILED, f"{what}: ended as {end.phase}")
        told = task.folder.stderr.read_text(errors="replace")[-4000:]
        case.check(any(words in told for words in _WORDS[what]), f"{what}: told {told[-200:]!r}")
        case.check(not left, f"{what}: {len(left)} processes are left")
        size = size_of(task.folder.path)
        case.check(size < MOST_LEFT, f"{what}: {size} bytes are left")
        case.note(what)


_LEAVES = (
    "setsid bash -c ': {w}; sleep 600; :' &",
    "nohup bash -c ': {w}; trap \"\" TERM HUP INT; while :; do sleep 1; done' > /dev/null 2>&1 &",
    "(setsid bash -c '(setsid bash -c \": {w}; sleep 600; :\" &)')",
    'env -i setsid bash -c \'(env -i setsid bash -c ": {w}; trap \\"\\" TERM; sleep 600; :" &)\'',
    "(exec -a kworker env -i bash -c ': {w}; exec 1>&- 2>&-; sleep 600; :') &",
    'python -c "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)'
    "\nos.environ.clear(); os.chdir('/'); w = '{w}'; time.sleep(600)\"",
    "bash -c ': {w}; while :; do sleep 0.05 & disown; done' &",
)


def play_tree(case: Case) -> None:
    """A cancel ends all that a job has started, wherever it went, within five seconds."""
    drawn = random.Random(case.seed)
    word = f"W{case.seed}"
    ways = drawn.choices(_LEAVES, k=drawn.randint(1, 6))
    command = "\n".join([*(way.replace("{w}", word) for way in ways), f": {word}; sleep 600"])
    with _machine(case, drawn) as root:
        try:
            asyncio.run(_cancel(case, new_task(root, "J", command), word, drawn.random()))
        finally:
            _kill(word)


async def _cancel(case: Case, task: Task, word: str, seconds: float) -> None:
    log = Log()
    async with local(log) as jobs:
        await jobs.submit(task)
        await log.until(lambda: log.running() == ["J"])
        await asyncio.sleep(seconds)
        case.note("processes at the cancel", len(running_with(word)))
        began = time.monotonic()
        await jobs.cancel("J")
        took = time.monotonic() - began
        left = running_with(word)
        case.check(not left, f"{len(left)} processes are left")
        case.check(took < CANCEL, f"the cancel took {took:.1f} s")
        ended = log.ends.get("J")
        case.check(ended is not None and ended.phase is Phase.CANCELLED, f"ended as {ended}")


def play_bomb(case: Case) -> None:
    """An archive that is more than it seems is refused, and next to nothing is written."""
    drawn = random.Random(case.seed)
    what, archive = drawn.choice(tuple(_BOMBS.items()))
    with _machine(case, drawn) as root:
        task = nsg_task(root, "J", archive(drawn))
        end = asyncio.run(run_one(task, limits=LIMITS, seconds=SECONDS))
        told = task.folder.stderr.read_text(errors="replace")
        case.check(end.phase is Phase.FAILED, f"{what}: ended as {end.phase}")
        case.check("[local service] The archive" in told, f"{what}: told {told[-200:]!r}")
        size = size_of(task.folder.work)
        case.check(size <= (LIMITS.disk or 0) + MIB, f"{what}: {size} bytes were written")
        case.note(what)


def _zip(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("m/init.py", b""), *members):
            archive.writestr(name, content)
    return buffer.getvalue()


def _zeros(drawn: random.Random) -> bytes:
    return _zip(("m/zeros", bytes(drawn.randint(16, 90) * MIB)))


def _many(drawn: random.Random) -> bytes:
    return _zip(*((f"m/{n}", b"") for n in range(100_001)))


def _spread(drawn: random.Random) -> bytes:
    return _zip(*((f"m/{n}", bytes(MIB)) for n in range(drawn.randint(16, 60))))


def _liar(drawn: random.Random) -> bytes:
    """It says that its one large file is small."""
    size = drawn.randint(16, 60) * MIB + drawn.randint(1, 1000)
    said = drawn.randint(1, 1000)
    return _zip(("m/zeros", bytes(size))).replace(struct.pack("<I", size), struct.pack("<I", said))


def _overlapping(drawn: random.Random) -> bytes:
    """Many names for the same bytes."""
    raw = bytearray(_zip(("m/x", bytes(MIB))))
    at = raw.rindex(b"PK\x01\x02")
    entry, end = bytes(raw[at : raw.rindex(b"PK\x05\x06")]), bytes(raw[raw.rindex(b"PK\x05\x06") :])
    count = drawn.randint(20, 60)
    first = bytes(raw[raw.index(b"PK\x01\x02") : at])
    more = b"".join(entry[:46] + f"m/{n % 9}".encode() + entry[49:] for n in range(count))
    head = bytes(raw[: raw.index(b"PK\x01\x02")])
    total = struct.pack("<HHII", count + 1, count + 1, len(first + more), len(head))
    return head + first + more + end[:8] + total + end[20:]


_BOMBS = {
    "zeros": _zeros,
    "many files": _many,
    "many zeros": _spread,
    "a lie about its size": _liar,
    "overlapping entries": _overlapping,
}


class _machine:  # used like a function
    """A folder for a job, and whether it is kept apart: both ways, as drawn."""

    def __init__(self, case: Case, drawn: random.Random) -> None:
        is_apart = drawn.random() < 0.5 and not sandbox.sandbox_unavailable_reason()
        case.note("kept apart" if is_apart else "not kept apart")
        way = "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason"
        self._patch = mock.patch(way, return_value="" if is_apart else "a drawn case")
        self._folder = Path()

    def __enter__(self) -> Path:
        self._patch.start()
        self._folder = Path(tempfile.mkdtemp())
        return self._folder

    def __exit__(self, *error: object) -> None:
        self._patch.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _kill(word: str) -> None:
    for process in running_with(word):
        process.kill()


ROWS = (
    Row("19a", "a job fills memory, disk, output, the process table, its time", 200, 6, play_limit),
    Row("19b", "a job forks away, and is cancelled", 200, 4, play_tree),
    Row("19c", "a zip bomb", 200, 6, play_bomb),
)
