"""A piece of a file: from a service that knows ranges, and from one that sends all or nothing."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bspsa_widgets.client.bspsa.ranges import FilePart, PartRequest, take_part
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import BspsaError, DownloadError, ServiceFailure, WholeOnly
from tests.faulty_server import FaultyServer, Received, Reply, run

REF = JobRef("pizdaint", "bsp_pizdaint_01", "A-1")
DATA = bytes(number % 251 for number in range(10_000))
LOG = JobFile(name="stdout", key="stdout")
KIND = "application/octet-stream"

Answer = Callable[[Received], Reply]


def ask(
    answer: Answer,
    start: int | None,
    most: int = 100,
    *,
    most_whole: int = 20_000,
    file: JobFile = LOG,
) -> FilePart:
    async def main() -> FilePart:
        async with (
            FaultyServer(answer) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.part(REF, file, start=start, most=most, most_whole=most_whole)

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
    place = f"bytes {first}-{last}/{len(DATA)}"
    return Reply(206, DATA[first : last + 1], KIND, (("Content-Range", place),))


def whole(_: Received) -> Reply:
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


@pytest.mark.parametrize("answer", [ranged, whole, endless])
@pytest.mark.parametrize(("start", "most", "data", "begins"), CASES)
def test_the_piece_that_was_asked_for_comes(
    answer: Answer, start: int | None, most: int, data: bytes, begins: int
) -> None:
    part = ask(answer, start, most)
    assert part == FilePart(data, begins, len(DATA), is_ranged=answer is ranged)


def test_an_empty_file_has_an_empty_end() -> None:
    empty = Reply(416, b"", KIND, (("Content-Range", "bytes */0"),))
    assert ask(lambda _: empty, None) == FilePart(b"", 0, 0, is_ranged=True)
    assert ask(lambda _: Reply(200, b"", KIND), None) == FilePart(b"", 0, 0, is_ranged=False)
    silent = Reply(416, b"", KIND)
    assert ask(lambda _: silent, 7) == FilePart(b"", 7, None, is_ranged=True)


def test_a_whole_that_is_too_large_is_not_taken() -> None:
    with pytest.raises(WholeOnly, match=r"only as a whole \(0\.0 MB\)") as caught:
        ask(whole, None, most_whole=len(DATA) - 1)
    assert caught.value.size == len(DATA)
    assert ask(whole, None, most_whole=len(DATA)).data == DATA[-100:]
    with pytest.raises(WholeOnly, match="does not say how large") as caught:
        ask(endless, None, most_whole=len(DATA) - 1)
    assert caught.value.size is None


def test_a_large_whole_is_given_up_before_it_travels() -> None:
    """The rest of it never comes; who waited for it would wait until the time-out."""
    stalled = Reply(200, b"x" * 10, KIND, length=104_000_000, end="stall")
    with pytest.raises(WholeOnly, match=r"\(104\.0 MB\)"):
        ask(lambda _: stalled, None)


def test_a_whole_that_is_longer_than_it_said_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 X\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n"
    longer = Reply(raw=head + b"%x\r\n%s\r\n" % (len(DATA), DATA), end="stall")
    with pytest.raises(DownloadError, match="more than the 100 bytes"):
        ask(lambda _: longer, None)


def test_what_comes_after_the_piece_is_not_waited_for() -> None:
    stalled = Reply(200, DATA, KIND, length=len(DATA) + 5, end="stall")
    assert ask(lambda _: stalled, 50).data == DATA[50:150]


@pytest.mark.parametrize("start", [None, 16 << 20])
def test_of_a_whole_only_the_piece_is_held(start: int | None) -> None:
    size, most = 32 << 20, 1 << 16

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // most):
            yield bytes(most)

    async def main() -> tuple[FilePart, int]:
        response = httpx.Response(200, content=pieces())
        tracemalloc.start()
        try:
            part = await take_part(response, PartRequest(LOG, start, most, size))
            return part, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    part, held = run(main())
    assert (len(part.data), part.total) == (most, size)
    assert held < 2 << 20


WRONG_PLACES = [
    *("", "bytes", "bytes 0-99", "bytes 0-99/x", "bytes 1-100/10000", "bytes 0-199/10000"),
    *("bytes 5-4/10000", "bytes -5-9/10000", "lines 0-99/10000", "bytes */10000"),
    *("bytes ٠-٩/10000", "bytes 0-99/10000, bytes 0-99/10000", f"bytes 0-{'9' * 400}/*"),
]


@pytest.mark.parametrize("place", WRONG_PLACES, ids=ascii)
def test_a_206_that_is_not_the_piece_is_an_unreadable_answer(place: str) -> None:
    reply = Reply(206, DATA[:100], KIND, (("Content-Range", place),) if place.isascii() else ())
    with pytest.raises(ServiceFailure, match="not the piece"):
        ask(lambda _: reply, 0)


def test_an_end_that_is_not_the_end_is_an_unreadable_answer() -> None:
    reply = Reply(206, DATA[:100], KIND, (("Content-Range", "bytes 0-99/10000"),))
    with pytest.raises(ServiceFailure, match="not the piece"):
        ask(lambda _: reply, None)


def test_a_416_for_what_is_there_is_an_unreadable_answer() -> None:
    reply = Reply(416, b"", KIND, (("Content-Range", "bytes */10000"),))
    with pytest.raises(ServiceFailure, match="not the piece"):
        ask(lambda _: reply, 5)


@pytest.mark.parametrize("length", [0, 99, 101])
def test_a_piece_of_another_length_than_its_place_says_is_no_piece(length: int) -> None:
    place = (("Content-Range", "bytes 0-99/10000"),)
    with pytest.raises(DownloadError, match="100 bytes"):
        ask(lambda _: Reply(206, DATA[:length], KIND, place), 0)


@pytest.mark.parametrize("answer", [ranged, whole])
def test_a_piece_of_another_file_than_was_listed_is_no_piece(answer: Answer) -> None:
    listed = JobFile.parse({"fileid": "7", "filename": "STDOUT", "length": "12"})
    with pytest.raises(DownloadError, match="10000 bytes, and not 12"):
        ask(answer, 0, file=listed)
    running = JobFile.parse({"filename": "STDOUT", "length": "12"})
    assert ask(answer, 0, file=running).total == len(DATA)


@pytest.mark.parametrize("cut", [0, 60, 200, -1])
def test_a_piece_that_is_cut_is_no_piece(cut: int) -> None:
    def answer(request: Received) -> Reply:
        reply = ranged(request)
        return Reply(reply.status, reply.body, KIND, reply.headers, cut=cut, end="close")

    with pytest.raises(BspsaError) as caught:
        ask(answer, 0, 1_000)
    assert not caught.value.job_may_exist


@pytest.mark.parametrize(("start", "most"), [(-1, 5), (0, 0), (None, 0), (None, -3)])
def test_nothing_is_asked_where_nothing_is_wanted(start: int | None, most: int) -> None:
    def answer(_: Received) -> Reply:
        raise AssertionError

    with pytest.raises(ValueError, match="at least one byte"):
        ask(answer, start, most)


def test_a_refusal_is_told_as_for_a_whole_file() -> None:
    with pytest.raises(ServiceFailure) as caught:
        ask(lambda _: Reply.json("", 406), 0)
    assert caught.value.is_for_a_folder
