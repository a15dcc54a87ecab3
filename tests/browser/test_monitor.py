"""The monitor, as a researcher comes back to it: a running, a failed and a finished job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import READY, run_all
from tests.browser.jupyter import Jupyter

NAME = "watched.ipynb"
SECONDS = 60_000  # milliseconds, for jobs on a shared machine
NO_KERNEL = "No kernel answers"
SAVE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"  # turns it on, or off again

SUBMIT = """
from bspsa_widgets import JobMonitor, JobSubmitter, LocalService
service = LocalService()
for title, command in {
    "Fit, done": "head -c 3000000 /dev/zero > big.bin; "
    "printf 'a,b\\\\n1,<i>two</i>\\\\n' > table.csv",
    "Fit, failed": "echo begun; python -c 'import efel'",
    "Fit, running": "i=0; while [ $i -lt 900 ]; do i=$((i+1)); echo step $i; sleep 0.1; done",
}.items():
    panel = JobSubmitter("first-job", command=command, title=title, runtime=0.05)
    await panel.submit()
    if "running" not in title:
        await panel.done()
"""


@pytest.fixture
def watched(jupyter: Jupyter, open_notebook: Callable[[str], Page]) -> Page:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (SUBMIT, "JobMonitor()")]
    )
    # Without it JupyterLab asks which kernel to start.
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, jupyter.folder / NAME)
    page = open_notebook(NAME)
    run_all(page)
    expect(row(page, "Fit, running")).to_be_visible(timeout=SECONDS)
    return page


def monitor(page: Page) -> Locator:
    return page.get_by_role("region", name="Jobs", exact=True)


def row(page: Page, title: str) -> Locator:
    """The newest job of this title: those of the tests before are there, too."""
    return page.get_by_role("row").filter(has_text=title).first


def button(page: Page, name: str) -> Locator:
    return monitor(page).get_by_role("button", name=name, exact=True)


def tab(page: Page, name: str) -> Locator:
    return monitor(page).get_by_role("tab", name=name)


def execute(page: Page, command: str) -> Any:
    return page.evaluate("(name) => window.jupyterapp.commands.execute(name)", command)


def test_a_running_jobs_output_is_followed_until_it_is_cancelled(
    watched: Page, artefacts: Any
) -> None:
    row(watched, "Fit, running").click()
    tab(watched, "Output").click()
    button(watched, "stdout").click()
    output = monitor(watched).locator(".b-raw")
    expect(output).to_contain_text("step 1", timeout=SECONDS)
    expect(output).to_contain_text("step 30", timeout=SECONDS)  # it goes on by itself
    expect_accessible(monitor(watched))
    monitor(watched).screenshot(path=artefacts / "monitor-running.png")

    button(watched, "Cancel job…").click()
    question = monitor(watched).locator(".b-question")
    expect(question).to_be_visible()
    button(watched, "No, leave it").click()
    expect(row(watched, "Fit, running")).to_contain_text("RUNNING")

    button(watched, "Cancel job…").click()
    button(watched, "Cancel the job").click()
    expect(row(watched, "Fit, running")).to_contain_text("CANCELED", timeout=SECONDS)
    expect(button(watched, "Cancel job…")).to_be_hidden()


def test_a_failed_job_leads_with_its_cause_and_the_end_of_stderr(
    watched: Page, artefacts: Any
) -> None:
    row(watched, "Fit, failed").click()
    expect(tab(watched, "Output")).to_have_attribute("aria-selected", "true")
    band = monitor(watched).locator(".b-err")
    expect(band).to_contain_text("efel", timeout=SECONDS)
    expect(band).to_contain_text("rule")
    output = monitor(watched).locator(".b-raw")
    expect(output).to_contain_text("ModuleNotFoundError: No module named 'efel'")
    expect_accessible(monitor(watched))
    monitor(watched).screenshot(path=artefacts / "monitor-failed.png")


def test_results_are_looked_at_and_fetched_beside_the_notebook(
    watched: Page, jupyter: Jupyter, artefacts: Any
) -> None:
    row(watched, "Fit, done").click()
    tab(watched, "Files").click()
    button(watched, "Preview table.csv").click()
    preview = monitor(watched).locator(".b-preview")
    expect(preview.get_by_text("<i>two</i>")).to_be_visible(timeout=SECONDS)

    monitor(watched).get_by_role("button", name="Download all").click()
    expect(monitor(watched).get_by_text("5 downloaded", exact=False)).to_be_visible(timeout=SECONDS)
    expect_accessible(monitor(watched))
    monitor(watched).screenshot(path=artefacts / "monitor-files.png")
    (folder,) = (jupyter.folder / "results").glob("Fit, done-*")
    assert (folder / "big.bin").stat().st_size == 3_000_000

    (folder / "table.csv").write_text("my own notes\n")
    monitor(watched).get_by_role("button", name="Download all").click()
    expect(monitor(watched).get_by_text("4 here already", exact=False)).to_be_visible(
        timeout=SECONDS
    )
    assert (folder / "table.csv").read_text() == "my own notes\n"
    button(watched, "Replace it").click()
    expect(monitor(watched).get_by_text("1 downloaded", exact=False)).to_be_visible(timeout=SECONDS)
    assert (folder / "table.csv").read_text().startswith("a,b")


def test_the_table_is_used_by_keyboard_and_filtered(watched: Page) -> None:
    monitor(watched).get_by_placeholder("Filter by title, id or stage").fill("FAILED")
    expect(row(watched, "Fit, failed")).to_be_visible()
    expect(row(watched, "Fit, done")).to_be_hidden()
    table = monitor(watched).get_by_role("grid", name="Jobs")
    table.focus()
    table.press("Home")
    table.press("Enter")
    expect(tab(watched, "Output")).to_be_visible()
    table.press("Enter")
    expect(tab(watched, "Output")).to_be_focused()
    watched.keyboard.press("ArrowLeft")
    expect(tab(watched, "Overview")).to_have_attribute("aria-selected", "true")


def test_reopened_without_a_kernel_it_shows_what_was_known_and_does_nothing(
    watched: Page, jupyter: Jupyter, artefacts: Any
) -> None:
    row(watched, "Fit, running").click()
    button(watched, "Cancel job…").click()
    button(watched, "Cancel the job").click()
    expect(row(watched, "Fit, running")).to_contain_text("CANCELED", timeout=SECONDS)
    execute(watched, SAVE_STATE)
    execute(watched, "docmanager:save")
    watched.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    watched.goto(f"{jupyter.url}/lab/workspaces/again/tree/{NAME}")
    watched.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
    watched.evaluate(READY)  # a kernel that has run nothing
    expect(monitor(watched).get_by_text(NO_KERNEL, exact=False)).to_be_visible(timeout=SECONDS)
    expect(row(watched, "Fit, failed")).to_be_visible()
    expect(button(watched, "Refresh")).to_be_disabled()
    expect(watched.locator(".bspsa-saved")).to_be_visible()  # it may say more than the monitor
    expect_accessible(monitor(watched))
    monitor(watched).screenshot(path=artefacts / "monitor-no-kernel.png")
    execute(watched, SAVE_STATE)


def test_reopened_without_its_state_the_jobs_are_there_in_plain_words(
    watched: Page, jupyter: Jupyter, artefacts: Any
) -> None:
    copy = watched.locator(".bspsa-saved")
    expect(copy).to_be_hidden()  # as the monitor itself is there
    expect(copy).to_contain_text("UTC")  # it follows the jobs within seconds
    execute(watched, "docmanager:save")
    watched.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    watched.goto(f"{jupyter.url}/lab/workspaces/plain/tree/{NAME}")
    watched.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
    watched.evaluate(READY)
    expect(copy).to_be_visible(timeout=SECONDS)
    for words in ("Fit, done", "SUCCESSFUL: Done.", "Fit, failed", "FAILED", "UTC"):
        expect(copy).to_contain_text(words)


def test_it_fits_a_narrow_window_in_the_dark_theme(watched: Page, artefacts: Any) -> None:
    watched.evaluate(
        """async () => {
          const { commands } = window.jupyterapp;
          await commands.execute("apputils:change-theme", { theme: "JupyterLab Dark" });
          await commands.execute("application:toggle-left-area");
        }"""
    )
    watched.set_viewport_size({"width": 480, "height": 1400})
    row(watched, "Fit, failed").click()
    assert monitor(watched).evaluate("element => element.scrollWidth <= element.clientWidth")
    expect_accessible(monitor(watched))
    monitor(watched).screenshot(path=artefacts / "monitor-dark-narrow.png")
