"""A lost answer, as a researcher meets it: told, looked for, found, and there after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import READY, run_all
from tests.browser.jupyter import Jupyter
from tests.cli.server import Server
from tests.faulty_server import Account, Reply

LIST = ("GET", "/jobs/")


@pytest.fixture
def account() -> Account:
    """Makes the job, loses the answer, and does not list the job yet."""
    return Account(creates=True).on("POST", "/jobs/", Reply.html(500)).on(*LIST, Reply.json([]))


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    with Server(account) as running:
        yield running


@pytest.fixture
def notebook(jupyter: Jupyter, server: Server, open_notebook: Callable[[str], Page]) -> Page:
    cell = (
        "from bspsa_widgets import JobSubmitter\n"
        f'JobSubmitter("first-job", endpoint="{server.url}", token="t", '
        'command="true", title="CA1 fit")'
    )
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    # Without it JupyterLab asks which kernel to start.
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, jupyter.folder / "lost.ipynb")
    page = open_notebook("lost.ipynb")
    run_all(page)
    return page


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def restart(page: Page) -> None:
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    page.evaluate(READY)


def test_a_lost_answer_is_cleared_up_and_outlives_the_kernel(
    notebook: Page, account: Account, server: Server, artefacts: Path
) -> None:
    panel = notebook.locator(".bspsa").first
    click(notebook, "Submit")
    unknown = panel.get_by_text("We don't know yet whether the job was accepted.").first
    expect(unknown).to_be_visible(timeout=20_000)
    expect(panel.get_by_text("Next check in", exact=False)).to_be_visible()
    panel.screenshot(path=artefacts / "lost-looking.png")

    click(notebook, "Submit again…")
    expect(panel.get_by_text("both use your quota", exact=False)).to_be_visible()
    panel.screenshot(path=artefacts / "lost-asked.png")
    click(notebook, "No, leave it")

    del account.replies[LIST]
    click(notebook, "Look now")
    expect(panel.get_by_text("Submitted. Piz Daint has your job.").first).to_be_visible()
    job_id = account.jobs[0]["job_id"]
    expect(panel.get_by_text(job_id).first).to_be_visible()

    restart(notebook)
    run_all(notebook)
    expect(panel.get_by_text(job_id).first).to_be_visible(timeout=20_000)
    panel.get_by_text("Earlier submissions (1)").click()
    expect(panel.get_by_role("button", name="Use these settings again")).to_be_visible()
    panel.screenshot(path=artefacts / "lost-found-after-restart.png")
    assert server.posts == len(account.jobs) == 1
