"""Row 4: Submit is clicked twice, in two tabs, or its message comes twice: one submission.

Through the real panel and its handler of messages, from several threads at once. Python may
call `submit` beside it, and a second panel may send the same folder.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import comm

from bspsa_widgets.errors import BspsaError
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import TOKEN, small_folder
from tests.faulty_server import Account
from tests.widgets.view import FORM_NAMES, SECONDS, RecordingComm, View, settled

Click = Callable[[], None]
KINDS = ("double click", "same message", "panel and Python", "two panels", "all at once")


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    home = Path(tempfile.mkdtemp(prefix="double-"))
    comm.create_comm = RecordingComm
    panels: list[JobSubmitter] = []
    try:
        with Server(Account()) as server:
            try:
                _race(case, drawn, server, home, panels)
            finally:
                for panel in panels:
                    panel.close()
                    background().run(panel._leave(), "closing a panel").result(SECONDS)
    finally:
        shutil.rmtree(home)


def _race(
    case: Case, drawn: random.Random, server: Server, home: Path, panels: list[JobSubmitter]
) -> None:
    kind = drawn.choice(KINDS)
    case.note(kind)
    for _ in range(2 if kind in ("two panels", "all at once") else 1):
        panels.append(
            JobSubmitter(
                small_folder(),
                endpoint=server.url,
                token=TOKEN,
                records=home / "records",
                root=home,
                command="true",
                settle=0.0,
            )
        )
    views = [View(panel) for panel in panels]
    clicks, asked = _clicks(kind, drawn, panels, views)
    _at_once(clicks)
    # A panel is free a moment before it says how the submission ended.
    settled(
        lambda: server.posts and not any(p._owner.is_busy or p.status["busy"] for p in panels),
        "the submission",
    )
    for panel, name in asked:
        view = views[panels.index(panel)]
        view.answer(name)
        case.check(len(view.answers(name)) == 1, f"{name} was answered more than once")
    _judge(case, server, panels, Records(home / "records"))


def _clicks(
    kind: str, drawn: random.Random, panels: list[JobSubmitter], views: list[View]
) -> tuple[list[Click], list[tuple[JobSubmitter, str]]]:
    """What is done at once, and which requests are to be answered once each."""
    clicks: list[Click] = []
    asked: list[tuple[JobSubmitter, str]] = []
    for number, (panel, view) in enumerate(zip(panels, views, strict=True)):
        ids = ["first"] if kind == "same message" else [f"click-{n}" for n in range(2 + number)]
        form = {name: getattr(panel, name) for name in FORM_NAMES}
        for name in ids:
            message = {"kind": "submit", "id": name, "form": form}
            times = 3 if kind in ("same message", "all at once") else 1
            clicks += [lambda v=view, m=message: v.send(dict(m))] * times  # type: ignore[misc]
            asked.append((panel, name))
        if kind in ("panel and Python", "all at once"):
            clicks.append(lambda p=panel: _start(p))  # type: ignore[misc]
    drawn.shuffle(clicks)
    return clicks, asked


def _start(panel: JobSubmitter) -> None:
    """As `panel.submit()` in a cell begins; one that comes too late is told so."""
    try:
        panel._start("ask")
    except BspsaError:
        return


def _at_once(clicks: list[Click]) -> None:
    together = threading.Barrier(len(clicks))

    def click(one: Click) -> None:
        together.wait(SECONDS)
        one()

    threads = [threading.Thread(target=click, args=(one,)) for one in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)


def _judge(case: Case, server: Server, panels: list[JobSubmitter], records: Records) -> None:
    if server.posts > 1 or len(server.account.jobs) > 1:
        case.duplicate(f"{server.posts} requests, {len(server.account.jobs)} jobs")
    if len(server.account.jobs) != 1:
        case.lost(f"{len(server.account.jobs)} jobs")
        return
    [made] = server.account.jobs
    named = [
        record.job and record.job.get("job_id")
        for record in records.load().records
        if record.state in ("accepted", "over")
    ]
    case.check(named == [made["job_id"]], f"the records name {named}")
    for panel in panels:
        said = f"{panel.status['headline']} {panel.status['detail']}"
        if panel.status["outcome"] == "accepted":
            case.check(panel.job.get("job_id") == made["job_id"], "the panel shows another job")
        else:
            repeated = "was submitted before" in said
            case.check(repeated, f"there is a job, and the panel says {said!r}")


ROWS = (Row("4", "clicked twice, in two tabs, the same message twice", 1_000, 20, play),)
