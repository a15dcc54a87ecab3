"""Logs are followed line by line to their last one, gently, and with little that travels."""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import aclosing
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.terminal.text import plain
from bspsa_widgets.jobs.polling import poller
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.logs.follow import LogSnapshot, follow_log, read_log
from bspsa_widgets.logs.reader import MOST_POLL, NOTHING, NOTHING_YET, TAIL
from tests.faulty_server import FaultyServer, Received, Reply
from tests.logs.logged import Logged
from tests.virtual_time import elapsed, run_virtual

STEADY = PollInterval(10, 1, 10, 10)
BOTH = pytest.mark.parametrize("is_ranged", [True, False], ids=["ranges", "no ranges"])
EACH = pytest.mark.parametrize("hpc", ["pizdaint", "nsg"])


@pytest.fixture(autouse=True)
def _without_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)


@pytest.fixture(autouse=True)
def _steady_looks_at_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at a service that is far away; at one on this machine they would take the test's time."""
    monkeypatch.setattr(PollInterval, "for_client", lambda _: STEADY)


def numbered(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, last + 1))


def each_second(stream: str, seconds: float) -> bytes | None:
    """A line each second, from the tenth on."""
    return numbered(1, int(seconds) - 9) if seconds >= 10 else None


def read(service: Logged, at: float = 0, **options: Any) -> LogSnapshot:
    async def main() -> LogSnapshot:
        async with FaultyServer(service) as server, ServiceAccountClient(server.url, "t") as client:
            await asyncio.sleep(at)
            return await read_log(client, service.ref, service.job, "stderr", **options)

    return run_virtual(main())


def followed(service: Logged, **options: Any) -> list[LogSnapshot]:
    """Follow to the end; nothing is left of it, neither task nor poller."""

    async def main() -> list[LogSnapshot]:
        async with FaultyServer(service) as server:
            before = asyncio.all_tasks()
            async with (
                ServiceAccountClient(server.url, "t") as client,
                aclosing(
                    follow_log(
                        client,
                        service.ref,
                        service.job,
                        "stderr",
                        **({"interval": STEADY} | options),
                    )
                ) as looks,
            ):
                found = [look async for look in looks]
            assert asyncio.all_tasks() - server._tasks <= before
            assert not poller._pollers.get(asyncio.get_running_loop())
            return found

    return run_virtual(main())


def texts(look: LogSnapshot) -> list[str]:
    return plain(look.lines)


@EACH
@BOTH
def test_a_log_is_followed_to_the_last_line(hpc: str, is_ranged: bool) -> None:
    service = Logged(each_second, hpc, ends=65, is_ranged=is_ranged)
    looks = followed(service)
    assert looks[0].note == NOTHING_YET
    assert looks[0].lines == ()
    last = looks[-1]
    assert texts(last) == [f"line {number}" for number in range(1, 57)]
    assert (last.first, last.is_complete, last.is_final) == (1, True, True)
    assert (last.note, last.problem) == ("", "")
    assert last.file == ("STDERR" if hpc == "nsg" else "stderr")
    assert last.size == len(numbered(1, 56))
    assert not any(look.is_final for look in looks[:-1])
    seen = [len(look.lines) for look in looks[:-1]]
    assert seen == sorted(set(seen)), "each look that is told has news"


@EACH
@BOTH
def test_the_last_look_comes_after_the_end_and_soon(hpc: str, is_ranged: bool) -> None:
    async def main() -> float:
        service = Logged(each_second, hpc, ends=65, is_ranged=is_ranged)
        async with FaultyServer(service) as server, ServiceAccountClient(server.url, "t") as client:
            slow = PollInterval(1000, 1, 1000, 1000)
            work = follow_log(client, service.ref, service.job, "stderr", interval=slow)
            async with aclosing(work) as looks:
                async for look in looks:
                    if look.is_final:
                        assert len(look.lines) == 56
            return elapsed()

    assert 65 <= run_virtual(main()) < 75


@BOTH
def test_only_the_last_lines_are_shown_and_numbered_where_they_can_be(is_ranged: bool) -> None:
    look = read(Logged(lambda *_: numbered(1, 500), is_ranged=is_ranged), lines=3)
    assert texts(look) == ["line 498", "line 499", "line 500"]
    assert (look.first, look.is_complete) == (498, False)
    large = numbered(1, 100_000)
    look = read(Logged(lambda *_: large, is_ranged=is_ranged), lines=3)
    assert texts(look) == ["line 99998", "line 99999", "line 100000"]
    assert (look.first, look.is_complete, look.size) == (None, False, len(large))


def test_a_large_log_is_read_from_its_end_as_far_back_as_the_lines_reach() -> None:
    large = b"".join(b"%09d %s\n" % (number, b"x" * 990) for number in range(20_000))
    service = Logged(lambda *_: large)
    assert len(read(service, lines=10).lines) == 10
    assert sum(size for _, size in service.downloads) == TAIL
    service = Logged(lambda *_: large)
    assert len(read(service, lines=1000).lines) == 1000
    assert sum(size for _, size in service.downloads) < 10 * TAIL
    service = Logged(lambda *_: large)
    assert len(read(service, lines=10**9).lines) > 7000
    assert max(size for _, size in service.downloads) < len(large) / 2
    assert len(read(Logged(lambda *_: large), lines=10**9, whole=True).lines) == 20_000


@EACH
def test_following_moves_what_is_new_and_little_more(hpc: str) -> None:
    base = b"x" * 99 + b"\n"
    service = Logged(lambda _, t: base * (100_000 + int(t)), hpc, ends=100)
    looks = followed(service)
    assert looks[-1].size == len(base) * 100_100
    first, *others = [size for _, size in service.downloads]
    assert first == TAIL
    assert len(others) >= 8
    assert max(others) < 3000
    assert {len(look.lines) for look in looks} == {1000}


def test_a_job_that_prints_more_than_anybody_reads_is_followed_by_its_end_alone() -> None:
    line = b"y" * 99 + b"\n"
    service = Logged(lambda _, t: line * int(1 + t * 20_000), ends=60)
    looks = followed(service)
    assert looks[-1].size == len(line) * (1 + 60 * 20_000)
    assert max(size for _, size in service.downloads) <= 1_001_000
    assert looks[-1].anew > 0


@EACH
@BOTH
def test_lines_are_numbered_on_from_look_to_look(hpc: str, is_ranged: bool) -> None:
    """So that who prints them prints each once, though the window moves over them."""
    service = Logged(
        lambda _, t: numbered(1, 60_000 + 7 * int(t)), hpc, ends=60, is_ranged=is_ranged
    )
    numbers = set()
    for look in followed(service, lines=20):
        assert look.anew == 0
        numbers |= {int(text.split()[1]) - look.at - at for at, text in enumerate(texts(look))}
    assert len(numbers) == 1


@BOTH
@pytest.mark.parametrize("again", [b"", b"other\n", b"Line 1\nline 2\nline 3\nline 4\nline 5\n"])
def test_a_log_that_is_written_anew_is_read_anew(is_ranged: bool, again: bytes) -> None:
    service = Logged(lambda _, t: numbered(1, 4) if t < 25 else again, ends=60, is_ranged=is_ranged)
    looks = followed(service)
    assert texts(looks[0]) == ["line 1", "line 2", "line 3", "line 4"]
    assert texts(looks[-1]) == again.decode().splitlines()
    assert looks[-1].anew > 0


@BOTH
def test_a_character_that_has_not_come_whole_is_not_shown_wrong(is_ranged: bool) -> None:
    text = "Übergröße 雪 😀 fertig ".encode()
    service = Logged(lambda _, t: text[: int(t // 10)], ends=10 * len(text), is_ranged=is_ranged)
    looks = followed(service)
    assert len(looks) > 20
    assert not any("\ufffd" in "".join(texts(look)) for look in looks)
    assert texts(looks[-1]) == ["Übergröße 雪 😀 fertig "]
    assert [look.is_open for look in looks[1:-1]] == [True] * (len(looks) - 2)
    assert not looks[-1].is_open


def test_the_end_of_a_large_log_begins_with_a_whole_character_and_line() -> None:
    snow = ("雪" * 33 + "\n").encode()
    for more in range(4):
        look = read(Logged(lambda *_, more=more: snow * 20_000 + b"x" * more), lines=10**5)
        assert set(texts(look)[:-1]) == {"雪" * 33}
    look = read(Logged(lambda *_: "雪".encode() * 200_000))
    assert set("".join(texts(look))) == {"雪", " ", "…"}


@EACH
def test_a_log_is_final_without_a_word_printed(hpc: str) -> None:
    for content in (None, b""):
        looks = followed(Logged(lambda *_, c=content: c, hpc, ends=30))
        assert (looks[-1].note, looks[-1].is_final, looks[-1].lines) == (NOTHING, True, ())
        assert (looks[-1].size, looks[-1].is_complete) == (0, True)


def test_names_with_an_ending_and_other_letters_are_found() -> None:
    for hpc, name in (("nsg", "stderr.txt"), ("nsg", "Stderr"), ("pizdaint", "stderr.txt")):
        service = Logged(lambda *_: b"hello\n", hpc, ends=0, names={"stderr": name})
        look = read(service)
        assert (look.file, texts(look)) == (name, ["hello"])


def test_a_job_that_is_over_is_read_once() -> None:
    service = Logged(lambda *_: b"hello\n", ends=0)
    [look] = followed(service)
    assert look.is_final
    assert len(service.downloads) == 1


def test_without_ranges_a_large_log_is_not_followed_and_it_is_said_how_large_it_is() -> None:
    large = b"x" * 99 + b"\n"
    times = (MOST_POLL + 1_000_000) // 100
    service = Logged(lambda *_: large * times, ends=300, is_ranged=False)
    looks = followed(service)
    assert "6.0 MB" in looks[0].note
    assert "once" in looks[0].note
    assert (looks[0].size, looks[0].lines, looks[0].problem) == (len(large) * times, (), "")
    assert looks[-1].is_final
    assert len(service.downloads) == 2, "asked for again only at the end"


def test_a_large_log_comes_as_a_whole_where_it_is_asked_for() -> None:
    large = numbered(1, 700_000)
    assert len(large) > MOST_POLL
    look = read(Logged(lambda *_: large, is_ranged=False), whole=True)
    assert texts(look)[-1] == "line 700000"
    assert (len(look.lines), look.note) == (1000, "")
    every = read(Logged(lambda *_: large, is_ranged=False), whole=True, lines=10**9)
    assert (len(every.lines), every.first, every.is_complete) == (700_000, 1, True)


def test_what_is_too_large_even_for_that_is_to_be_downloaded() -> None:
    length = Reply(200, b"x", "application/octet-stream", length=60_000_000, end="close")
    look = read(Logged(lambda *_: None, fails=lambda _: length), whole=True)
    assert look.size == 60_000_000
    assert "Download it" in look.note
    assert "once" not in look.note


def test_a_log_that_grows_too_large_keeps_what_was_shown() -> None:
    service = Logged(lambda _, t: numbered(1, 400_000 + int(t) * 10_000), ends=400, is_ranged=False)
    looks = followed(service)
    assert len(looks[0].lines) == 1000
    assert "as it was before" in looks[-1].note
    assert len(looks[-1].lines) == 1000
    assert not looks[-1].is_complete


def test_large_logs_without_ranges_are_looked_at_more_seldom() -> None:
    """Each look moves all of it: 4 MB at 100 kB a second are 40 s."""
    service = Logged(
        lambda _, t: (b"x" * 99 + b"\n") * (40_000 + int(t)), ends=400, is_ranged=False
    )
    followed(service)
    times = [at for at, _ in service.downloads[:-1]]
    assert min(after - before for before, after in itertools.pairwise(times)) >= 40


def test_a_log_in_which_nothing_happens_is_looked_at_ever_more_seldom() -> None:
    service = Logged(lambda *_: b"begun\n", ends=900)
    looks = followed(service, interval=PollInterval(2, 1.3, 30, 120))
    assert len(looks) == 2
    assert len(service.downloads) < 900 / 20


def test_on_nsg_the_list_tells_that_nothing_was_added() -> None:
    service = Logged(lambda *_: b"begun\n", "nsg", ends=600)
    service_list = service._list

    def unmodified() -> Reply:
        reply = service_list()
        if service.is_over:
            return reply
        return Reply.json([{"filename": "STDERR", "length": "6", "modified": "once"}])

    service._list = unmodified  # type: ignore[method-assign]
    followed(service)
    assert len(service.downloads) == 2


FAULTS = [
    Reply.html(500),
    Reply.json("upstream", 403),
    Reply.html(200, "<h1>Log in</h1>", length=2000, end="close"),
    Reply(raw=b"", end="reset"),
    Reply(raw=b"garbage", end="close"),
    Reply.json({"detail": "no"}, 429),
]


@EACH
@BOTH
@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
def test_a_look_that_fails_says_so_and_keeps_what_was_seen(
    hpc: str, is_ranged: bool, fault: Reply
) -> None:
    def fails(_: Received) -> Reply | None:
        return fault if 22 < elapsed() < 45 else None

    service = Logged(
        lambda _, t: numbered(1, 1 + int(t)), hpc, ends=100, is_ranged=is_ranged, fails=fails
    )
    looks = followed(service)
    failed = [look for look in looks if look.problem]
    assert failed
    for look in failed:
        assert len(look.lines) >= 20
        assert not look.is_final
    assert not looks[-1].problem
    assert texts(looks[-1]) == [f"line {number}" for number in range(1, 102)]


def test_after_the_end_failing_looks_are_not_made_for_ever() -> None:
    service = Logged(lambda *_: b"x\n", ends=30, fails=lambda _: Reply.html(500))
    looks = followed(service)
    assert looks[-1].problem
    assert not looks[-1].is_final


def test_on_nsg_a_job_that_ends_between_list_and_download_is_asked_for_anew() -> None:
    service = Logged(lambda *_: b"hello\n", "nsg")
    lists: list[int] = []

    def fails(request: Received) -> Reply | None:
        if request.target.count("/") == 5:
            lists.append(1)
            if len(lists) == 1:
                answer = service._list()
                service.ends = 0
                return answer
        return None

    service.fails = fails
    look = read(service)
    assert (texts(look), look.problem) == (["hello"], "")
    assert len(lists) == 3


def test_two_logs_and_a_list_leave_a_turn_for_others() -> None:
    """What is read takes long; the looks at jobs go on meanwhile."""
    running: list[str] = []
    most: list[int] = []

    class Slow(ServiceAccountClient):
        async def part(self, *given: Any, **named: Any) -> Any:
            running.append("part")
            most.append(len(running))
            await asyncio.sleep(30)
            running.pop()
            return await super().part(*given, **named)

        async def job(self, ref: Any) -> Any:
            looks.append(elapsed())
            return await super().job(ref)

    looks: list[float] = []

    async def main() -> None:
        service = Logged(each_second, ends=100)
        async with FaultyServer(service) as server, Slow(server.url, "t") as client:

            async def go(stream: Any) -> None:
                work = follow_log(client, service.ref, service.job, stream, interval=STEADY)
                async with aclosing(work) as found:
                    async for _ in found:
                        pass

            await asyncio.gather(go("stdout"), go("stderr"))

    run_virtual(main())
    assert max(most) == 1
    assert max(after - before for before, after in itertools.pairwise(looks)) < 11


def test_a_service_that_asks_for_rest_gets_it() -> None:
    busy = Reply.json("busy", 503, headers=(("Retry-After", "300"),))
    asked: list[float] = []

    def fails(_: Received) -> Reply | None:
        asked.append(elapsed())
        return busy if elapsed() < 300 else None

    service = Logged(lambda *_: b"x\n", ends=350, fails=fails)
    followed(service)
    assert not [at for at in asked if 30 < at < 300]


def test_who_leaves_in_the_middle_leaves_nothing_behind() -> None:
    async def main() -> None:
        service = Logged(each_second)
        async with FaultyServer(service) as server, ServiceAccountClient(server.url, "t") as client:
            before = asyncio.all_tasks()

            async def go() -> None:
                work = follow_log(client, service.ref, service.job, "stderr", interval=STEADY)
                async with aclosing(work) as looks:
                    async for _ in looks:
                        pass

            task = asyncio.create_task(go())
            await asyncio.sleep(33)
            task.cancel()
            await asyncio.wait([task])
            assert asyncio.all_tasks() - server._tasks <= before
            asked = len(server.ledger)
            await asyncio.sleep(3600)
            assert len(server.ledger) == asked

    run_virtual(main())


def test_what_breaks_the_watching_is_told() -> None:
    class Broken(ServiceAccountClient):
        async def job(self, ref: Any) -> Any:
            raise RuntimeError("planted")

    async def main() -> None:
        service = Logged(each_second)
        async with FaultyServer(service) as server, Broken(server.url, "t") as client:
            work = follow_log(client, service.ref, service.job, "stderr", interval=STEADY)
            async with aclosing(work) as looks:
                with pytest.raises(RuntimeError, match="planted"):
                    async for _ in looks:
                        pass

    run_virtual(main())


def test_a_nested_progress_bar_is_followed_as_it_is_shown() -> None:
    def bars(_: str, seconds: float) -> bytes:
        drawn = "\r outer 0"
        for step in range(int(seconds)):
            drawn += f"\n\r inner {step}\x1b[A\r outer {step}"
        return drawn.encode()

    looks = followed(Logged(bars, ends=60))
    assert texts(looks[-1]) == [" outer 59", " inner 59"]


@pytest.mark.parametrize("seed", range(24))
def test_whatever_happens_the_last_look_is_the_log(seed: int) -> None:
    """At random: what is printed and when, what fails, with ranges and without."""

    chance = random.Random(seed)
    pieces = [
        chance.choice([b"a line\n", b"\xff\x00", b"\r50%", b"x" * 50, "雪\n".encode(), b"\n"])
        * chance.choice([1, 50, 3000])
        for _ in range(12)
    ]

    def printed(_: str, seconds: float) -> bytes:
        return b"".join(pieces[: int(seconds / 10)])

    def fails(_: Received) -> Reply | None:
        return chance.choice([None, None, *FAULTS[:4]]) if elapsed() < 120 else None

    service = Logged(
        printed,
        chance.choice(["pizdaint", "nsg"]),
        ends=125,
        is_ranged=chance.random() < 0.5,
        fails=fails,
    )
    looks = followed(service, lines=50)
    wanted = read(Logged(lambda *_: b"".join(pieces), ends=0), lines=50)
    assert looks[-1].is_final
    assert looks[-1].lines == wanted.lines
    assert looks[-1].size == len(b"".join(pieces))


def test_a_bar_without_a_line_s_end_is_not_searched_for_lines() -> None:
    service = Logged(lambda *_: b"\r 10% of it" * 2_000_000)
    assert texts(read(service)) == [" 10% of it"]
    assert service.downloads == [(0, TAIL)]
