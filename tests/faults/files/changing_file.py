"""Row 11, what moves: a file that is changed while it is packed is never torn.

Each version of a file repeats one number, and is written by one call: mixed numbers in the
archive are a torn file. The other process goes on until the packing has ended.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

from bspsa_widgets.errors import InvalidInput, PackingError
from bspsa_widgets.packaging.archive import PackedArchive, pack
from bspsa_widgets.packaging.selection import select
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.packaging.hostile import unzip

SECONDS = 20.0
SIZES = (40, 4_000, 300_000, 3 << 20)  # small, small, in a batch, in pieces
NAMES = tuple(f"file_{number}.dat" for number in range(4))
SECRET = b"what lies outside must not travel"


def race(case: Case) -> None:
    """Some files, one of them changed in one way all the time."""
    source = random.Random(case.seed)
    change = source.choice(CHANGES)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as place, mock.patch.object(tempfile, "tempdir", place):
        root = _folder(Path(place) / "model", source)
        size = source.choice(SIZES)
        with _changed(change, root / "inner/racing.dat", size, source.random() * 0.01):
            try:
                packed = pack(select(root))
            except (PackingError, InvalidInput) as error:
                case.note("told")
                case.check("racing" in str(error) or "inner" in str(error), f"told: {error}")
                case.check(not error.job_may_exist, "a job may exist")
                packed = None
        if packed is not None:
            case.note("packed")
            _check(case, packed, root)
            packed.archive.path.unlink()
        left = [path.name for path in Path(place).iterdir() if path.suffix == ".zip"]
        case.check(not left, f"left behind: {left}")
    case.note(change.__name__)
    case.check(time.monotonic() - start < SECONDS, f"{change.__name__} takes too long")


def _folder(root: Path, source: random.Random) -> Path:
    (root / "inner").mkdir(parents=True)
    for name in NAMES:
        (root / name).write_bytes(source.randbytes(source.choice(SIZES)))
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "racing.dat").write_bytes(SECRET)
    return root


def version(number: int, size: int) -> bytes:
    return number.to_bytes(4, "big") * (size // 4)


@contextmanager
def _changed(
    change: Callable[[Path, bytes], None], path: Path, size: int, pause: float
) -> Iterator[None]:
    path.write_bytes(version(0, size))
    over = threading.Event()

    def write() -> None:
        for number in range(1, 100_000):
            with suppress(OSError):
                change(path, version(number, size))
            if over.wait(pause * (number % 3)):
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def in_place(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(handle, data)
    os.close(handle)


def anew(path: Path, data: bytes) -> None:
    path.write_bytes(data)  # cut to nothing first: for a moment it is empty


def longer(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data[:4] * 10)


def replaced(path: Path, data: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    beside.replace(path)


def gone_and_back(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def a_pipe(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def a_link_out(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.parents[2] / "outside/racing.dat")


def a_folder(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def folder_moved(path: Path, data: bytes) -> None:
    """The folder on the way gives its place to a link that leads out, and takes it back."""
    inner, aside = path.parent, path.parents[2] / "aside"
    inner.rename(aside)
    inner.symlink_to(path.parents[2] / "outside")
    inner.unlink()
    aside.rename(inner)


CHANGES = (in_place, anew, longer, replaced, gone_and_back, a_pipe, a_link_out, a_folder)
CHANGES += (folder_moved,)


def _check(case: Case, packed: PackedArchive, root: Path) -> None:
    test = unzip("-tqq", packed.archive.path)
    case.check(test.returncode == 0, f"torn zip: {test.stderr[-200:]!r}")
    with zipfile.ZipFile(packed.archive.path) as archive:
        for name in NAMES:
            same = archive.read(f"model/{name}") == (root / name).read_bytes()
            case.check(same, f"{name} is another")
        for entry in packed.manifest.entries:
            data = archive.read(f"model/{entry.path}")
            case.check(len(data) == entry.size, f"{entry.path} has another size")
            case.check(SECRET not in data, f"{entry.path} is from outside")
            if entry.path.startswith("inner/"):
                case.check(_is_whole(data), f"torn: {entry.path} of {len(data)} bytes")


def _is_whole(data: bytes) -> bool:
    """One version; what was only appended to is many, in order, each whole."""
    numbers = [data[at : at + 4] for at in range(0, len(data), 4)]
    return len(set(numbers)) <= 1 or numbers == sorted(numbers)


def full_disk(case: Case) -> None:
    """A small disk of its own, as root can have one: it is told, and left empty."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        case.note("no disk to fill")
        return
    source = random.Random(case.seed)
    with tempfile.TemporaryDirectory() as place, _small_disk(Path(place) / "disk") as disk:
        root = Path(place) / "model"
        root.mkdir()
        (root / "data.bin").write_bytes(source.randbytes(source.choice((2, 5, 20)) << 20))
        with mock.patch.object(tempfile, "tempdir", str(disk)):
            try:
                pack(select(root))
                case.wrong("there was room")
            except PackingError as error:
                case.check("could not be written" in error.message, str(error))
                case.check("free space" in error.advice, error.advice)
        case.check(not list(disk.iterdir()), "something is left on the disk")


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    place.mkdir()
    if os.system(f"mount -t tmpfs -o size=1m none '{place}' 2>/dev/null"):
        raise RuntimeError("no disk of its own can be had here")
    try:
        yield place
    finally:
        os.system(f"umount '{place}'")


def many_or_huge(case: Case) -> None:
    """More than 65,535 files, and a file of more than 4 GiB: Zip64."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "model"
        root.mkdir()
        if case.seed % 2:
            for number in range(70_000):
                (root / f"{number}.txt").write_text(str(number))
        else:
            (root / "huge.bin").touch()
            os.truncate(root / "huge.bin", (4 << 30) + 12_345)
        packed = pack(select(root), Path(place) / "archive.zip")
        test = unzip("-tqq", packed.archive.path)
        case.check(test.returncode == 0, f"torn zip: {test.stderr[-200:]!r}")
        with zipfile.ZipFile(packed.archive.path) as archive:
            found = [(info.filename, info.file_size) for info in archive.infolist()]
        expected = [(f"model/{one.path}", one.size) for one in packed.manifest.entries]
        case.check(found == expected, "Python reads another list")
        case.note("files", len(found))
        packed.archive.path.unlink()


ROWS = (
    Row("11b", "a file that changes while it is packed", 500, 18, race),
    Row("11c", "a full disk", 10, 1, full_disk),
    Row("11d", "more files, or larger ones, than a plain zip holds", 2, 1, many_or_huge, each=True),
)
