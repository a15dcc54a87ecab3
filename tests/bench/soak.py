"""What a morning of work leaves behind in JupyterLab: cells run again, kernels restarted."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.bench.figure import at_most
from tests.browser.chromium import find_chromium
from tests.browser.conftest import FLAGS, READY
from tests.browser.jupyter import Jupyter
from tests.cli.server import Server
from tests.faulty_server import Account, contract

NAME = "soak.ipynb"
WARM, RUNS = 10, 40  # what grows is counted from the tenth run on
WARM_RESTARTS, RESTARTS = 5, 20
REST = 60.0  # seconds
GONE = 1.0  # until a panel that is gone has left the pages; 30 s, where nobody measures
SETTLE = 6.0
MOST_SECONDS = 340.0  # of the whole
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True, "failed": False}

# How the kernel is: memory in MB, tasks of the background loop, open files.
FIGURES = """
def _figures():
    import asyncio, ctypes, gc, os
    from bspsa_widgets.runtime.event_loop import background
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(open("/proc/self/statm").read().split()[1])
    tasks = len(asyncio.all_tasks(background().loop))
    return [pages * os.sysconf("SC_PAGE_SIZE") / 1e6, tasks, len(os.listdir("/proc/self/fd"))]
"""
SETUP = f"""
from bspsa_widgets import JobMonitor, JobSubmitter
from bspsa_widgets.widgets.base import messages as answering
answering.GONE_SECONDS = {GONE}
{FIGURES}"""
RUN = """async (places) => {
  const { commands, shell } = window.jupyterapp;
  const { content } = shell.currentWidget;
  for (const place of places) {
    content.deselectAll();
    content.activeCellIndex = place;
    await commands.execute("notebook:run-cell");
  }
}"""
ASK = """async () => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const asked = { code: "", silent: true, store_history: false };
  const expressions = { figures: "_figures()" };
  const { content } = await kernel.requestExecute({ ...asked, user_expressions: expressions }).done;
  return JSON.parse(content.user_expressions.figures.data["text/plain"]);
}"""
RESTART = """async () => {
  const { sessionContext } = window.jupyterapp.shell.currentWidget;
  await sessionContext.session.kernel.restart();
}"""
# Both are there, and a kernel has answered them.
SHOWN = """() => {
  const dots = [...document.querySelectorAll(".bspsa .b-who .b-dot")];
  return dots.length === 2 && dots.every((dot) => dot.classList.contains("b-dot-connected"));
}"""


class Figures(NamedTuple):
    """How it stands. `memory`, `heap`: MB of the kernel and of the page."""

    memory: float
    tasks: float
    files: float
    heap: float


class Traffic:
    """What comes to the page over its sockets."""

    def __init__(self, page: Page) -> None:
        self.messages = self.bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame: Any) -> None:
        self.messages += 1
        self.bytes += len(frame)


def soak() -> bool:
    """Run cells again, rest, and restart the kernel; whether all goals are reached."""
    began = time.monotonic()
    with _opened() as (page, server):
        session = page.context.new_cdp_session(page)
        traffic = Traffic(page)
        page.reload()
        _ready(page)
        page.evaluate(RUN, [0, 1, 2])
        page.wait_for_function(SHOWN)
        grown = _rerun(page, session)
        until_allowed = _rest(page, server, traffic)
        heap = _restart(page, session, began + MOST_SECONDS)
    return all([*grown, *until_allowed, heap])


def _rerun(page: Page, session: CDPSession) -> list[bool]:
    def run(count: int) -> Figures:
        for _ in range(count):
            page.evaluate(RUN, [1, 2])
            page.wait_for_function(SHOWN)
        page.wait_for_timeout(1000 * SETTLE)
        return _figures(page, session)

    before = run(WARM)
    after = run(RUNS - WARM)
    grown = [(late - early) for early, late in zip(before, after, strict=True)]
    each = RUNS - WARM
    return [
        at_most("a cell run again: memory of the kernel", [grown[0] / each], 0.4, "MB"),
        at_most("  tasks", [grown[1] / each], 0, "tasks"),
        at_most("  open files", [grown[2] / each], 0.1, "files"),
        at_most("  heap of the page", [grown[3] / each], 0.4, "MB"),
    ]


def _rest(page: Page, server: Server, traffic: Traffic) -> list[bool]:
    asked, messages, size = len(server.ledger), traffic.messages, traffic.bytes
    page.wait_for_timeout(1000 * REST)
    return [
        at_most("a minute at rest: requests", [len(server.ledger) - asked], 12, "requests"),
        at_most("  messages to the page", [traffic.messages - messages], 200, "messages"),
        at_most("  bytes to the page", [(traffic.bytes - size) / 1000], 200, "kB"),
    ]


def _restart(page: Page, session: CDPSession, deadline: float) -> bool:
    heaps: list[float] = []
    for _ in range(RESTARTS):
        page.evaluate(RESTART)
        page.evaluate(READY)
        page.evaluate(RUN, [0, 1, 2])
        page.wait_for_function(SHOWN)
        heaps.append(_heap(session))
        if time.monotonic() > deadline:
            break
    counted = len(heaps) - WARM_RESTARTS
    if counted < 1:
        print(f"only {len(heaps)} restarts of the kernel in time: MISSED", flush=True)
        return False
    each = (heaps[-1] - heaps[WARM_RESTARTS - 1]) / counted
    what = f"a restart of the kernel (of {len(heaps)}): heap of the page"
    return at_most(what, [each], 0.5, "MB")


def _figures(page: Page, session: CDPSession) -> Figures:
    return Figures(*page.evaluate(ASK), _heap(session))


def _heap(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


@contextmanager
def _opened() -> Iterator[tuple[Page, Server]]:
    """A notebook with a panel and a monitor of a service that counts what it is asked."""
    body = contract("submit_pizdaint.json")["response"]["body"]
    account = Account(
        [body | DONE | {"id": number, "job_id": f"A-{number}"} for number in range(50)]
    )
    state = Path(tempfile.mkdtemp(prefix="bspsa-soak-"))
    (state / "notebooks").mkdir()
    jupyter = None
    try:
        with Server(account) as server, sync_playwright() as playwright:
            _write(state / "notebooks" / NAME, server.url)
            jupyter = Jupyter(state / "notebooks", state)
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1200, "height": 1400})
            page.set_default_timeout(1000 * MOST_SECONDS / 4)
            page.goto(f"{jupyter.url}/lab/workspaces/soak/tree/{NAME}")
            _ready(page)
            yield page, server
            browser.close()
            jupyter.end_kernels()
    finally:
        if jupyter is not None:
            jupyter.stop()
        shutil.rmtree(state, ignore_errors=True)


def _ready(page: Page) -> None:
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
    page.evaluate(READY)


def _write(path: Path, url: str) -> None:
    where = f'endpoint="{url}", token="t"'
    sources = (
        SETUP,
        f"panel = JobSubmitter({where})\npanel",
        f"monitor = JobMonitor({where})\nmonitor",
    )
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    path.write_text(json.dumps(made))
