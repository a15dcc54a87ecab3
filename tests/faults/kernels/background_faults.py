"""Row 17: work in the background raises: it is logged, shown in the panel, and looked at.

Every name that the panel gives its work is found in the source; each has a fault planted in
it here, so that a new one is not forgotten.
"""

from __future__ import annotations

import ast
import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import comm

import bspsa_widgets
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.records.record import KeptArchive, Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.submission.preflight import read_account
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.faults.figures import Case
from tests.faults.kernels import monitor_plants, sweep_plants
from tests.faults.kernels.monitor_plants import MonitorPlant
from tests.faults.kernels.overheard import FAULT, Overheard, fails, overheard
from tests.faults.kernels.sweep_plants import SweepPlant
from tests.faults.rows import Row
from tests.faults.sending import TOKEN, small_folder
from tests.faulty_server import Account
from tests.widgets.view import SECONDS, RecordingComm, View, settled, until

PLACE = "bspsa_widgets."
ROOMS = ("runtime", "widgets", "batch")
MARKER = "nb-aaaabbbbccccdddd"


class Plant(NamedTuple):
    """A fault in one piece of work.

    Attributes:
        name: of the work. target: what raises; "" for a function of the user's.
        ask: what the view asks for; "submit" too.
        state: of a record that is there before the panel is, "" for none.
        trait: where the panel shows it; "" where it has nothing left to show it in.
    """

    name: str
    target: str
    trait: str
    ask: str = ""
    state: str = ""


PLANTS = (
    Plant("counting files", "widgets.submitter.folder_summary.scan", "folder_info"),
    Plant("connecting", "widgets.base.account_status.read_account", "connection"),
    Plant("connecting", "widgets.base.account_state.quotas_state", "connection"),
    Plant(
        "taking a token", "widgets.base.account_status.AccountStatus.connect", "records", "token"
    ),
    Plant("taking up earlier submissions", "widgets.submitter.history.History._load", "records"),
    Plant("listing submissions", "widgets.submitter.history.History.show", "records", "submit"),
    Plant("looking for a job", "widgets.submitter.history.resume", "records", state="sending"),
    Plant("looking for a job", "widgets.submitter.history.History.search", "answer", "look"),
    Plant("closing a record", "widgets.submitter.history.History.close", "answer", "close"),
    Plant("following a job", "widgets.submitter.current_job.follow", "job_view", "submit"),
    Plant(
        "writing down the ends of jobs", "widgets.submitter.history.record_end", "records", "submit"
    ),
    Plant(
        "asking whether the service is there",
        "widgets.base.account_status.AccountStatus.keep",
        "records",
    ),
    Plant("leaving the pages", "widgets.base.messages.ViewMessages._leave_pages", "", "leave"),
    Plant("reading the quotas", "widgets.base.account_status.read_account", "connection", "submit"),
    Plant("submission", "widgets.submitter.submission_controller.Submission", "status", "submit"),
    Plant("reviewing", "widgets.submitter.review.plan", "answer", "review"),
    Plant("reviewing", "widgets.submitter.review.review", "answer", "review"),
    Plant("planning", "widgets.submitter.review.plan", "records", "plan"),
    Plant("browsing", "widgets.submitter.requests.listing", "answer", "browse"),
    Plant("download", "widgets.submitter.current_job.fetch_results", "records", "download"),
    Plant("closing a panel", "runtime.service_link.ServiceLink.aclose", ""),
    Plant(
        "looking for the job's input",
        "widgets.submitter.current_job.await_input",
        "records",
        "submit",
    ),
    Plant("a function given to on_done", "", "records", "submit"),
)
# Work that there is only for a job that goes on when it is first shown.
BEFORE_THE_END = ("looking for the job's input", "a function given to on_done")
CLOSE = ServiceLink.aclose  # as it is without a fault in its place
ALL = (*PLANTS, *monitor_plants.PLANTS, *sweep_plants.PLANTS)


def names() -> set[str]:
    """Of all work that any module of the panels starts."""
    found = set()
    package = Path(bspsa_widgets.__file__).parent
    for path in (path for room in ROOMS for path in Path(package, room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "name")]
                if node.func.attr in ("run", "_held_if_open"):
                    found |= {str(one.value) for one in given if isinstance(one, ast.Constant)}
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Upkeep":
                works = [one.elts[0] for one in node.args if isinstance(one, ast.Tuple)]
                found |= {str(one.value) for one in works if isinstance(one, ast.Constant)}
    return found


def play(case: Case) -> None:
    plant = ALL[case.seed % len(ALL)]
    case.note(plant.name)
    planted = {one.name for one in ALL}
    case.check(names() == planted, f"names and plants differ: {names() ^ planted}")
    home = Path(tempfile.mkdtemp(prefix="background-"))
    comm.create_comm = RecordingComm
    try:
        with overheard(case) as logged:
            if isinstance(plant, MonitorPlant):
                monitor_plants.play(case, plant, home)
            elif isinstance(plant, SweepPlant):
                sweep_plants.play(case, plant, home)
            else:
                _play(case, plant, home, logged)
    finally:
        shutil.rmtree(home)


def _play(case: Case, plant: Plant, home: Path, logged: Overheard) -> None:
    with Server(Account()) as server, _planted(plant):
        records = Records(home / "records")
        if plant.state:
            records.save(_left_open(server.url, plant.state))
        panel = JobSubmitter(
            small_folder(),
            endpoint=server.url,
            token=TOKEN,
            records=records.folder,
            root=home,
            command="true",
            settle=0.0,
            on_done=None if plant.target else fails,
        )
        try:
            _look(case, panel, plant, server)
        finally:
            panel.close()
            # The fault in it keeps a panel from closing its connections, so that is done here.
            closes = plant.name == "closing a panel"
            leaving = CLOSE(panel._link) if closes else panel._leave()
            background().run(leaving, "closing a panel").result(SECONDS)
        settled(lambda: logged.faults, "a word in the log")


@contextmanager
def _planted(plant: Plant) -> Iterator[None]:
    if not plant.target:
        yield
        return
    with mock.patch(PLACE + plant.target) as broken:
        _plant(broken, plant)
        yield


def _plant(broken: Any, plant: Plant) -> None:
    broken.side_effect = RuntimeError(FAULT)
    if plant.name == "reading the quotas":  # it is the second reading; the first goes well
        calls = itertools.count()

        async def second(*given: Any, **more: Any) -> Any:
            if next(calls):
                raise RuntimeError(FAULT)
            return await read_account(*given, **more)

        broken.side_effect = second


def _look(case: Case, panel: JobSubmitter, plant: Plant, server: Server) -> None:
    answer = _ask(panel, plant, server)
    if plant.trait == "answer":
        case.check("Something" in str(answer) or "cannot" in str(answer), f"it read {answer}")
    elif plant.trait:
        _shown(case, panel, plant)


def _ask(panel: JobSubmitter, plant: Plant, server: Server) -> object:
    view = View(panel)
    ask: dict[str, Callable[[], object]] = {
        "token": lambda: view.request("token", token="another"),
        "leave": lambda: _leave(view),
        "look": lambda: view.request("look", record=MARKER),
        "close": lambda: view.request("close", record=MARKER),
        "browse": lambda: view.request("browse", path=""),
        "review": lambda: view.request("review"),
        "plan": lambda: _plan(panel),
        "download": lambda: _download(panel, server),
        "submit": lambda: _submit(view, server, plant),
    }
    return ask[plant.ask]() if plant.ask in ask else None


def _leave(view: View) -> None:
    view.request("hello")
    view.leave(is_gone=True)

    def is_over() -> bool:
        leaving = view.widget._requests._leaving
        return leaving is not None and leaving.done()

    settled(is_over, "the leaving")


def _submit(view: View, server: Server, plant: Plant) -> None:
    view.submit()
    if not plant.target.endswith(".Submission"):
        settled(lambda: server.account.jobs, "the job")
        if plant.name in BEFORE_THE_END:
            until(view.widget, "job", bool)
        server.account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}


def _plan(panel: JobSubmitter) -> None:
    async def cell() -> None:
        try:
            await panel.plan()
        except RuntimeError:
            return

    asyncio.run(cell())


def _download(panel: JobSubmitter, server: Server) -> None:
    async def cell() -> None:
        await panel.submit()
        try:
            await panel.download()
        except RuntimeError:
            return  # the cell shows it, too

    asyncio.run(cell())


def _shown(case: Case, panel: JobSubmitter, plant: Plant) -> None:
    try:
        until(panel, plant.trait, lambda value: "RuntimeError" in str(value))
    except AssertionError as error:
        case.wrong(f"{plant.name} ({plant.target}) is not shown: {error}")


def _left_open(endpoint: str, state: str) -> Record:
    made = Record(
        marker=MARKER,
        endpoint=endpoint,
        folder="ca1-fit",
        form=JobForm(hpc="pizdaint", command="true", title="CA1", runtime=2.5),
        hpc="pizdaint",
        payload={"command": "true", "title": f"CA1 [{MARKER}]"},
        archive=KeptArchive(name="a.zip", size=1, sha256="0", files=1),
        manifest="0",
    ).prepared()
    return made.model_copy(update={"state": state})


ROWS = (Row("17", "work in the background raises", len(ALL), len(ALL), play, each=True),)
