"""Row 13: names from the server that would lead elsewhere, or be another file's."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import tempfile
import unicodedata
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.errors import DownloadError
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import TOKEN
from tests.faulty_server import FaultyServer, Received, Reply, run
from tests.windows_names import is_reserved

NAMES = 10  # of each case
PIZDAINT = JobRef("pizdaint", "bsp_pizdaint_01", "A-1")
NSG = JobRef("nsg", "bsp_nsg_01", "A-1")
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}
FORMS = ("NFC", "NFD", "NFKC", "NFKD")
BAIT = ("file", "folder", "pipe", "hard link", "link", "loop", "dangling link")
JOINERS = {"\u200c", "\u200d"}

PIECES = (
    *(
        "..",
        ".",
        "...",
        "/",
        "//",
        "\\",
        "..\\",
        "../",
        "/..",
        "C:",
        "c:\\",
        "\\\\?\\",
        "\\\\h\\s\\",
    ),
    *(
        "~",
        "~root",
        "%2e%2e%2f",
        "..%252f",
        "%00",
        "%",
        "#",
        "?",
        "*",
        "|",
        "<b>",
        '"',
        "'",
        "`",
        "$(id)",
    ),
    *("CON", "con", "nul.txt", "PRN", "AUX .c", "COM1", "com9.log", "LPT¹", "CONIN$", "CLOCK$"),
    *("\x00", "\n", "\r", "\t", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u00a0", "\u3000", " ", "  "),
    *(
        "\u202e",
        "\u202d",
        "\u2066",
        "\u2069",
        "\u200e",
        "\u200f",
        "\u061c",
        "\u200b",
        "\ufeff",
        "\u00ad",
    ),
    *("\ud800", "\udfff", "\udcff", "\U000e0041", "\ue000", "\uffff", "\U0010ffff"),
    *("é", "e\u0301", "É", "E\u0301", "ß", "SS", "ſ", "K", "İ", "ı", "ﬁ", "Å", "Å", "A\u030a"),
    *(
        "日本",
        "می\u200cخواهم",
        "\U0001f469\u200d\U0001f52c",
        "a",
        "A",
        "out",
        "Out",
        "OUT",
        ".csv",
        ".CSV",
    ),
    *(
        ".part-",
        ".bspsa/x",
        ".ssh/authorized_keys",
        "-rf",
        ".git/config",
        "a:stream",
        "::$DATA",
        "stdout",
    ),
    *("x" * 300, "é" * 150, "\U0001f600" * 80, "." * 300, " " * 300, "../" * 60, "a/" * 200),
)


class _Thing(NamedTuple):
    """What lies somewhere: its kind, its content or where it leads, and which one it is."""

    kind: int
    content: bytes
    inode: int
    changed: int  # ns


def play(case: Case) -> None:
    """Ten files of a job, one after the other, into a folder where much lies already."""
    sandbox = Path(tempfile.mkdtemp(prefix="names-"))
    try:
        drawn = random.Random(case.seed)
        target = sandbox / "home" / "results" / "job"
        names = _names(drawn, sandbox)
        _lay_bait(drawn, sandbox, target, names)
        run(_fetched(case, drawn, sandbox, target, names), 60.0)
    finally:
        shutil.rmtree(sandbox)


async def _fetched(
    case: Case, drawn: random.Random, sandbox: Path, target: Path, names: list[str]
) -> None:
    ref, may_replace = drawn.choice((NSG, PIZDAINT)), drawn.random() < 0.2
    files = f"/files/{ref.hpc}/{ref.project}/{ref.job_id}/"
    sent: list[bytes] = []

    def answer(request: Received) -> Reply:
        if request.target == files:
            return Reply(200, _listed(names, ref))
        sent.append(f"{case.seed} {len(sent)}".encode())
        return Reply(200, sent[-1], "application/octet-stream")

    async with (
        FaultyServer(answer) as server,
        ServiceAccountClient(server.url, TOKEN) as client,
    ):
        for file in await client.files(ref):
            before = _things(sandbox)
            try:
                fetched = await client.fetch(ref, file, target, overwrite=may_replace)
            except DownloadError as error:
                case.note("refused")
                case.check(error.message, "refused without a word")
                _judge_change(case, file.name, before, _things(sandbox), None, b"")
                continue
            case.note("came")
            case.check(fetched.path.parent == target, f"{file.name!a} became {fetched.path}")
            place = str(fetched.path)
            _judge_change(case, file.name, before, _things(sandbox), place, sent[-1])
            _judge_name(case, file.name, fetched.path.name)
            is_new = place not in before
            case.check(is_new or may_replace, f"{file.name!a} took the place of {place!a}")
    for request in server.ledger:
        case.check(
            request.target.startswith(files) and request.target.count("/") in (5, 6),
            f"asked for {request.target!a}",
        )


def _names(drawn: random.Random, sandbox: Path) -> list[str]:
    """Some of pieces, some of any characters, some that lead to the bait, some twins."""
    names: list[str] = []
    outside = [str(sandbox / "outside" / name) for name in ("precious", "new", "")]
    while len(names) < NAMES:
        kind = drawn.random()
        if kind < 0.45:
            names.append("".join(drawn.choice(PIECES) for _ in range(drawn.randint(1, 5))))
        elif kind < 0.6:
            names.append("".join(chr(_point(drawn)) for _ in range(drawn.randint(1, 80))))
        elif kind < 0.75:
            up = drawn.choice(("../", "..\\", "%2e%2e/", "/../", "a/../../")) * drawn.randint(1, 9)
            names.append(drawn.choice((up + "outside/precious", up, drawn.choice(outside))))
        elif names:
            names.append(_twin(drawn, drawn.choice(names)))
    return names


def _point(drawn: random.Random) -> int:
    return drawn.randrange(drawn.choice((0x20, 0x80, 0x300, 0x3000, 0xE000, 0x110000)))


def _twin(drawn: random.Random, name: str) -> str:
    """Another name, which may well become the same file."""
    how = (
        *(str.upper, str.lower, str.swapcase, str.casefold),
        *(lambda text, form=form: unicodedata.normalize(form, text) for form in FORMS),
        *(lambda text, end=end: text + end for end in (".", " ", "\x01", "\u202e", "/", "\\")),
        lambda text: text.replace("/", "\\"),
        lambda text: f"x/{text}",
        lambda text: text[:100] + "x" * 300 + text[100:],
    )
    twin = drawn.choice(how)(name)
    return twin if twin != name else f"{name}\x02"


def _listed(names: list[str], ref: JobRef) -> str:
    if ref.hpc == "pizdaint":
        return json.dumps([f"/{name}" for name in names])
    return json.dumps(
        [{"fileid": str(number), "filename": name} for number, name in enumerate(names)]
    )


def _lay_bait(drawn: random.Random, sandbox: Path, target: Path, names: list[str]) -> None:
    """Files, folders, links and a pipe, also where the names would come to lie."""
    outside = sandbox / "outside"
    for folder in (target, outside / "deep"):
        folder.mkdir(parents=True)
    for place in (outside / "precious", sandbox / "precious", target.parent / "precious"):
        place.write_bytes(b"mine")
    (target / "dir").mkdir()
    (target / "notes").write_bytes(b"mine")
    for name in drawn.sample(names, drawn.randint(0, 6)):
        place = target / safe_name(name)
        if not place.is_symlink() and not place.exists():
            _lay(drawn.choice(BAIT), place, outside)


def _lay(bait: str, place: Path, outside: Path) -> None:
    if bait == "file":
        place.write_bytes(b"mine")
    elif bait == "folder":
        place.mkdir()
    elif bait == "pipe":
        os.mkfifo(place)
    elif bait == "hard link":
        os.link(outside / "precious", place)
    else:
        place.symlink_to({"link": outside / "precious", "loop": place}.get(bait, outside / "new"))


def _things(sandbox: Path) -> dict[str, _Thing]:
    """All that lies in the sandbox, by its path; no link is followed."""
    found: dict[str, _Thing] = {}
    for folder, folders, files in os.walk(sandbox):
        for name in (*folders, *files):
            place = os.path.join(folder, name)
            status = os.lstat(place)
            content = b""
            if stat.S_ISLNK(status.st_mode):
                content = os.fsencode(os.readlink(place))
            elif stat.S_ISREG(status.st_mode):
                content = Path(place).read_bytes()
            when = 0 if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns
            found[place] = _Thing(stat.S_IFMT(status.st_mode), content, status.st_ino, when)
    return found


def _judge_change(
    case: Case,
    name: str,
    before: dict[str, _Thing],
    after: dict[str, _Thing],
    place: str | None,
    content: bytes,
) -> None:
    """Nothing changed but `place`, where the file lies now; or nothing at all."""
    for path in before.keys() | after.keys():
        if path != place:
            was, is_now = before.get(path), after.get(path)
            case.check(was == is_now, f"{name!a} changed {path!a}: {was} became {is_now}")
    if place is None:
        return
    thing = after.get(place)
    case.check(
        thing is not None and (thing.kind, thing.content) == (stat.S_IFREG, content),
        f"{name!a} is {thing}",
    )
    if place in before:
        case.check(before[place].kind == stat.S_IFREG, f"{name!a} replaced {before[place]}")


def _judge_name(case: Case, name: str, here: str) -> None:
    """It is a plain name on any system, and looks like what it is."""
    unseen = {c for c in here if unicodedata.category(c) in UNSEEN} - JOINERS
    case.check(
        not unseen
        and not set(here) & set('<>:"/\\|?*')
        and not here.startswith(".")
        and not here.endswith((".", " "))
        and len(here.encode()) <= 255
        and unicodedata.is_normalized("NFC", here)
        and not is_reserved(here)
        and PureWindowsPath(here).parts == (here,),
        f"{name!a} became {here!a}",
    )


CASES = 1_050  # a name that is listed twice is one file

ROWS = (Row("13", f"{NAMES} names from the server that would lead elsewhere", CASES, 20, play),)
