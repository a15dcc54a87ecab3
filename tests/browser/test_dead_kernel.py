"""A kernel that ends or is busy while the page is open, as a researcher sees it."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import READY, run_all
from tests.browser.jupyter import Jupyter

NAME = "dead.ipynb"
SECONDS = 60_000  # milliseconds, for what a shared machine may take
NOTICED = 10.0  # seconds
BUSY_SECONDS = 20
PID = "kernel.pid"

SETUP = f"""
import os, pathlib
from bspsa_widgets import JobMonitor, JobSubmitter, LocalService
pathlib.Path("{PID}").write_text(str(os.getpid()))
service = LocalService()
panel = JobSubmitter("first-job", command="sleep 300", title="Goes on", runtime=0.1)
await panel.submit()
"""

# What can be done without a kernel: all else is shut.
LOCAL = {"Copy as Python", "Copy id", "JSON", "Title", "Stage", "Submitted", "Runtime", "Outcome"}
OPEN_BUTTONS = """(view) => [...view.querySelectorAll("button")]
  .filter((one) => !one.matches(":disabled") && one.ariaDisabled !== "true")
  .map((one) => one.textContent.replace(/[▾▴]/, "").trim())"""
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
ANOTHER = """async () => {
  const { sessionContext } = window.jupyterapp.shell.currentWidget;
  await sessionContext.changeKernel({ name: "python3" });
}"""


@pytest.fixture
def shown(jupyter: Jupyter, open_notebook: Callable[..., Page]) -> Page:
    sources = (SETUP, "panel", "JobMonitor()")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    # Without it JupyterLab asks which kernel to start.
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, jupyter.folder / NAME)
    page = open_notebook(NAME)
    run_all(page)
    expect_live(page)
    return page


def views(page: Page) -> tuple[Locator, Locator]:
    """The panel and the monitor."""
    panel, monitor = (
        page.get_by_role("region", name=name, exact=True) for name in ("Submit a job", "Jobs")
    )
    return panel, monitor


def expect_live(page: Page) -> None:
    """Both are, with the job that goes on; its details are open."""
    panel, monitor = views(page)
    expect(panel.locator(".b-now")).to_contain_text("RUNNING", timeout=SECONDS)
    expect(monitor.get_by_text("local service · live")).to_be_visible(timeout=SECONDS)
    # The newest of this title: a job of an earlier kernel may still be shown as running.
    monitor.get_by_role("row").filter(has_text="Goes on").first.click()
    expect(monitor.get_by_role("button", name="Cancel job…")).to_be_enabled(timeout=SECONDS)


def ask(url: str, method: str) -> None:
    urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=NOTICED).close()


def ends(jupyter: Jupyter, page: Page) -> dict[str, Callable[[], Any]]:
    """All ways in which a kernel ends while its page is open."""
    kernel = lambda: f"{jupyter.url}/api/kernels/{page.evaluate(f'() => {KERNEL}.id')}"  # noqa: E731
    pid = jupyter.folder / PID
    return {
        "restarted": lambda: page.evaluate(f"() => void {KERNEL}.restart()"),
        "restarted from elsewhere": lambda: ask(f"{kernel()}/restart", "POST"),
        "killed": lambda: os.kill(int(pid.read_text()), signal.SIGKILL),
        "deleted": lambda: ask(kernel(), "DELETE"),
    }


@pytest.mark.timeout(300)  # four kernels, one after the other
def test_a_kernel_that_ends_is_told_within_ten_seconds_and_the_cell_is_run_again(
    shown: Page, jupyter: Jupyter, artefacts: Path
) -> None:
    for how, end in ends(jupyter, shown).items():
        began = time.monotonic()
        end()
        for view in views(shown):
            left = max(0.01, began + NOTICED - time.monotonic())
            told = view.get_by_text(re.compile("^No kernel answers"))
            expect(told, how).to_be_visible(timeout=1000 * left)
        dialog = shown.locator(".jp-Dialog .jp-mod-accept")
        if how == "killed":  # JupyterLab says so, too
            dialog.click()
        for view in views(shown):
            expect(view, how).to_contain_text("This shows what was known")
            expect(view).to_contain_text("Run the cell again to go on.")
            expect(view.locator(".b-dot-connected")).to_have_count(0)
            assert set(view.evaluate(OPEN_BUTTONS)) <= LOCAL
        before = [view.inner_text() for view in views(shown)]
        shown.wait_for_timeout(2_500)  # what ticks has ticked
        assert [view.inner_text() for view in views(shown)] == before, how
        for view, name in zip(views(shown), ("panel", "monitor"), strict=True):
            if how == "restarted":
                expect_accessible(view)
            view.screenshot(path=artefacts / f"dead-{name}-{how.replace(' ', '-')}.png")

        if how == "restarted from elsewhere":
            shown.reload()  # else JupyterLab goes on to talk to a subshell of the old kernel
            shown.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
        if how == "deleted":
            shown.evaluate(ANOTHER)
        shown.evaluate(READY)
        run_all(shown)
        expect_live(shown)


def test_a_busy_kernel_is_told_as_busy_and_comes_back_by_itself(
    shown: Page, artefacts: Path
) -> None:
    panel, monitor = views(shown)
    # What keeps the kernel busy, as a long cell does: the test itself does not sleep.
    code = f"import time; time.sleep({BUSY_SECONDS})"
    began = time.monotonic()
    shown.evaluate(f"(code) => void {KERNEL}.requestExecute({{ code }})", code)
    for view in (panel, monitor):
        expect(view).to_contain_text("kernel busy", timeout=1000 * NOTICED)
    monitor.get_by_role("button", name="Refresh").click()
    expect(monitor.get_by_text("The kernel is busy. Your request waits there.")).to_be_visible()
    panel.screenshot(path=artefacts / "busy-panel.png")
    monitor.screenshot(path=artefacts / "busy-monitor.png")
    while time.monotonic() < began + BUSY_SECONDS - 1:
        for view in (panel, monitor):
            assert "kernel busy" in view.inner_text()
            assert "No kernel" not in view.inner_text()
        shown.wait_for_timeout(500)
    for view in (panel, monitor):
        expect(view).not_to_contain_text("kernel busy", timeout=1000 * NOTICED)
    expect(monitor).not_to_contain_text("Your request waits there.")
    expect(panel.locator(".b-dot-connected")).to_be_visible()
