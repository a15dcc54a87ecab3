"""Folders with all that is odd, and what has to be true of their archives."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.packaging.archive import PackedArchive, pack
from bspsa_widgets.packaging.selection import Selection, scan, select

ALPHABETS = (
    "abcXYZ019",
    " '\"$&;()[]{}!~`^%@+=,#",
    "äöüßéèñçøåæœ",
    "Ελληνικά русский עברית العربية हिन्दी ไทย 한국어 日本語",
    "🧠🐁𝔘🜚",
    "e\u0301o\u0308\u200d\u202e\u00a0\ufeff",  # combining, invisible, turning round
)
ODD_NAMES = ("-rf", "--help", "~", "con", "nul.txt", "a" * 200, " lead", "trail ", "dot.", "%2e%2e")
UNSENDABLE = (b"caf\xe9", b"back\\slash", b"new\nline", b"bell\x07", b"\xff\xfe", b"tab\there")
RULES = ("*.log", "!keep.log", "build/", "/top.txt", "**/x", "# no", "[", "a?c", "*.LOG", "\\!odd")
PIECE = 1 << 20
SIZES = (0, 0, 1, 2, 100, 4095, 4096, 65_535, 65_536, 200_000, PIECE - 1, PIECE, PIECE + 1)
DATES = (-(10**9), 0, 1, 315_532_799, 946_684_800, 4_354_819_199, 5_000_000_000)


def plant(root: Path, source: random.Random, entries: int = 25) -> None:
    """Fill a folder; what the file system does not take is not there."""
    root.mkdir()
    (root / "kept.txt").write_text("there is always something to send")
    folders = [root]
    for _ in range(entries):
        location = source.choice(folders)
        path = location / name(source)
        if os.path.lexists(path):  # what is there may be a pipe, or a link out of here
            continue
        with suppress(OSError, ValueError):
            kind = source.choice(KINDS)
            if kind is folder and len(os.fsencode(path)) < 700:
                path.mkdir()
                folders.append(path)
            else:
                kind(path, source, root)


def name(source: random.Random) -> str:
    dice = source.random()
    if dice < 0.1:
        return source.choice(ODD_NAMES)
    if dice < 0.14:
        return os.fsdecode(source.choice(UNSENDABLE))
    letters = source.choices(source.choice(ALPHABETS), k=source.randint(1, 12))
    return "".join(letters) + source.choice(("", "", ".py", ".log", ".txt", ".hoc"))


def content(source: random.Random) -> bytes:
    size = source.choice(SIZES)
    match source.randrange(3):
        case 0:
            return source.randbytes(size)
        case 1:
            return bytes(size)
        case _:
            line = f"{source.random()} mV\n".encode()
            return (line * (size // len(line) + 1))[:size]


def file(path: Path, source: random.Random, root: Path) -> None:
    new(path, content(source))
    if source.random() < 0.3:
        path.chmod(source.choice((0o755, 0o700, 0o600, 0o444)))
    if source.random() < 0.3:
        date = source.choice(DATES)
        os.utime(path, (date, date))


def folder(path: Path, source: random.Random, root: Path) -> None:
    path.mkdir()


def sparse(path: Path, source: random.Random, root: Path) -> None:
    path.touch()
    os.truncate(path, source.choice((5_000_000, 20 * PIECE)))


def hard_link(path: Path, source: random.Random, root: Path) -> None:
    path.hardlink_to(root / "kept.txt")


def link(path: Path, source: random.Random, root: Path) -> None:
    targets = [root / "kept.txt", Path("/etc/hostname"), root, Path("nowhere"), path, Path("..")]
    path.symlink_to(source.choice([*targets, Path("kept.txt"), Path("/")]))


def fifo(path: Path, source: random.Random, root: Path) -> None:
    os.mkfifo(path)


def plug(path: Path, source: random.Random, root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def rules(path: Path, source: random.Random, root: Path) -> None:
    lines = source.choices(RULES, k=source.randint(1, 5))
    new(path.with_name(source.choice((".gitignore", ".bspsaignore"))), "\n".join(lines).encode())


def colliding(path: Path, source: random.Random, root: Path) -> None:
    for number, clash in enumerate(("Straße.txt", "STRASSE.TXT", "e\u0301.txt", "\u00e9.txt")):
        new(path.with_name(clash), bytes(number))


def new(path: Path, data: bytes) -> None:
    with path.open("xb") as made:
        made.write(data)


KINDS = (file,) * 8 + (folder,) * 3 + (sparse, hard_link, link, link, fifo, plug, rules, colliding)


def freed(root: Path) -> Selection:
    """What is sent once the user has left out all that cannot be."""
    stuck = tuple(entry.path.rstrip("/") for entry in scan(root).stuck)
    return select(root, Choice(exclude=stuck))


def faults(root: Path) -> Iterator[str]:
    """What is not as it must be of a folder's archive."""
    selection = freed(root)
    with tempfile.TemporaryDirectory() as location:
        packed = pack(selection, Path(location) / "archive.zip")
        yield from faults_of(packed, selection, Path(location))
        again = pack(selection, Path(location) / "again.zip").archive
        if again.path.read_bytes() != packed.archive.path.read_bytes():
            yield "packed again, it has other bytes"


def faults_of(packed: PackedArchive, selection: Selection, location: Path) -> Iterator[str]:
    """What the archive's own list, Info-ZIP and Python say against it."""
    path, entries = packed.archive.path, packed.manifest.entries
    if [entry.path for entry in entries] != [member.path for member in selection.members]:
        yield "the manifest has other files than were chosen"
    if path.stat().st_size != packed.archive.size:
        yield "the archive has another size than is told"
    test = unzip("-tqq", path)
    if test.returncode:
        yield f"unzip -t: {test.stdout[-300:]!r} {test.stderr[-300:]!r}"
    expected = {entry.path: (entry.size, entry.sha256, entry.mode & 0o777) for entry in entries}
    folders = set(selection.empty_folders)
    done = unzip("-q", path, "-d", location / "infozip")
    if done.returncode:
        yield f"unzip: {done.stderr[-300:]!r}"
    if unpacked(location / "infozip" / selection.folder.name, modes=True) != (expected, folders):
        yield "unpacked by Info-ZIP it is not what the manifest says"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(location / "python")
    plain = {path: (size, digest, 0) for path, (size, digest, _) in expected.items()}
    if unpacked(location / "python" / selection.folder.name, modes=False) != (plain, folders):
        yield "unpacked by Python it is not what the manifest says"


def unzip(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = ["unzip", *map(str, arguments)]
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)


def unpacked(root: Path, *, modes: bool) -> tuple[dict[str, tuple[int, str, int]], set[str]]:
    """Each file's size, hash and mode (0: not asked for), and the folders without files."""
    files: dict[str, tuple[int, str, int]] = {}
    empty = set()
    for location, _folders, names in os.walk(root):
        below = Path(location).relative_to(root)
        for name in names:
            path = Path(location) / name
            about = path.lstat()
            data = path.read_bytes() if stat.S_ISREG(about.st_mode) else b"?"
            mode = stat.S_IMODE(about.st_mode) if modes else 0
            digest = hashlib.sha256(data).hexdigest()
            files[(below / name).as_posix()] = (about.st_size, digest, mode)
        if not any(found for _, _, found in os.walk(location)) and below != Path():
            empty.add(below.as_posix())
    return files, empty
