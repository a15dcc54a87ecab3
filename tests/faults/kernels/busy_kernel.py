"""Row 16: a cell blocks the kernel while a job is sent, or is interrupted while it sends one.

A real kernel with a panel in it. What was sent, and when, is what the ledger says; the clock
of both processes is the same one.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any, Literal

from bspsa_widgets.records.store import Records
from tests.cli.server import Server
from tests.faults.figures import Case
from tests.faults.kernels.kernel import SECONDS, Kernel, Message, told
from tests.faults.rows import Row
from tests.faults.sending import TOKEN, Ended
from tests.faults.truth import judge
from tests.faulty_server import Account, Received, Reply
from tests.widgets.view import settled

# --- a cell that blocks -------------------------------------------------------------------

SHORT, MINUTE = 3.0, 60.0  # seconds that a cell blocks
BODY = 16_000_000  # bytes: four times what the buffers on the way hold
UPLOAD_PART, JOB_PART = 0.5, 0.8  # of the block: until the upload, and the job, are over
BLOCKS = {"sleeps": "time.sleep({0})", "computes": "while time.monotonic() < began + {0}: pass"}


@dataclass
class Running(Account):
    """A service whose jobs come to their end at a certain time."""

    ends_at: float = float("inf")

    def __call__(self, request: Received) -> Reply:
        if time.monotonic() > self.ends_at:
            for job in self.jobs:
                job |= {"stage": "SUCCESSFUL", "terminal_stage": True, "end_date": "2026-01-01"}
        return super().__call__(request)


def block(case: Case, seconds: float) -> None:
    kind = tuple(BLOCKS)[case.seed % len(BLOCKS)]
    account = Running()
    with (
        _home(BODY) as home,
        Server(account, pace=BODY / (UPLOAD_PART * seconds)) as server,
        Kernel(home) as kernel,
    ):
        kernel.ask(f"import time\n{_panel(server, home, 'blocked')}\npanel.submit()")
        settled(lambda: any(post.arrived for post in server.ledger), "the upload")
        account.ends_at = time.monotonic() + JOB_PART * seconds
        cell = f"began = time.monotonic()\n{BLOCKS[kind].format(seconds)}\nended = time.monotonic()"
        began, ended = kernel.ask(cell, "(began, ended)", seconds + SECONDS)
        updates = list(_updates(kernel))
        _judge_block(case, kind, server, (began, ended))
        away = time.time() - time.monotonic()
        shown = [at for at, step in updates if began < at - away < ended and step == "sending"]
        case.check(len(shown) > 2, f"while the cell {kind}, {len(shown)} updates came to the page")
        said = kernel.ask("", STATE)  # the very next cell: nothing is waited for
        case.check(said["outcome"] == "accepted", f"then the panel says {said}")
        case.check(said["job"] == account.jobs[0]["job_id"], "the panel shows another job")
        case.check(said["ended"] == "succeeded", f"the job has ended, and the panel says {said}")
        kernel.ask(LEAVE)
        [record] = Records(home / "blocked").load().records
        judge(case, Ended(record=record), server._server.of("POST"), account.jobs)
        case.check("Traceback" not in kernel.errors, f"the kernel complains: {kernel.errors}")


def _judge_block(case: Case, kind: str, server: Server, block: tuple[float, float]) -> None:
    """Both the upload and the looks at its job went on while the cell blocked."""
    began, ended = block
    [post] = [request for request in server.ledger if request.method == "POST"]
    before = max((size for at, size in post.arrived if at < began), default=0)
    inside = max((size for at, size in post.arrived if at < ended), default=0) - before
    case.check(before < BODY / 4, f"the cell {kind} too late: {before} bytes had come")
    case.check(inside > BODY / 2, f"while the cell {kind}, {inside} bytes came")
    case.check(post.whole and post.arrived[-1][0] < ended, "the upload was not over in the block")
    looks = [
        request
        for request in server.ledger
        if request.method == "GET"
        and request.target.count("/") == 5
        and request.target.startswith("/jobs/")
        and post.at < began < request.at < ended
    ]
    case.check(len(looks) > 1, f"while the cell {kind}, {len(looks)} looks at the job came")
    case.note(f"{kind}: bytes in the block", inside)
    case.note(f"{kind}: looks in the block", len(looks))


def _updates(kernel: Kernel) -> Iterator[tuple[float, str]]:
    """When the page was told of which step."""
    for message in kernel.published():
        status = message["content"].get("data", {}).get("state", {}).get("status")
        if message["msg_type"] == "comm_msg" and status:
            at: datetime = message["header"]["date"]
            yield at.timestamp(), status["step"]


# --- a cell that is interrupted -------------------------------------------------------------

EACH = 5  # interrupts of one kernel
SMALL = 100_000  # bytes
MOMENTS = 0.3  # seconds in which a submission is over, nearly always
REPLY_SECONDS = 5.0
FATES = ("made", "made", "lost", "never")
Fate = Literal["made", "lost", "never"]

# The next looks come soon, so that many submissions can be played.
SOON = (
    "from bspsa_widgets.submission import settle\n"
    "settle.LOOKS_AT = tuple(0.02 * turn for turn in range(1, 1001))"
)
END = (
    "import asyncio, time\nlate = time.monotonic() + 15\n"
    "while (panel._owner.is_busy or panel.status['busy'] or panel.status['step'] == 'reconciling') "
    "and time.monotonic() < late:\n    await asyncio.sleep(0.005)"
)


@dataclass
class Fateful(Account):
    """Makes a job of a submission or not, and tells or not, by the submission's title."""

    fates: dict[str, Fate] = field(default_factory=dict)

    def __call__(self, request: Received) -> Reply:
        if request.method != "POST":
            return super().__call__(request)
        fate = self.fates[title_of(request)]
        if fate == "never":
            return Reply.html()
        made = super().__call__(request)
        return Reply.html() if fate == "lost" else made


def interrupt(case: Case) -> None:
    drawn = random.Random(case.seed)
    account = Fateful()
    with (
        _home(SMALL) as home,
        Server(account, pace=SMALL / 0.1) as server,
        Kernel(home) as kernel,
    ):
        kernel.ask(SOON)
        for number in range(EACH):
            title = f"interrupted {number}"
            account.fates[title] = drawn.choice(FATES)  # type: ignore[assignment]
            kernel.ask(_panel(server, home, title))
            cell = kernel.begin("job = await panel.submit()", "job.job_id")
            time.sleep(drawn.uniform(0, MOMENTS))
            kernel.interrupt()
            reply = _reply(case, kernel, cell)
            kernel.ask(END)  # it runs: the kernel is as good as before
            _judge_interrupt(case, server, account, home, title, reply, kernel.ask("", STATE))
            kernel.ask(LEAVE)
        case.check("never retrieved" not in kernel.errors, f"nobody looked: {kernel.errors}")


def _reply(case: Case, kernel: Kernel, cell: str) -> Message:
    """The kernel's. Where an interrupt hits ipykernel itself it may have none."""
    try:
        return kernel.end(cell, REPLY_SECONDS)
    except Empty:
        case.note("no reply of the kernel")
        return {"status": "error", "ename": "no reply"}


def _judge_interrupt(
    case: Case,
    server: Server,
    account: Fateful,
    home: Path,
    title: str,
    reply: Message,
    said: dict[str, Any],
) -> None:
    posts = [r for r in list(server.ledger) if r.method == "POST" and title_of(r) == title]
    jobs = [job for job in account.jobs if job["title"].startswith(f"{title} [")]
    records = Records(home / title).load().records
    case.check(len(records) <= 1, f"{len(records)} records of one submission")
    record = records[0] if records else None
    judge(case, Ended(record=record), posts, jobs)
    outcome = said["outcome"]
    made = jobs[0]["job_id"] if jobs else ""
    case.check(not said["busy"], f"it does not come to an end: {said}")
    case.check(bool(outcome) or not (posts or records), f"sent, and the panel says {said}")
    case.check(outcome != "accepted" or (made and said["job"] == made), f"untrue: {said}")
    case.check(outcome not in ("not_sent", "") or not posts, f"it was sent, and {said}")
    if jobs and outcome in ("not_sent", "refused", ""):
        case.lost(f"there is a job, and the panel says {said}")
    if record is not None:
        states = {"over": "accepted"}
        case.check(states.get(record.state, record.state) == outcome, f"{record.state}, {outcome}")
    case.check(not jobs or outcome == "accepted", f"the job is listed, and the panel says {said}")
    if reply["status"] == "ok" and reply["user_expressions"]["value"]["status"] == "ok":
        case.check(told(reply) == made, "the cell was given another job")
    case.note("interrupts")
    case.note(f"the cell: {reply.get('ename', 'ended before')}")
    case.note(f"then {outcome or 'not begun'}{', sent' if posts else ''}")


def title_of(post: Received) -> str:
    """What the user called it."""
    title: str = json.loads(post.header("Payload")[0])["title"]
    return title.partition(" [")[0]


# --- both -----------------------------------------------------------------------------------

STATE = (
    "dict(outcome=panel.status['outcome'], headline=panel.status['headline'], "
    "busy=panel._owner.is_busy or panel.status['busy'] or panel.status['step'] == 'reconciling', "
    "job=panel.job.get('job_id', ''), ended=panel.job_view.get('outcome', ''))"
)
LEAVE = (
    "import asyncio\nfrom bspsa_widgets.runtime.event_loop import background\n"
    "panel.close()\n"
    "await asyncio.wrap_future(background().run(panel._leave(), 'closing a panel'))"
)


def _panel(server: Server, home: Path, title: str) -> str:
    """The cell that makes one, with records of its own."""
    options: dict[str, Any] = {
        "folder": str(home / "ca1-fit"),
        "endpoint": server.url,
        "token": TOKEN,
        "root": str(home),
        "records": str(home / title),
        "command": "true",
        "title": title,
        "settle": 0.2,
    }
    return f"from bspsa_widgets import JobSubmitter\npanel = JobSubmitter(**{options!r})"


@contextmanager
def _home(size: int) -> Iterator[Path]:
    """A place for all of one case, with a folder that does not become smaller by packing."""
    home = Path(tempfile.mkdtemp(prefix="kernel-"))
    try:
        (home / "ca1-fit").mkdir()
        (home / "ca1-fit" / "weights.dat").write_bytes(random.Random(1).randbytes(size))
        yield home
    finally:
        shutil.rmtree(home)


def _lasting(seconds: float) -> Callable[[Case], None]:
    return partial(block, seconds=seconds)


ROWS = (
    Row("16a", "a cell blocks the kernel for a minute", 2, 0, _lasting(MINUTE), each=True),
    Row("16b", "a cell blocks the kernel for 3 s", 10, 1, _lasting(SHORT), each=True),
    Row("16c", f"{EACH} cells that submit are interrupted", 40, 1, interrupt),
)
