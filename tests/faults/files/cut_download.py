"""Row 14: a download is cut short; the same name is fetched for several jobs at once."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx

from bspsa_widgets.client.bspsa.download import Fetched
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import BspsaError
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import TOKEN
from tests.faulty_server import End, FaultyServer, Received, Reply
from tests.virtual_time import run_virtual

KIND = "application/octet-stream"
REF = JobRef("nsg", "bsp_nsg_01", "A-1")
ENDS: tuple[End, ...] = ("close", "reset", "stall")
OLD = b"what was there before"
BODY = bytes(range(256)) * 2 + b"the end of it"


@dataclass(frozen=True)
class Promise:
    """What is said of the length of a file of so many bytes, rightly or wrongly.

    Attributes:
        header: Content-Length; None for none at all.
        listed: by NSG for a job that is over; None for a file whose length is not listed.
        is_chunked: the body says itself where it ends.
    """

    size: int
    header: int | None
    listed: int | None
    is_chunked: bool = False

    @property
    def expected(self) -> int | None:
        """What a download must have: whoever knows the file counts before who sends it."""
        return self.header if self.listed is None else self.listed

    @property
    def is_too_small(self) -> bool:
        """The only word on the length is a header that promises less: nothing shows it."""
        return self.listed is None and self.header is not None and self.header < self.size

    def reply(self, data: bytes, cut: int | None, end: End) -> Reply:
        if self.is_chunked:
            head = f"HTTP/1.1 200 X\r\nContent-Type: {KIND}\r\nTransfer-Encoding: chunked\r\n\r\n"
            middle = len(data) // 2
            chunks = [b"%x\r\n%s\r\n" % (len(c), c) for c in (data[:middle], data[middle:]) if c]
            return Reply(raw=b"".join([head.encode(), *chunks, b"0\r\n\r\n"]), cut=cut, end=end)
        declared = -1 if self.header is None else self.header
        return Reply(200, data, KIND, length=declared, cut=cut, end=end)

    def file(self) -> JobFile:
        entry = {"fileid": "7", "filename": "spikes.dat"}
        return JobFile.parse(entry | ({} if self.listed is None else {"length": str(self.listed)}))


_SIZE = len(BODY)
PROMISES = (
    Promise(_SIZE, _SIZE, None),
    Promise(_SIZE, _SIZE, _SIZE),
    Promise(_SIZE, None, _SIZE),
    Promise(_SIZE, None, None, is_chunked=True),
    Promise(_SIZE, None, None),
)
OFFSETS = 640  # more bytes than any of these answers has: each one is a case


def play_cut(case: Case) -> None:
    """The answer ends at one byte of it."""
    which, end = divmod(case.seed, len(ENDS))
    offset, promise = divmod(which, len(PROMISES))
    whole = PROMISES[promise].reply(BODY, None, "close").bytes()
    case.check(len(whole) < OFFSETS, f"an answer has {len(whole)} bytes: not each is cut at")
    _play(case, PROMISES[promise], BODY, offset, ENDS[end], is_there=offset % 2 == 1)


def play_length(case: Case) -> None:
    """The length that is promised is not the file's; files of any size, cut anywhere."""
    drawn = random.Random(case.seed)
    data = drawn.randbytes(drawn.choice((0, 1, 700, 65_536, 70_000, 400_000)))
    size = len(data)
    wrong = max(0, size + drawn.choice((-70_000, -1_000, -2, -1, 1, 2, 1_000, 10**12)))
    promise = drawn.choice(
        (
            *(Promise(size, wrong, None), Promise(size, wrong, size), Promise(size, size, wrong)),
            *(Promise(size, None, wrong), Promise(size, size, size), Promise(size, None, size)),
            *(Promise(size, None, size, is_chunked=True), Promise(size, None, wrong, True)),
        )
    )
    cut = drawn.randrange(size + 200) if drawn.random() < 0.5 else None
    end = drawn.choice((*ENDS, "keep")) if promise.header is not None else drawn.choice(ENDS)
    _play(case, promise, data, cut, end, is_there=drawn.random() < 0.3)


def _play(
    case: Case, promise: Promise, data: bytes, cut: int | None, end: End, *, is_there: bool
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="cut-"))
    place = folder / "spikes.dat"
    if is_there:
        place.write_bytes(OLD)
    try:
        fetched = run_virtual(_fetched(promise, promise.reply(data, cut, end), folder))
        _judge(case, promise, data, fetched, place, is_there=is_there)
    finally:
        shutil.rmtree(folder)


async def _fetched(promise: Promise, reply: Reply, folder: Path) -> Fetched | BspsaError:
    async with (
        FaultyServer(lambda _: reply) as server,
        ServiceAccountClient(server.url, TOKEN) as client,
    ):
        try:
            return await client.fetch(REF, promise.file(), folder, overwrite=True)
        except BspsaError as error:
            return error


def _judge(
    case: Case,
    promise: Promise,
    data: bytes,
    fetched: Fetched | BspsaError,
    place: Path,
    *,
    is_there: bool,
) -> None:
    lying = [path.name for path in place.parent.iterdir()]
    if isinstance(fetched, BspsaError):
        case.note("thrown away")
        case.check(not fetched.job_may_exist, f"a read ended in {fetched!r}")
        case.check(lying == [place.name] * is_there, f"left behind: {lying}")
        case.check(not is_there or place.read_bytes() == OLD, "what was there is lost")
        return
    came = place.read_bytes()
    case.check(lying == [place.name], f"left behind: {lying}")
    case.check(fetched.size == len(came), f"{fetched.size} bytes told, {len(came)} came")
    case.check(data.startswith(came), "other bytes came than were sent")
    knows = promise.expected is not None
    case.check(fetched.is_verified == knows, f"verified: {fetched.is_verified}")
    if came == data:
        case.note("whole" if knows else "whole, unverified")
    elif not knows and not promise.is_chunked:
        case.note("short, unverified")
    elif promise.is_too_small:
        case.note("as short as its header promised")
    else:
        case.wrong(f"{len(came)} of {len(data)} bytes were called complete: {promise}")


class _Spool:
    """Downloads as the real service makes them: through one file for each name.

    A download puts its file there, and sends what lies there a moment later.
    """

    def __init__(self, drawn: random.Random) -> None:
        self._drawn = drawn
        self._spooled: dict[str, bytes] = {}
        self._under_way: Counter[str] = Counter()
        self.most = 0

    async def __call__(self, request: Received) -> Reply:
        *_, job, name, _ = request.target.split("/")
        self._under_way[name] += 1
        self.most = max(self.most, self._under_way.total())
        await asyncio.sleep(self._drawn.choice((0.0, 0.05, 0.4)))  # from the HPC system
        self._spooled[name] = content_of(job)
        await asyncio.sleep(self._drawn.choice((0.0, 0.05, 0.4)))
        self._under_way[name] -= 1
        data = self._spooled[name]
        if request.header("Range") and self._drawn.random() < 0.5:
            place = f"bytes {len(data) - 9}-{len(data) - 1}/{len(data)}"
            return Reply(206, data[-9:], KIND, (("Content-Range", place),))
        return Reply(200, data, KIND)


def content_of(job: str) -> bytes:
    """Of each job another one, all equally long: no length shows which it is."""
    return f"what {job:>6} printed\n".encode() * 20 + f"{job:>8}\n".encode()


class _ByWayOf(httpx.AsyncHTTPTransport):
    """Leads all requests to one server on this machine, whatever they call it."""

    def __init__(self, url: str) -> None:
        super().__init__(verify=False)
        self._url = httpx.URL(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._url.port)
        return await super().handle_async_request(request)


def play_at_once(case: Case) -> None:
    """One client, or several as in several kernels, fetch `stdout` of all jobs at once."""
    drawn = random.Random(case.seed)
    folder = Path(tempfile.mkdtemp(prefix="once-"))
    try:
        run_virtual(_at_once(case, drawn, folder), real_seconds=60.0)
    finally:
        shutil.rmtree(folder)


async def _at_once(case: Case, drawn: random.Random, folder: Path) -> None:
    spool, kernels = _Spool(drawn), drawn.choice((1, 1, 2, 3))
    async with FaultyServer(spool) as server:
        await asyncio.gather(
            *(
                _kernel(case, drawn, server, folder / str(number), is_alone=kernels == 1)
                for number in range(kernels)
            )
        )
    case.check(spool.most == 1, f"{spool.most} downloads at once")
    case.note("kernels", kernels)


async def _kernel(
    case: Case, drawn: random.Random, server: FaultyServer, folder: Path, *, is_alone: bool
) -> None:
    url = server.url if is_alone else "https://service.example"
    async with ServiceAccountClient(url, TOKEN, transport=_ByWayOf(server.url)) as client:
        jobs = [f"{folder.name}-J{number}" for number in range(drawn.randint(2, 5))]
        await asyncio.gather(*(_one(case, drawn, client, folder / job, job) for job in jobs))


async def _one(
    case: Case, drawn: random.Random, client: ServiceAccountClient, folder: Path, job: str
) -> None:
    ref, file = JobRef("pizdaint", "bsp_pizdaint_01", job), JobFile(name="stdout", key="stdout")
    await asyncio.sleep(drawn.choice((0.0, 0.0, 0.2)))
    if drawn.random() < 0.3:
        part = await client.part(ref, file, start=None, max_bytes=9, max_whole=1 << 20)
        came, expected = part.data, content_of(job)[-9:]
    else:
        fetched = await client.fetch(ref, file, folder)
        came, expected = fetched.path.read_bytes(), content_of(job)
    case.check(came == expected, f"{job} got the bytes of another job: {came[-9:]!r}")
    case.note("files")


_CUTS = OFFSETS * len(PROMISES) * len(ENDS)

ROWS = (
    Row("14a", "a download ends at any one byte", _CUTS, 60, play_cut, each=True),
    Row("14b", "a download with a wrong length, of any size", 2_000, 40, play_length),
    Row("14c", "one name of several jobs at once, by several kernels", 500, 8, play_at_once),
)
