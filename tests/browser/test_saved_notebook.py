"""A notebook that was saved after a submission, opened again in every way that there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import READY, run_all
from tests.browser.jupyter import Jupyter

NAME = "saved.ipynb"
SETUP = "from bspsa_widgets import JobSubmitter, LocalService\nservice = LocalService()"
PANEL = 'panel = JobSubmitter("first-job", command="true", title="CA1 <b>fit</b>")\npanel'
SECONDS = 60_000  # milliseconds, for a job on a shared machine
NO_KERNEL = "No kernel answers"
DONE = "Done. The job ran to its end."

SAVE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"  # turns it on, or off again


def notebook(*sources: str) -> Any:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    # Without it JupyterLab asks which kernel to start.
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    return made


def copies(page: Page) -> Locator:
    return page.locator(".bspsa-saved")


def panels(page: Page) -> Locator:
    return page.locator(".bspsa")


def execute(page: Page, command: str) -> None:
    page.evaluate("(name) => window.jupyterapp.commands.execute(name)", command)


def ready(page: Page) -> Page:
    """Once the file is there, and JupyterLab has tried to show all that is in it."""
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.ready")
    expect(page.locator(".jp-OutputArea-output").first).to_be_attached()
    return page


class Saved:
    """A notebook whose job is over, on the disk; its kernel has ended."""

    def __init__(self, jupyter: Jupyter, page: Page, job_id: str) -> None:
        self.jupyter = jupyter
        self.page = page
        self.job_id = job_id
        self.path = jupyter.folder / NAME

    def change(self, change: Callable[[Any], object]) -> None:
        """The file, as another program would."""
        read = json.loads(self.path.read_text(encoding="utf-8"))
        change(read)
        self.path.write_text(json.dumps(read), encoding="utf-8")

    def reopen(self, workspace: str) -> Page:
        self.page.goto(f"{self.jupyter.url}/lab/workspaces/{workspace}/tree/{NAME}")
        return ready(self.page)

    def expect_copies(self, page: Page) -> None:
        """Both cells say what was submitted, with the panel or without one."""
        expect(copies(page)).to_have_count(2)
        for copy in (copies(page).first, copies(page).last):
            expect(copy).to_be_visible()
            for words in (DONE, self.job_id, "SUCCESSFUL: Done.", "CA1 <b>fit</b>", "UTC"):
                expect(copy).to_contain_text(words)


@pytest.fixture
def shown(jupyter: Jupyter, open_notebook: Callable[[str], Page]) -> Page:
    """The panel in two cells, and a job that was submitted by a click and is over."""
    nbformat.write(notebook(SETUP, PANEL, "panel"), jupyter.folder / NAME)
    page = open_notebook(NAME)
    run_all(page)
    page.get_by_role("button", name="Submit", exact=True).first.click()
    expect(panels(page).first.get_by_text(DONE).first).to_be_visible(timeout=SECONDS)
    return page


def save(jupyter: Jupyter, page: Page) -> Saved:
    job_id = panels(page).first.locator("dd code").first.inner_text()
    for copy in (copies(page).first, copies(page).last):
        expect(copy).to_contain_text(DONE)  # it comes right behind what the panel shows
    execute(page, "docmanager:save")
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()",
    )
    return Saved(jupyter, page, job_id)


@pytest.fixture
def saved(jupyter: Jupyter, shown: Page) -> Saved:
    return save(jupyter, shown)


@pytest.fixture
def saved_with_state(jupyter: Jupyter, shown: Page) -> Iterator[Saved]:
    """With the setting that keeps widgets' state in the file."""
    execute(shown, SAVE_STATE)
    yield save(jupyter, shown)
    execute(shown, SAVE_STATE)


def test_while_the_panel_is_there_its_copies_are_not_seen_and_leave_no_gap(shown: Page) -> None:
    expect(panels(shown)).to_have_count(2)
    expect(copies(shown)).to_have_count(2)
    for copy in (copies(shown).first, copies(shown).last):
        expect(copy).to_be_hidden()
        around = copy.locator("xpath=ancestor::*[contains(@class, 'jp-OutputArea-child')]")
        expect(around).to_be_hidden()


def test_reopened_with_a_kernel_that_ran_nothing_it_is_all_there(
    saved: Saved, artefacts: Path
) -> None:
    page = saved.reopen("fresh")
    page.evaluate(READY)
    saved.expect_copies(page)
    expect(panels(page)).to_have_count(0)
    page.screenshot(path=artefacts / "saved-fresh-kernel.png")


def test_reopened_without_a_kernel_it_is_all_there(saved: Saved) -> None:
    saved.change(lambda read: read.update(metadata={}))  # else a kernel of its language starts
    page = saved.reopen("none")
    dialog = page.get_by_role("dialog").filter(has_text="Select Kernel")  # JupyterLab asks
    dialog.get_by_role("button", name="No Kernel").click()
    expect(dialog).to_be_hidden()
    saved.expect_copies(page)
    expect(panels(page)).to_have_count(0)


def test_reopened_untrusted_it_is_all_there(saved: Saved) -> None:
    saved.change(lambda read: read["cells"][0].update(source="changed elsewhere"))
    page = saved.reopen("untrusted")
    saved.expect_copies(page)
    assert page.evaluate(
        "() => [...window.jupyterapp.shell.currentWidget.content.model.cells]"
        ".some((cell) => !cell.trusted)"
    )
    expect(panels(page)).to_have_count(0)
    expect(page.get_by_text("Run this cell in Jupyter to use it.").first).to_be_visible()


def test_with_its_state_saved_the_panel_is_read_only_and_says_so(
    saved_with_state: Saved, artefacts: Path
) -> None:
    saved = saved_with_state
    page = saved.reopen("state")
    expect(panels(page)).to_have_count(2)
    panel = panels(page).first
    expect(panel.get_by_text(NO_KERNEL)).to_be_visible(timeout=10_000)
    expect(panel.get_by_text("This shows what was known at")).to_be_visible()
    expect(panel.get_by_text(saved.job_id).first).to_be_visible()
    for name in ("Title", "Command", "System"):
        expect(panel.get_by_label(name, exact=True)).to_be_disabled()
    expect(panel.get_by_role("button", name="Submit", exact=True)).to_be_disabled()
    saved.expect_copies(page)  # they may say more than the panel, which nobody kept up to date
    panel.screenshot(path=artefacts / "saved-read-only.png")


def test_with_its_state_saved_a_notebook_that_is_not_trusted_shows_the_copies(
    saved_with_state: Saved,
) -> None:
    saved_with_state.change(lambda read: read["cells"][0].update(source="changed elsewhere"))
    page = saved_with_state.reopen("state-untrusted")
    saved_with_state.expect_copies(page)
    expect(panels(page)).to_have_count(0)


def test_a_page_of_html_alone_says_what_was_submitted(saved: Saved) -> None:
    read = json.loads(saved.path.read_text(encoding="utf-8"))
    parts = [
        "".join(output["data"]["text/html"])
        for cell in read["cells"]
        for output in cell["outputs"]
        if "text/html" in output.get("data", ())  # a stream has none
    ]
    saved.page.goto("about:blank")
    saved.page.set_content("".join(parts))
    saved.expect_copies(saved.page)
