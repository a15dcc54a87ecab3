"""The copy beside a panel: hidden while the panel is live, and kept up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary
from playwright.sync_api import Page, expect

from tests.browser.conftest import READY, run_all
from tests.browser.jupyter import Jupyter
from tests.browser.test_saved_notebook import SETUP, copies, execute, notebook, panels, ready

OUTPUT = """
import ipywidgets
from IPython.display import display
out = ipywidgets.Output()
with out:
    print("first words")
    display(JobSubmitter("first-job"))
    print("last words")
out
"""
INTERACT = """
def show(hpc):
    print("words of interact")
    display(JobSubmitter("first-job", hpc=hpc))
ipywidgets.interact(show, hpc=["nsg", "pizdaint"]);
"""
SLEEPER = """
panel = JobSubmitter("first-job", command="while [ ! -e go ]; do sleep 0.1; done")
panel
"""
MONITOR = "from bspsa_widgets import JobMonitor\nmonitor = JobMonitor()\nmonitor"
SEEN = "await panel.submit()\nawait panel.done()\nawait monitor.refresh();"
SECONDS = 60_000  # milliseconds


def trust(made: NotebookNode, data: Path) -> None:
    """Sign a notebook, as JupyterLab's "Trust" does.

    Args:
        made: the notebook.
        data: Jupyter's data folder, in which the signatures are.
    """
    notary = NotebookNotary(data_dir=str(data))
    notary.sign(made)
    notary.store.close()


def test_within_an_output_of_ipywidgets_the_panel_and_all_else_is_seen(
    jupyter: Jupyter, open_notebook: Callable[[str], Page]
) -> None:
    nbformat.write(notebook(SETUP, OUTPUT, INTERACT), jupyter.folder / "outputs.ipynb")
    page = open_notebook("outputs.ipynb")
    run_all(page)
    expect(panels(page)).to_have_count(2)
    for number in (0, 1):
        expect(panels(page).nth(number)).to_be_visible()
    for words in ("first words", "last words", "words of interact"):
        expect(page.locator(".jp-OutputArea-output pre", has_text=words).last).to_be_visible()
    for copy in copies(page).all():
        expect(copy).to_be_hidden()


def test_after_a_reload_during_a_job_the_copy_in_the_notebook_has_its_end(
    jupyter: Jupyter, open_notebook: Callable[[str], Page]
) -> None:
    nbformat.write(notebook(SETUP, SLEEPER), jupyter.folder / "reload.ipynb")
    page = open_notebook("reload.ipynb")
    run_all(page)
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(panels(page).locator("dd code").first).to_be_visible(timeout=SECONDS)
    execute(page, "docmanager:save")
    page.reload()
    ready(page)
    page.evaluate(READY)
    expect(panels(page).get_by_text("RUNNING").first).to_be_visible(timeout=SECONDS)
    job_id = panels(page).locator("dd code").first.inner_text()
    (jupyter.service_dir / "jobs" / job_id / "work" / "go").touch()
    expect(panels(page).get_by_text("Done.").first).to_be_visible(timeout=SECONDS)
    expect(copies(page).first).to_contain_text("SUCCESSFUL: Done.")
    expect(copies(page).first).to_be_hidden()
    execute(page, "docmanager:save")
    saved = nbformat.read(jupyter.folder / "reload.ipynb", as_version=4)
    shown = [output.get("data", {}) for output in saved.cells[1].outputs]
    [html] = [data["text/html"] for data in shown if "text/html" in data]
    assert "SUCCESSFUL: Done." in html


def test_of_a_notebook_that_a_program_ran_the_copies_are_seen(
    jupyter: Jupyter,
    open_notebook: Callable[[str], Page],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("BSPSA_SERVICE_DIR", str(tmp_path / "service"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = notebook(
        SETUP, 'panel = JobSubmitter("first-job", command="true")\npanel', MONITOR, SEEN
    )
    resources = {"metadata": {"path": str(jupyter.folder)}}
    NotebookClient(made, timeout=120, resources=resources).execute()
    nbformat.write(made, jupyter.folder / "program.ipynb")
    trust(made, jupyter.data)
    page = open_notebook("program.ipynb")
    expect(page.get_by_text("No kernel answers").first).to_be_visible(timeout=SECONDS)
    expect(copies(page)).to_have_count(2)
    for copy in (copies(page).first, copies(page).last):
        expect(copy).to_be_visible()
        expect(copy).to_contain_text("SUCCESSFUL: Done.")
