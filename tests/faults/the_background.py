"""Row 17: work in the background raises: it is logged, shown in the panel, and looked at.

Every name that the panel gives its work is found in the source; each has a fault planted in
it here, so that a new one is not forgotten.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import itertools
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import comm

from bspsa_widgets import widgets
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.submission.account import read_account
from bspsa_widgets.submission.record import KeptArchive, Record
from bspsa_widgets.submission.records import Records
from bspsa_widgets.widgets.background import background
from bspsa_widgets.widgets.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import TOKEN, small_folder
from tests.faulty_server import Account
from tests.widgets.view import SECONDS, RecordingComm, View, settled, until

FAULT = "a fault that was planted"
PLACE = "bspsa_widgets.widgets."
MARKER = "nb-aaaabbbbccccdddd"


class Plant(NamedTuple):
    """A fault in one piece of work.

    Attributes:
        name: of the work. target: what raises. ask: what the view asks for; "submit" too.
        state: of a record that is there before the panel is, "" for none.
        trait: where the panel shows it; "" where it has nothing left to show it in.
    """

    name: str
    target: str
    trait: str
    ask: str = ""
    state: str = ""


PLANTS = (
    Plant("counting files", "folder_count.look", "folder_info"),
    Plant("connecting", "greeting.read_account", "connection"),
    Plant("connecting", "view_state.quotas_state", "connection"),
    Plant("taking a token", "greeting.Greeting.greet", "records", "token"),
    Plant("taking up earlier submissions", "history.History._load", "records"),
    Plant("listing submissions", "history.History.show", "records", "submit"),
    Plant("looking for a job", "history.resume", "records", state="sending"),
    Plant("looking for a job", "history.History.look", "answer", "look"),
    Plant("following a job", "shown_job.follow", "job_view", "submit"),
    Plant("following a job", "history.keep_end", "records", "submit"),
    Plant("reading the quotas", "greeting.read_account", "connection", "submit"),
    Plant("submission", "job_submitter.Submission", "status", "submit"),
    Plant("reviewing", "reviews.plan", "answer", "review"),
    Plant("reviewing", "reviews.review", "answer", "review"),
    Plant("planning", "reviews.plan", "records", "plan"),
    Plant("browsing", "requests.listing", "answer", "browse"),
    Plant("download", "job_submitter.fetch_results", "records", "download"),
    Plant("closing a panel", "link.Link.aclose", ""),
)


def names() -> set[str]:
    """Of all work that any module of the panel starts."""
    found = set()
    for path in Path(widgets.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "name")]
                if node.func.attr in ("run", "_held_if_open"):
                    found |= {str(one.value) for one in given if isinstance(one, ast.Constant)}
    return found


def play(case: Case) -> None:
    plant = PLANTS[case.seed % len(PLANTS)]
    case.note(plant.name)
    planted = {one.name for one in PLANTS}
    case.check(names() == planted, f"names and plants differ: {names() ^ planted}")
    home = Path(tempfile.mkdtemp(prefix="background-"))
    comm.create_comm = RecordingComm
    logged = _Faults()
    gc.collect()  # what other cases of this process have left is none of this one's
    lost: list[dict[str, Any]] = []
    background().run(_watch(lost), "watching").result(SECONDS)
    logging.getLogger().addHandler(logged)
    try:
        with Server(Account()) as server, mock.patch(PLACE + plant.target) as broken:
            _plant(broken, plant)
            _play(case, plant, home, server, logged)
        gc.collect()
        case.check(not lost, f"nobody looked at {lost}")
        case.check(not logged.lost, f"nobody looked at {logged.lost}")
    finally:
        logging.getLogger().removeHandler(logged)
        shutil.rmtree(home)


def _plant(broken: Any, plant: Plant) -> None:
    broken.side_effect = RuntimeError(FAULT)
    if plant.name == "reading the quotas":  # it is the second reading; the first goes well
        calls = itertools.count()

        async def second(service: Any) -> Any:
            if next(calls):
                raise RuntimeError(FAULT)
            return await read_account(service)

        broken.side_effect = second


def _play(case: Case, plant: Plant, home: Path, server: Server, logged: _Faults) -> None:
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
    )
    try:
        answer = _ask(panel, plant, server)
        if plant.trait == "answer":
            case.check("Something" in str(answer) or "cannot" in str(answer), f"it read {answer}")
        elif plant.trait:
            _shown(case, panel, plant)
    finally:
        panel.close()
        if plant.name != "closing a panel":  # that one would raise here, too
            background().run(panel._leave(), "closing a panel").result(SECONDS)
    settled(lambda: logged.faults, "a word in the log")


def _ask(panel: JobSubmitter, plant: Plant, server: Server) -> object:
    view = View(panel)
    ask: dict[str, Callable[[], object]] = {
        "token": lambda: view.request("token", token="another"),
        "look": lambda: view.request("look", record=MARKER),
        "browse": lambda: view.request("browse", path=""),
        "review": lambda: view.request("review"),
        "plan": lambda: _plan(panel),
        "download": lambda: _download(panel, server),
        "submit": lambda: _submit(view, server, plant),
    }
    return ask[plant.ask]() if plant.ask in ask else None


def _submit(view: View, server: Server, plant: Plant) -> None:
    view.submit()
    if plant.target != "job_submitter.Submission":
        settled(lambda: server.account.jobs, "the job")
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


async def _watch(lost: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))


class _Faults(logging.Handler):
    """What the package logs as an error, and what asyncio says was lost."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.faults: list[str] = []
        self.lost: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.name.startswith("bspsa_widgets") and record.exc_info:
            if FAULT in str(record.exc_info[1]):
                self.faults.append(said)
        elif "never retrieved" in said or "is pending" in said:
            self.lost.append(said)


ROWS = (Row("17", "work in the background raises", len(PLANTS), len(PLANTS), play, each=True),)
