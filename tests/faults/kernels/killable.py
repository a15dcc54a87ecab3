"""Programs that submit, or take up what was left, and stand still where they are to be killed.

`python -m tests.faults.kernels.killable` imports everything once, then forks a child for each line
on its standard input: an `Errand` as JSON. The child says `{"pid": …, "at": …}` where it stands
still, by SIGSTOP, so that nothing of it goes on; once it has ended, `{"ended": …}` follows:
an exit code, or less than 0 for a signal.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
import tempfile
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bspsa_widgets.client.bspsa import upload
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission import settle
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.recovery import resume
from bspsa_widgets.submission.steps import Step
from tests.faults.sending import PIZDAINT, TOKEN

CHUNK = 1024  # bytes: small, so that an upload can be stopped in many places
LOOK_AGAIN = 0.02  # seconds between looks
PR_SET_PDEATHSIG = 1  # of Linux: what stands still must not outlive who is to kill it


@dataclass(frozen=True)
class Errand:
    """What a child does, and where it stands still.

    Attributes:
        takes_up: it takes up what is left in `records`, instead of submitting `folder`.
        point: the name of the place; "" for none. nth: of the times that it comes by.
    """

    url: str
    folder: str
    records: str
    temporary: str
    point: str
    nth: int = 1
    takes_up: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class Stand:
    """Stops this whole process at one point."""

    def __init__(self, errand: Errand) -> None:
        self._point = errand.point
        self._left = errand.nth

    def at(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            say(pid=os.getpid(), at=point)
            os.kill(os.getpid(), signal.SIGSTOP)


class StandingClient(ServiceAccountClient):
    """Stands still in the middle of an upload."""

    stand: Stand

    async def submit(self, *arguments: Any, **options: Any) -> Any:
        self.stand.at("about to send")
        progress = options.pop("progress")

        def and_stand(done: int, total: int) -> None:
            progress(done, total)
            self.stand.at("uploading" if done < total else "all handed over")

        return await super().submit(*arguments, progress=and_stand, **options)


def index_of(folder: Path) -> SubmissionIndex:
    """The index that goes with a case's records: cases do not know each other's submissions."""
    return SubmissionIndex(folder.parent / "index")


class StandingRecords(Records):
    """Stands still before, in and after the writing of each state."""

    def __init__(self, folder: Path, stand: Stand) -> None:
        super().__init__(folder, index_of(folder))
        self._stand = stand
        self._writes = ""
        self._flush = os.fsync
        os.fsync = self._flushed  # of this child alone

    def save(self, record: Record) -> None:
        self._stand.at(f"{record.state} not written")
        self._writes = record.state
        super().save(record)
        self._writes = ""
        self._stand.at(f"{record.state} written")

    def _flushed(self, handle: Any) -> None:
        """All is in a file beside its place, and not moved there yet."""
        self._flush(handle)
        if self._writes:
            self._stand.at(f"{self._writes} half written")


def say(**news: object) -> None:
    os.write(sys.stdout.fileno(), f"{json.dumps(news)}\n".encode())


async def do(errand: Errand) -> None:
    stand = Stand(errand)
    records = StandingRecords(Path(errand.records), stand)
    StandingClient.stand = stand
    async with StandingClient(errand.url, TOKEN) as client:
        with suppress(BspsaError):
            if errand.takes_up:
                await resume_all(client, records, stand)
            else:
                await submit(client, errand, records, stand)


async def submit(client: StandingClient, errand: Errand, records: Records, stand: Stand) -> None:
    submission = Submission(client, PIZDAINT, errand.folder, records=records)
    tell = submission._report

    def tell_and_stand(step: Step) -> None:
        tell(step)
        stand.at(type(step).__name__)

    submission._report = tell_and_stand  # type: ignore[method-assign]
    async with aclosing(submission.steps()) as steps:
        async for _ in steps:
            pass


async def resume_all(client: StandingClient, records: Records, stand: Stand) -> None:
    for record in records.load().records:
        async with aclosing(resume(client, records, record)) as steps:
            async for step in steps:
                stand.at(type(step).__name__)


def die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def child(errand: Errand) -> None:
    """Does the errand, and ends this process."""
    die_with_parent()
    upload.CHUNK = CHUNK
    settle.LOOKS_AT = tuple(LOOK_AGAIN * turn for turn in range(1, 1001))
    tempfile.tempdir = errand.temporary
    say(pid=os.getpid(), at="begun")
    asyncio.run(do(errand))
    os._exit(0)


def main() -> None:
    die_with_parent()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                child(Errand(**json.loads(line)))
            finally:
                os._exit(70)
        _, status = os.waitpid(pid, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
