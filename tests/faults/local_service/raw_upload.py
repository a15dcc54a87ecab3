"""Row 18, too: who has the token sends any bytes at all as an upload.

Never an answer of 5xx, never a job but with a 201, and then with the very bytes that were
sent; nothing half received is kept.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from tests.faults.figures import Case
from tests.faults.local_service.web_page import FORM, SECONDS, Target, ask, target
from tests.faults.rows import Row

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_FORM = json.loads(FORM["Payload"]) | {"tool": "PY_TG", "init_file": "init.py"}
_WORDS: tuple[Any, ...] = (
    None, True, 0, -1, 1, 1.5, 10**400, float("nan"), float("inf"), -0.0, 1e308, "", " ", "1",
    "0x1", "１", "1_0", "9" * 5000, "nan", "a\x00b", "\ud83d", "é", "😀" * 100, "x" * 101,
    "x" * 20_000, "../x", "/etc/passwd", "a\r\nX-Evil: 1", "<script>", "'; DROP TABLE jobs;--",
    [], {}, [[]], {"a": {}}, ["ls"],
)  # fmt: skip
_HEADERS: tuple[bytes, ...] = (
    b"", b" ", b"null", b"[]", b"5", b'"x"', b"{", b"{}}", b"{'a': 1}", b"\xff\xfe",
    "{\"title\": \"é\"}".encode(), b'{"title": "\xe9"}', b"[" * 5000, b"{" * 5000,
    b'{"a":' * 2000 + b"1" + b"}" * 2000, b"{\r\n \"a\": 1}", b"{}\r\nX-Evil: 1",
    b"\x00", b"{\"runtime\": 1e9999}", b"x" * 40_000,
)  # fmt: skip
_NAMES: tuple[bytes, ...] = (
    b"job.zip", b'"job.zip"', b"my job.zip", b'"my job.zip"', b"", b'""', b'"', b".hidden",
    b"../job.zip", b"/abs/job.zip", b"a/b", b"a\\b", b"CON", b"stdout", b"STDERR", b"x" * 101,
    b"x" * 30_000, b"j\xf6b.zip", "jöb.zip".encode(), b"a\x00b", b"a#b?c", b"%2e%2e", b"~",
    b"job.zip; filename=other.zip", b"job.zip; filename*=UTF-8''j%C3%B6b.zip", b"\r\nX-Evil: 1",
    b"=?utf-8?q?=2E=2E?=", b"job.zip;;;", b"job.zip\t", b"spec.json",
)  # fmt: skip
_SHAPES: tuple[bytes, ...] = (
    b"attachment; filename=%b", b"attachment; filename=%b", b"attachment;filename=%b",
    b"filename=%b", b"attachment; FILENAME=%b", b"attachment; filename*=UTF-8''%b",
    b"attachment; filename*=utf-99''%b", b"attachment; filename*0=%b; filename*1=x",
    b"attachment; filename*=%%%%'%b", b"%b", b"attachment; filename = %b", b"; filename=%b",
)  # fmt: skip
_TYPES: tuple[bytes, ...] = (
    b"application/zip", b"application/octet-stream", b"", b"x", b"multipart/form-data",
    b"application/json", b"text/plain; charset=\xff", b"/", b"multipart/form-data; boundary=b",
)  # fmt: skip
_PLACES = (
    "pizdaint/", "nsg/", "pizdaint/bsp_pizdaint_01/", "nsg/bsp_nsg_01/", "PizDaint/", "",
    "pizdaint/bsp_nsg_01/", "none/", "%00/", "nsg/%C3%A9/", "nsg/../pizdaint/", "pizdaint",
)  # fmt: skip


def _payload(drawn: random.Random) -> bytes:
    if drawn.random() < 0.1:
        return drawn.choice(_HEADERS)
    form: dict[str, Any] = dict(_FORM)
    for _ in range(drawn.choice((0, 0, 0, 0, 0, 1, 1, 3))):
        form[drawn.choice([*form, "unknown"])] = drawn.choice(_WORDS)
    if drawn.random() < 0.1:
        del form[drawn.choice(list(form))]
    text = json.dumps(form, ensure_ascii=drawn.random() < 0.9)
    if drawn.random() < 0.1:
        at = drawn.randrange(len(text))
        text = text[:at] + drawn.choice('\x00\n"{}[],:é') + text[at + 1 :]
    return text.encode("utf-8", "replace")


def _disposition(drawn: random.Random) -> bytes:
    if drawn.random() < 0.6:
        return b"attachment; filename=job.zip"
    return drawn.choice(_SHAPES).replace(b"%b", drawn.choice(_NAMES))


def _exact(body: bytes, drawn: random.Random) -> tuple[list[bytes], bytes]:
    return [b"Content-Length: %d" % len(body)], body


def _wrong(body: bytes, drawn: random.Random) -> tuple[list[bytes], bytes]:
    """A length that is none, or not the body's."""
    size = len(body)
    length = drawn.choice(
        (b"", b"-1", b"+5", b"5 5", b"5, 5", b"0x10", b"9" * 30, b"1e3", b"\xb2", b"0",
         b"%d" % (size + 7), b"%d" % max(0, size - 7), b"%d" % 2**31, b"%d" % 2**63)
    )  # fmt: skip
    return [b"Content-Length: " + length], body


def _twice(body: bytes, drawn: random.Random) -> tuple[list[bytes], bytes]:
    more = drawn.choice((b"Content-Length: 3", b"Transfer-Encoding: chunked"))
    lines = [b"Content-Length: %d" % len(body), more]
    return drawn.sample(lines, 2), body


def _chunked(body: bytes, drawn: random.Random) -> tuple[list[bytes], bytes]:
    size = drawn.choice((b"%x" % len(body), b"zz", b"-1", b"f" * 20, b"%x" % (len(body) + 3)))
    coding = drawn.choice((b"chunked", b"gzip", b"gzip, chunked", b"CHUNKED", b"x"))
    return [b"Transfer-Encoding: " + coding], size + b"\r\n" + body + b"\r\n0\r\n\r\n"


def _none(body: bytes, drawn: random.Random) -> tuple[list[bytes], bytes]:
    return [], body


_LENGTHS: tuple[Callable[..., tuple[list[bytes], bytes]], ...] = (
    *[_exact] * 12, _wrong, _twice, _chunked, _none
)  # fmt: skip


class _Upload(NamedTuple):
    """A request, and the body that it is meant to hold.

    Attributes:
        has_end: it says rightly where the body ends. is_cut: it says that more would come.
    """

    request: bytes
    body: bytes
    has_end: bool
    is_cut: bool


def _upload(attacked: Target, drawn: random.Random) -> _Upload:
    body = drawn.randbytes(drawn.choice((0, 1, 22, 5000, 300_000)))
    shape = drawn.choice(_LENGTHS)
    lengths, sent = shape(body, drawn)
    place = drawn.choice(_PLACES[:4] if drawn.random() < 0.9 else _PLACES)
    lines = [
        f"POST /jobs/{place} HTTP/1.1".encode(),
        f"Host: 127.0.0.1:{attacked.port}".encode(),
        f"Authorization: Bearer {attacked.service.token()}".encode(),
        b"Connection: close",
        *lengths,
    ]
    lines += [b"Payload: " + _payload(drawn) for _ in range(drawn.choice((0, *[1] * 18, 2)))]
    times = drawn.choice((0, *[1] * 18, 2))
    lines += [b"Content-Disposition: " + _disposition(drawn) for _ in range(times)]
    lines += [b"Content-Type: " + drawn.choice(_TYPES)] if drawn.random() < 0.3 else []
    lines += [b"Expect: 100-continue"] if drawn.random() < 0.1 else []
    is_cut = shape is _wrong and _says_more(lengths, sent)
    return _Upload(b"\r\n".join([*lines, b"", sent]), body, shape is _exact, is_cut)


def _says_more(lengths: list[bytes], sent: bytes) -> bool:
    found = re.fullmatch(rb"Content-Length: *([0-9]+)(, \1)?", lengths[0]) if lengths else None
    return found is not None and int(found[1]) > len(sent)


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    attacked = target()
    before = _rows(attacked)
    upload = _upload(attacked, drawn)
    shown = repr(upload.request[:500])
    answer = _sent(attacked, upload)
    statuses = [int(status) for status in _STATUS.findall(answer)]
    for status in statuses:
        case.check(status < 500, f"{shown}: answered {status}")
        case.note(str(status))
    case.note("no answer", not statuses)
    # In a job's title, where it was asked for, the line's end stays written as \r\n.
    case.check(b"\r\nx-evil" not in answer.lower(), f"{shown}: a header was added")
    made = _rows(attacked)[len(before) :]
    case.check(len(made) == statuses.count(201) <= 1, f"{shown}: {statuses}, {made} made")
    for job_id, hpc, project, archive, size, sha256 in made:
        path = f"/jobs/{hpc}/{project}/{job_id}/"
        case.check(ask(attacked.service, "DELETE", path)["terminal_stage"], f"{path} goes on")
        folder = attacked.service.directory / "jobs" / job_id
        kept = folder / ("input" if hpc == "nsg" else "work") / archive if archive else None
        found = kept.read_bytes() if kept else b""
        is_whole = len(found) == size and hashlib.sha256(found).hexdigest() == sha256
        case.check(is_whole, f"{path} does not hold what was noted")
        is_sent = found == upload.body or (not upload.has_end and found in upload.request)
        case.check(is_sent, f"{path} holds something else")
    _check_tidy(case, attacked)


def _sent(attacked: Target, upload: _Upload) -> bytes:
    """Whatever comes back, once no more is sent."""
    read = bytearray()
    with socket.create_connection(("127.0.0.1", attacked.port), timeout=SECONDS) as link:
        with suppress(OSError):  # it may have had enough already
            link.sendall(upload.request)
            if upload.is_cut:  # only then: who hangs up may not hear of a job that is made
                link.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while data := link.recv(65536):
                read += data
    return bytes(read)


def _rows(attacked: Target) -> list[Any]:
    database = sqlite3.connect(attacked.service.directory / "service.db")
    query = "SELECT job_id, hpc, project, archive, size, sha256 FROM jobs ORDER BY id"
    found = database.execute(query).fetchall()
    database.close()
    return found


def _check_tidy(case: Case, attacked: Target) -> None:
    incoming = attacked.service.directory / "incoming"
    deadline = time.monotonic() + SECONDS
    while any(incoming.glob("*")):  # who has hung up is noticed soon, not at once
        if time.monotonic() > deadline:
            case.wrong("what was half received is kept")
            return
        time.sleep(0.01)  # between two looks; the deadline bounds them


ROWS = (Row("18b", "any bytes as an upload", 5_000, 60, play),)
