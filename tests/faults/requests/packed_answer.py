"""Row 24: an answer that is packed though nobody asked, has no end, or is larger than it said."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.errors import BspsaError, Unconfirmed
from bspsa_widgets.logs.reader import LogReader
from bspsa_widgets.results.preview.preview import preview_of
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import PIZDAINT, TOKEN, new_records, send
from tests.faulty_server import FaultyServer, Reply, contract, run

MOST_GROWTH = 64 << 20  # bytes of memory, at any moment of a case
MOST_FILE = 50_000_000  # bytes that the user allows for a file
UNPACKED = 256 << 20  # bytes that a packed answer would unpack into
ENDLESS = 256 << 20  # bytes that are sent of what has no end: nobody may take all of them
BLOCK = bytes(1 << 16)
SAID = 1_000  # bytes that are promised of what is larger
JOB = contract("job.json")["examples"][0]["body"]
REF = JobRef("nsg", "bsp_nsg_01", JOB["job_id"])
LISTED = JobFile.parse({"fileid": "7", "filename": "spikes.txt", "length": str(SAID)})
UNLISTED = JobFile(name="spikes.txt", key="spikes.txt")

# What a reader says in the end; "" where it read to its end and found nothing wrong.
Reader = Callable[[ServiceAccountClient, JobFile, Path], Awaitable[str]]


async def _download(client: ServiceAccountClient, file: JobFile, folder: Path) -> str:
    await client.fetch(REF, file, folder)
    return ""


async def _part(client: ServiceAccountClient, file: JobFile, _: Path) -> str:
    await client.part(REF, file, start=None, max_bytes=100, max_whole=MOST_FILE)
    return ""


async def _log(client: ServiceAccountClient, _: JobFile, __: Path) -> str:
    daint = JobRef("pizdaint", "bsp_pizdaint_01", JOB["job_id"])
    seen = await LogReader(client, daint, "stdout", lines=10, whole=True).read(
        Job.parse(JOB), is_over=True
    )
    return seen.problem or seen.note


async def _preview(client: ServiceAccountClient, file: JobFile, folder: Path) -> str:
    return (await preview_of(client, REF, Job.parse(JOB), file, folder)).note


async def _list(client: ServiceAccountClient, _: JobFile, __: Path) -> str:
    return f"{len(await client.jobs())} jobs"


async def _job(client: ServiceAccountClient, _: JobFile, __: Path) -> str:
    return (await client.job(REF)).stage


async def _files(client: ServiceAccountClient, _: JobFile, __: Path) -> str:
    return f"{len(await client.files(REF))} files"


OF_FILES: tuple[Reader, ...] = (_download, _part, _log, _preview)
OF_JSON: tuple[Reader, ...] = (_list, _job, _files)


@dataclass(frozen=True)
class Body:
    """What comes for an answer.

    Attributes:
        head: the header lines that speak of the body.
        encodings: in which it is packed, in their order.
        is_chunked: it is sent in chunks, and has no end.
        file: that is asked for. status: of an answer with a file.
    """

    head: tuple[str, ...]
    encodings: tuple[str, ...] = ()
    is_chunked: bool = False
    file: JobFile = UNLISTED
    status: int = 200

    def start(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", "Content-Type: application/json", *self.head]
        if self.encodings:
            lines += [f"Content-Encoding: {', '.join(self.encodings)}"]
            lines += [f"Content-Length: {len(_bomb(self.encodings))}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def blocks(self) -> Iterator[bytes]:
        if self.encodings:
            yield _bomb(self.encodings)
            return
        framed = b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK) if self.is_chunked else BLOCK
        for _ in range(ENDLESS // len(BLOCK)):
            yield framed


_CHUNKED = "Transfer-Encoding: chunked"
_RANGE = "Content-Range: bytes 0-99/100"
BODIES = (
    Body((), ("gzip",)),
    Body((), ("gzip", "gzip")),
    Body((), ("deflate",)),
    Body(()),
    Body((_CHUNKED,), is_chunked=True),
    Body((f"Content-Length: {SAID}", _CHUNKED), is_chunked=True),
    Body((_CHUNKED,), is_chunked=True, file=LISTED),
)
PIECES = (
    Body((_RANGE,), ("gzip", "gzip"), status=206),
    Body((_RANGE, _CHUNKED), is_chunked=True, status=206),
    Body((_RANGE,), status=206),
)
CASES: tuple[tuple[Reader | None, Body], ...] = (
    *((reader, body) for reader in OF_FILES for body in BODIES),
    *((reader, body) for reader in (_part, _log, _preview) for body in PIECES),
    *((reader, body) for reader in OF_JSON for body in BODIES[:-1]),
    *((None, body) for body in BODIES[:-1]),  # the answer to a submission
)


@cache
def _bomb(encodings: tuple[str, ...]) -> bytes:
    """Zeros, packed in each of the encodings, one after the other."""
    pieces: Iterator[bytes] = (bytes(1 << 20) for _ in range(UNPACKED >> 20))
    for encoding in encodings:
        bits = zlib.MAX_WBITS | (16 if encoding == "gzip" else 0)
        packer = zlib.compressobj(1, zlib.DEFLATED, bits)
        packed = [packer.compress(piece) for piece in pieces]
        pieces = iter([b"".join([*packed, packer.flush()])])
    return next(pieces)


class _Sending(FaultyServer):
    """Sends a body to its end, or until the client leaves."""

    def __init__(self, body: Body, *, methods: tuple[str, ...]) -> None:
        super().__init__(lambda _: Reply.json([]))
        self._body = body
        self._methods = methods
        self.sent = 0

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        if self.ledger[-1].method not in self._methods:
            return await super()._send(writer, reply)
        writer.write(self._body.start())
        for block in self._body.blocks():
            writer.write(block)
            await writer.drain()
            self.sent += len(block)
        return bool(self._body.encodings)


def play(case: Case) -> None:
    reader, body = CASES[case.seed]
    folder = Path(tempfile.mkdtemp(prefix="packed-"))
    body.start()  # a bomb is made once, before memory is watched
    before = _rest_peak()
    try:
        with mock.patch.dict(os.environ, BSPSA_MAX_FILE_GB=str(MOST_FILE / 1e9)):
            asked = _posted(case, body) if reader is None else _asked(reader, body, folder)
            said, sent = run(asked, 60.0)
        case.check(sent < ENDLESS or body.encodings, "all of it was taken")
        case.check(said, "it was called good")
        for encoding in body.encodings:
            case.check(encoding in said, f"{encoding} is not named: {said}")
        case.check(not list(folder.iterdir()), f"left behind: {list(folder.iterdir())}")
    finally:
        shutil.rmtree(folder)
    growth = _peak() - before
    case.check(growth < MOST_GROWTH, f"memory grew by {growth >> 20} MiB")


async def _asked(reader: Reader, body: Body, folder: Path) -> tuple[str, int]:
    server = _Sending(body, methods=("GET",))
    async with server, ServiceAccountClient(server.url, TOKEN) as client:
        try:
            said = await reader(client, body.file, folder)
        except BspsaError as error:
            said = str(error)
        return said, server.sent


async def _posted(case: Case, body: Body) -> tuple[str, int]:
    records = new_records()
    try:
        async with _Sending(body, methods=("POST",)) as server:
            ended = await send(server.url, records, PIZDAINT, seconds=0.0)
            case.check(server.posts == 1, f"{server.posts} requests")
            case.check(isinstance(ended.error, Unconfirmed), f"ended in {ended.error!r}")
            return str(ended.error), server.sent
    finally:
        shutil.rmtree(records.folder)


def _rest_peak() -> int:
    """Bytes of memory now; the peak counts from here on."""
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    """The most memory that this process has held, bytes; 0 where that is not to be had."""
    if sys.platform != "linux":
        return 0
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


ROWS = (Row("24", "answers that are packed, endless or too large", len(CASES), 6, play, each=True),)
