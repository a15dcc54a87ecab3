"""What a page tells of an output that goes: for good, or with its notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import READY, run_all
from tests.browser.jupyter import Jupyter

NAME = "left.ipynb"
SECONDS = 60_000  # milliseconds, for what a shared machine may take
SETUP = """
from bspsa_widgets import JobSubmitter
from bspsa_widgets.widgets.base import messages, views
messages.GONE_SECONDS, messages.CHECK_SECONDS, views.WATCHED_SECONDS = 0.2, 0.2, 3.0
made = []
"""
SHOW = """
made.append(JobSubmitter(endpoint="http://127.0.0.1:9", token="t"))
made[-1]"""
RUN = """async (place) => {
  const { commands, shell } = window.jupyterapp;
  shell.currentWidget.content.deselectAll();
  shell.currentWidget.content.activeCellIndex = place;
  await commands.execute("notebook:run-cell");
}"""
CLOSE = """async () => {
  const { commands, shell } = window.jupyterapp;
  await commands.execute("docmanager:save");
  shell.currentWidget.dispose();
}"""
OPEN = """async (path) => {
  await window.jupyterapp.commands.execute("docmanager:open", { path });
}"""
OUT = """async () => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const expressions = { out: "[int(one.comm is None) for one in made]" };
  const asked = { code: "", silent: true, store_history: false, user_expressions: expressions };
  const { content } = await kernel.requestExecute(asked).done;
  return JSON.parse(content.user_expressions.out.data["text/plain"]);
}"""


@pytest.fixture
def shown(jupyter: Jupyter, open_notebook: Callable[..., Page]) -> Page:
    cells = [nbformat.v4.new_code_cell(one) for one in (SETUP, SHOW)]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, jupyter.folder / NAME)
    page = open_notebook(NAME)
    run_all(page)
    expect_live(page)
    return page


def expect_live(page: Page) -> None:
    """The panel is there, and a kernel answers it."""
    panel = page.get_by_role("region", name="Submit a job", exact=True)
    expect(panel.get_by_text("not reachable")).to_be_visible(timeout=SECONDS)


def out(page: Page, wanted: list[int]) -> Any:
    """Which of the panels have left the pages, once it is as wanted, or after a while."""
    for _ in range(100):
        if (found := page.evaluate(OUT)) == wanted:
            break
        page.wait_for_timeout(100)
    return found


def test_a_panel_leaves_as_its_cell_runs_again_and_not_with_a_notebook_that_is_closed(
    shown: Page,
) -> None:
    shown.evaluate(RUN, 1)
    assert out(shown, [1, 0]) == [1, 0]
    expect_live(shown)
    shown.evaluate(CLOSE)
    shown.wait_for_timeout(1_000)  # longer than what is gone stays
    shown.evaluate(OPEN, NAME)
    shown.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
    shown.evaluate(READY)
    expect_live(shown)
    assert out(shown, [1, 0]) == [1, 0]
    shown.evaluate(RUN, 1)
    assert out(shown, [1, 1, 0]) == [1, 1, 0]
