"""Row 6: line breaks, quotes, other scripts, half characters and excess length in a form."""

from __future__ import annotations

import json
import random
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import InvalidInput
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import Ended, new_records, send
from tests.faulty_server import Account, FaultyServer, Received
from tests.virtual_time import run_virtual

MOST_PAYLOAD = 1_536  # bytes of the header's value: what every web server takes
HEADERS = {
    *("host", "accept", "accept-encoding", "connection", "user-agent", "content-type"),
    *("content-length", "content-disposition", "payload", "authorization"),
}
_BITS = (
    *("\r\nPayload: {}", "\n", "\r", "\x00", "\x85", "\u2028", "\x1b[2J", '"', "'", "\\", "{", "}"),
    *("\ud800", "\udfff", "é", "日本", "\N{GRINNING FACE}", "; filename=x.zip", "%0d%0aX: y", ","),
    *(
        "{archive}",
        "{folder}",
        " ",
        "\t",
        "$(id)",
        "a",
        "run.sh",
        "../",
        "/",
        "x" * 79,
        "y" * 1_400,
    ),
)


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    form = _form(drawn)
    root = Path(tempfile.mkdtemp(prefix="named-"))
    records = new_records()
    try:
        folder = root / _folder_name(drawn)
        folder.mkdir()
        (folder / "init.py").write_text("x")
        run_virtual(_played(case, form, folder, records))
    finally:
        shutil.rmtree(root)
        shutil.rmtree(records.folder)


async def _played(case: Case, form: JobForm, folder: Path, records: Any) -> None:
    async with FaultyServer(Account()) as server:
        ended = await send(server.url, records, form, folder=folder)
        posts = server.of("POST")
    if isinstance(ended.error, InvalidInput):
        names = {*JobForm.model_fields, "folder"}
        case.check(ended.error.errors.keys() <= names, f"names {list(ended.error.errors)}")
        case.check(ended.error.errors, "it names no field")
        case.check(not posts, "refused, and sent")
        case.note("refused")
        return
    case.check(ended.error is None, f"{form!r} ended in {ended.error!r}")
    if len(posts) != 1:
        case.duplicate(f"{len(posts)} requests")
        return
    case.note("sent")
    _check_head(case, posts[0], ended)


def _check_head(case: Case, post: Received, ended: Ended) -> None:
    """By the bytes, not by any parser's opinion."""
    lines = post.head.split(b"\r\n")
    names = [line.split(b":")[0].decode("latin-1").lower() for line in lines[1:]]
    case.check(set(names) <= HEADERS, f"headers {names}")
    case.check(len(names) == len(set(names)), f"a header twice: {names}")
    case.check(not re.search(rb"[^\x20-\x7e]", b"".join(lines)), "signs that no head may hold")
    [line] = [line for line in lines if line.lower().startswith(b"payload:")]
    value = line.split(b":", 1)[1].strip()
    case.check(len(value) < MOST_PAYLOAD, f"Payload of {len(value)} bytes")
    assert ended.record is not None
    case.check(json.loads(value) == ended.record.payload, "not what was asked for")
    [named] = post.header("Content-Disposition")
    case.check(re.fullmatch(r"attachment; filename=[A-Za-z0-9_.-]{1,100}", named), named)


def _form(drawn: random.Random) -> JobForm:
    hpc = drawn.choice(("pizdaint", "nsg"))
    form = JobForm(hpc=hpc, command="ls", tool="PY_TG", init_file="init.py", title="fit")
    changes = {
        name: _text(drawn)
        for name in ("title", "command", "tool", "init_file", "project")
        if drawn.random() < (0.6 if name in ("title", "command") else 0.08)
    }
    return form.model_copy(update=changes)


def _text(drawn: random.Random) -> str:
    return "".join(drawn.choice(_BITS) for _ in range(drawn.choice((1, 2, 2, 3, 6))))


def _folder_name(drawn: random.Random) -> str:
    """Anything that a file system takes."""
    if drawn.random() < 0.5:
        return "ca1-fit"
    text = re.sub(r"[/\x00\ud800-\udfff]", "", _text(drawn))[:60].strip(".")
    return text or "x"


ROWS = (Row("6", "line breaks, quotes, scripts and length in a form", 5_000, 80, play),)
