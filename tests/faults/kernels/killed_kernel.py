"""Row 3: the kernel is killed, at any step; the next one clears up what was left.

Real processes (`killable`) and `kill -9`. The service is in this process: its ledger goes on
after the kill, as the real one does.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import AlreadySubmitted, BspsaError
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.flow import Submission
from tests.faults.figures import Case
from tests.faults.kernels.killable import CHUNK, Errand, index_of
from tests.faults.rows import Row
from tests.faults.sending import PIZDAINT, TOKEN, resume_all
from tests.faults.truth import judge
from tests.faulty_server import Account, FaultyServer, Received, Reply, run

SECONDS = 30.0  # that anything awaited here may take
FOLDER_BYTES = 64 * CHUNK
FOLDER = Path(__file__).parents[3]

# What became of a request that the service has whole: a job that is listed at once, or
# after the next start, or none at all.
Fate = Literal["made", "late", "never"]


@dataclass(frozen=True)
class Place:
    """Where the process is killed.

    Attributes:
        point: of `killable`; "" for a place that only the service sees.
        most: it is passed so often; which time it is, is drawn.
        is_lost: the answer to the submission does not tell.
        second: it is not the program that sent, but a later one, taking up its record.
        is_sent, is_answered, is_recorded: how far it has certainly come there.
    """

    point: str
    most: int = 1
    is_lost: bool = False
    second: bool = False
    is_sent: bool = False
    is_answered: bool = False
    is_recorded: bool = False


PLACES = (
    *(Place(point) for point in ("Checked", "Packing", "Packed")),
    *(Place(f"prepared {how}") for how in ("not written", "half written", "written")),
    *(Place(point) for point in ("Prepared", "Connecting", "Connected")),
    *(Place(f"sending {how}") for how in ("not written", "half written", "written")),
    Place("about to send"),
    Place("Sending"),
    Place("uploading", FOLDER_BYTES // CHUNK - 1),
    Place("all handed over"),
    Place("", is_sent=True),
    *(
        Place(f"accepted {how}", is_sent=True, is_answered=True)
        for how in ("not written", "half written")
    ),
    Place("accepted written", is_sent=True, is_answered=True, is_recorded=True),
    Place("unconfirmed half written", is_lost=True, is_sent=True),
    Place("Looking", 4, is_lost=True, is_sent=True),
    *(
        Place(f"unconfirmed {how}", is_lost=True, second=True, is_sent=True)
        for how in ("not written", "half written")
    ),
    Place("Looking", 4, is_lost=True, second=True, is_sent=True),
    Place("any moment"),
)
ANY_SECONDS = 0.25  # in which a whole submission is over, nearly always


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    place = PLACES[case.seed % len(PLACES)]
    home = Path(tempfile.mkdtemp(prefix="killed-"))
    try:
        run(_played(case, drawn, place, home), SECONDS)
    finally:
        shutil.rmtree(home)


async def _played(case: Case, drawn: random.Random, place: Place, home: Path) -> None:
    nth = drawn.randint(1, place.most)
    service = Service(_fate(drawn, place, nth), is_lost=place.is_lost)
    hold = asyncio.Event()
    (home / "temporary").mkdir()
    async with FaultyServer(service, hold=hold) as server:
        records = Records(home / "records", index_of(home / "records"))
        errand = Errand(
            url=server.url,
            folder=str(folder()),
            records=str(records.folder),
            temporary=str(home / "temporary"),
            point=place.point,
            nth=nth,
        )
        if place.point and not (place.second or place.point == "any moment"):
            hold.set()
        if place.second:
            await _killed(case, server, replace(errand, point=""), hold)
            hold.set()
            await _killed(case, server, replace(errand, takes_up=True), hold)
        elif place.point == "any moment":
            hold.set()
            await _killed(case, server, errand, hold, after=drawn.uniform(0, ANY_SECONDS))
        else:
            await _killed(case, server, errand, hold)
        hold.set()
        await _quiet(server)
        left = len(list((home / "temporary").glob("*")))
        case.note("archives left behind", left)
        await _check(case, place, server, service, records)


async def _killed(
    case: Case, server: FaultyServer, errand: Errand, hold: asyncio.Event, after: float = 0.0
) -> None:
    """Start it, kill it where it stands still or once the service has all, see it dead."""
    forker = warm()
    pid = (await forker.start(errand))["pid"]
    if after:
        await asyncio.sleep(after)
        kill(pid)
    elif errand.point:
        news = await forker.hear()
        case.check(news.get("at") == errand.point, f"never came to {errand.point}: {news}")
        if "ended" in news:
            return
        kill(pid)
    else:
        await server.post_arrived.wait()
        kill(pid)
    ended = (await forker.hear()).get("ended")
    while ended is None:
        ended = (await forker.hear()).get("ended")
    case.check(ended == -signal.SIGKILL or after, f"it ended with {ended}")


def kill(pid: int) -> None:
    """Kill a child that its parent has not collected yet."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


async def _quiet(server: FaultyServer) -> None:
    """Until the service is through with what came from the dead."""
    while server._tasks:
        await asyncio.wait(set(server._tasks))


async def _check(
    case: Case, place: Place, server: FaultyServer, service: Service, records: Records
) -> None:
    await _next_start(case, server, service, records)
    found = records.load()
    case.check(not found.damaged, f"damaged records: {found.damaged}")
    case.check(len(found.records) <= 1, f"{len(found.records)} records of one submission")
    if server.posts and not found.records:
        case.lost("something was sent, and there is no record of it")
    if place.is_sent:
        case.check(server.posts == 1, f"{server.posts} requests came, where one was sent")
    for record in found.records:
        case.note(f"then {record.state}")
        case.check(not (record.state == "not_sent" and server.posts), "sent, and called not sent")
        if place.is_recorded or (place.is_sent and service.lists(record.marker)):
            case.check(record.state == "accepted", f"a job, and then {record.state}")
    sent = server.posts
    await _submit_anew(case, server, records, found.records)
    has_job = any(record.state in ("unconfirmed", "accepted") for record in found.records)
    if has_job and server.posts != sent:
        case.duplicate("sent again without asking")
    service.shown = True
    await _next_start(case, server, service, records)
    for record in records.load().records:
        if service.made_for(record.marker):
            case.check(record.state == "accepted", f"listed, and the record is {record.state}")


async def _next_start(case: Case, server: FaultyServer, service: Service, records: Records) -> None:
    """What a panel does with all records, and `bspsa jobs --mine` with the open ones."""
    before = server.posts
    for record in records.load().records:
        ended = await resume_all(server.url, records, record, seconds=0.0)
        posts = [post for post in server.of("POST") if _is_of(post, record)]
        judge(case, ended, posts, service.made_for(record.marker))
        if ended.record is None:
            case.lost("the record is gone")
    if server.posts != before:
        case.duplicate("the next start sent something")


async def _submit_anew(
    case: Case, server: FaultyServer, records: Records, found: list[Record]
) -> None:
    """The user clicks Submit, after all that."""
    error: BspsaError | None = None
    async with ServiceAccountClient(server.url, TOKEN) as client:
        submission = Submission(
            client, PIZDAINT, folder(), records=records, repeat="ask", settle_seconds=0.0
        )
        try:
            async for _ in submission.steps():
                pass
        except BspsaError as caught:
            error = caught
    if found and found[0].state in ("unconfirmed", "accepted"):
        asked = isinstance(error, AlreadySubmitted)
        case.check(asked, f"the same again, and it ended in {error!r}")
        if isinstance(error, AlreadySubmitted):
            case.check(error.is_open is (found[0].state == "unconfirmed"), f"open: {error.is_open}")
    else:
        was = found[0].state if found else "without a record"
        stopped = isinstance(error, AlreadySubmitted)
        case.check(not stopped, f"a submission {was} stands in the way of the next")


def _is_of(post: Received, record: Record) -> bool:
    return record.marker in post.header("Payload")[0]


class Service:
    """Makes a job of each whole request, or not, and shows it, or not yet."""

    def __init__(self, fate: Fate, *, is_lost: bool) -> None:
        self._account = Account()
        self._fate = fate
        self._is_lost = is_lost
        self.shown = fate != "late"

    def made_for(self, marker: str) -> list[dict[str, Any]]:
        return [job for job in self._account.jobs if marker in job["title"]]

    def lists(self, marker: str) -> bool:
        return self.shown and bool(self.made_for(marker))

    def __call__(self, request: Received) -> Reply:
        if request.method == "POST":
            if self._fate == "never":
                return Reply.html()
            made = self._account(request)
            return Reply.html() if self._is_lost else made
        if not self.shown and request.target.startswith("/jobs/"):
            return Reply.json([])
        return self._account(request)


def _fate(drawn: random.Random, place: Place, nth: int) -> Fate:
    if place.is_answered:
        return drawn.choice(("made", "late"))
    if place.point == "Looking" and (place.second or nth > 1):
        return drawn.choice(("late", "never"))  # else it is found, and no further look comes
    return drawn.choice(("made", "late", "never"))


@cache
def folder() -> Path:
    """What is sent: incompressible, so that its upload takes many pieces."""
    place = Path(tempfile.mkdtemp(prefix="folder-")) / "ca1-fit"
    place.mkdir()
    (place / "init.py").write_text("print('spikes')\n")
    (place / "weights.dat").write_bytes(random.Random(1).randbytes(FOLDER_BYTES))
    return place


class Forker:
    """The warm parent of the processes that are killed; it ends when this process does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.kernels.killable"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def start(self, errand: Errand) -> dict[str, Any]:
        """The first news of a child."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{errand.to_json()}\n")
        self._process.stdin.flush()
        return await self.hear()

    async def hear(self) -> dict[str, Any]:
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._line), SECONDS / 2)
        except TimeoutError:
            self.end()
            raise

    def end(self) -> None:
        """Kill it, and with it the child that stands still."""
        self._process.kill()
        self._process.wait()
        warm.cache_clear()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            warm.cache_clear()
            raise RuntimeError("the parent of the killed ended")
        found: dict[str, Any] = json.loads(line)
        return found


@cache
def warm() -> Forker:
    return Forker()


ROWS = (Row("3", "the kernel is killed, at any step", 100 * len(PLACES), 52, play, each=True),)
