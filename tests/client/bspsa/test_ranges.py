"""A piece of a file: from a service that knows ranges, and from one that sends all or nothing."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bspsa_widgets.client.bspsa.ranges import FilePart, PartRequest, read_part
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import BspsaError, DownloadError, ServiceFailure, WholeOnly
from tests.faulty_server import FaultyServer, Received, Reply, run

REF = JobRef("pizdaint", "bsp_pizdaint_01", "A-1")
DATA = bytes(number % 251 for number in range(10_000))
LOG = JobFile(name="stdout", key="stdout")
KIND = "application/octet-stream"

Handler = Callable[[Received], Reply]


def read_part_of(
    handler: Handler,
    start: int | None,
    max_bytes: int = 100,
    *,
    max_whole: int = 20_000,
    file: JobFile = LOG,
) -> FilePart:
    async def main() -> FilePart:
        async with (
            FaultyServer(handler) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.part(
                REF, file, start=start, max_bytes=max_bytes, max_whole=max_whole
            )

    return run(main())


def ranged(request: Received) -> Reply:
    """One range, as HTTP has it (RFC 9110, section 14)."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.header("Range")[0])
    assert found
    if found[1]:
        first, last = int(found[1]), min(int(found[2]), len(DATA) - 1)
    else:
        first, last = max(len(DATA) - int(found[2]), 0), len(DATA) - 1
    if first > last:
        return Reply(416, b"", KIND, (("Content-Range", f"bytes */{len(DATA)}"),))
    content_range = f"bytes {first}-{last}/{len(DATA)}"
    return Reply(206, DATA[first : last + 1], KIND, (("Content-Range", content_range),))


def full(_: Received) -> Reply:
    return Reply(200, DATA, KIND)


def endless(_: Received) -> Reply:
    """Without a length: it ends where the connection does."""
    return Reply(200, DATA, KIND, length=-1, end="close")


CASES = [
    (None, 100, DATA[-100:], 9_900),
    (None, 20_000, DATA, 0),
    (0, 100, DATA[:100], 0),
    (4_321, 100, DATA[4_321:4_421], 4_321),
    (9_950, 100, DATA[9_950:], 9_950),
    (9_999, 1, DATA[-1:], 9_999),
    (10_000, 100, b"", 10_000),
    (12_345, 100, b"", 12_345),
    (0, 20_000, DATA, 0),
]


@pytest.mark.parametrize("handler", [ranged, full, endless])
@pytest.mark.parametrize(("start", "max_bytes", "data", "begins"), CASES)
def test_the_requested_part_is_returned(
    handler: Handler, start: int | None, max_bytes: int, data: bytes, begins: int
) -> None:
    part = read_part_of(handler, start, max_bytes)
    assert part == FilePart(data, begins, len(DATA), is_ranged=handler is ranged)


def test_an_empty_file_has_an_empty_last_part() -> None:
    empty = Reply(416, b"", KIND, (("Content-Range", "bytes */0"),))
    assert read_part_of(lambda _: empty, None) == FilePart(b"", 0, 0, is_ranged=True)
    assert read_part_of(lambda _: Reply(200, b"", KIND), None) == FilePart(
        b"", 0, 0, is_ranged=False
    )
    silent = Reply(416, b"", KIND)
    assert read_part_of(lambda _: silent, 7) == FilePart(b"", 7, None, is_ranged=True)


def test_a_full_response_that_is_too_large_is_an_error() -> None:
    with pytest.raises(WholeOnly, match=r"only as a whole \(\d+ k?B\)") as caught:
        read_part_of(full, None, max_whole=len(DATA) - 1)
    assert caught.value.size == len(DATA)
    assert read_part_of(full, None, max_whole=len(DATA)).data == DATA[-100:]
    with pytest.raises(WholeOnly, match="does not say how large") as caught:
        read_part_of(endless, None, max_whole=len(DATA) - 1)
    assert caught.value.size is None


def test_a_large_full_response_is_stopped_before_the_body() -> None:
    """The rest of it never comes; who waited for it would wait until the time-out."""
    stalled = Reply(200, b"x" * 10, KIND, length=104_000_000, end="stall")
    with pytest.raises(WholeOnly, match=r"\(104\.0 MB\)"):
        read_part_of(lambda _: stalled, None)


def test_a_full_response_longer_than_announced_is_stopped() -> None:
    head = b"HTTP/1.1 200 X\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n"
    longer = Reply(raw=head + b"%x\r\n%s\r\n" % (len(DATA), DATA), end="stall")
    with pytest.raises(DownloadError, match="more than the 100 bytes"):
        read_part_of(lambda _: longer, None)


def test_bytes_after_the_part_are_not_read() -> None:
    stalled = Reply(200, DATA, KIND, length=len(DATA) + 5, end="stall")
    assert read_part_of(lambda _: stalled, 50).data == DATA[50:150]


@pytest.mark.parametrize("start", [None, 16 << 20])
def test_only_the_part_is_in_memory(start: int | None) -> None:
    size, max_bytes = 32 << 20, 1 << 16

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size // max_bytes):
            yield bytes(max_bytes)

    async def main() -> tuple[FilePart, int]:
        response = httpx.Response(200, content=chunks())
        tracemalloc.start()
        try:
            part = await read_part(response, PartRequest(LOG, start, max_bytes, size))
            return part, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    part, memory = run(main())
    assert (len(part.data), part.total) == (max_bytes, size)
    assert memory < 2 << 20


WRONG_RANGES = [
    *("", "bytes", "bytes 0-99", "bytes 0-99/x", "bytes 1-100/10000", "bytes 0-199/10000"),
    *("bytes 5-4/10000", "bytes -5-9/10000", "lines 0-99/10000", "bytes */10000"),
    *("bytes ٠-٩/10000", "bytes 0-99/10000, bytes 0-99/10000", f"bytes 0-{'9' * 400}/*"),
]


@pytest.mark.parametrize("content_range", WRONG_RANGES, ids=ascii)
def test_a_206_with_another_part_is_unreadable(content_range: str) -> None:
    reply = Reply(
        206,
        DATA[:100],
        KIND,
        (("Content-Range", content_range),) if content_range.isascii() else (),
    )
    with pytest.raises(ServiceFailure, match="not the piece"):
        read_part_of(lambda _: reply, 0)


def test_a_206_with_another_last_part_is_unreadable() -> None:
    reply = Reply(206, DATA[:100], KIND, (("Content-Range", "bytes 0-99/10000"),))
    with pytest.raises(ServiceFailure, match="not the piece"):
        read_part_of(lambda _: reply, None)


def test_a_416_for_existing_bytes_is_unreadable() -> None:
    reply = Reply(416, b"", KIND, (("Content-Range", "bytes */10000"),))
    with pytest.raises(ServiceFailure, match="not the piece"):
        read_part_of(lambda _: reply, 5)


@pytest.mark.parametrize("length", [0, 99, 101])
def test_a_part_with_another_length_than_its_range_is_an_error(length: int) -> None:
    content_range = (("Content-Range", "bytes 0-99/10000"),)
    with pytest.raises(DownloadError, match="100 bytes"):
        read_part_of(lambda _: Reply(206, DATA[:length], KIND, content_range), 0)


@pytest.mark.parametrize("handler", [ranged, full])
def test_a_part_of_another_file_than_listed_is_an_error(handler: Handler) -> None:
    listed = JobFile.parse({"fileid": "7", "filename": "STDOUT", "length": "12"})
    with pytest.raises(DownloadError, match="10000 bytes, and not 12"):
        read_part_of(handler, 0, file=listed)
    running = JobFile.parse({"filename": "STDOUT", "length": "12"})
    assert read_part_of(handler, 0, file=running).total == len(DATA)


@pytest.mark.parametrize("cut", [0, 60, 200, -1])
def test_a_truncated_part_is_an_error(cut: int) -> None:
    def handler(request: Received) -> Reply:
        reply = ranged(request)
        return Reply(reply.status, reply.body, KIND, reply.headers, cut=cut, end="close")

    with pytest.raises(BspsaError) as caught:
        read_part_of(handler, 0, 1_000)
    assert not caught.value.job_may_exist


@pytest.mark.parametrize(("start", "max_bytes"), [(-1, 5), (0, 0), (None, 0), (None, -3)])
def test_an_empty_part_is_not_requested(start: int | None, max_bytes: int) -> None:
    def handler(_: Received) -> Reply:
        raise AssertionError

    with pytest.raises(ValueError, match="at least one byte"):
        read_part_of(handler, start, max_bytes)


def test_a_refused_part_has_the_same_error_as_a_file() -> None:
    with pytest.raises(ServiceFailure) as caught:
        read_part_of(lambda _: Reply.json("", 406), 0)
    assert caught.value.is_for_a_folder
