"""Keys that are pressed in a widget stay there: JupyterLab would take them as commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import run_all
from tests.browser.jupyter import Jupyter

SECONDS = 60_000  # milliseconds, for a job on a shared machine
# What the notebook takes as commands: insert, Markdown, cut, delete, restart, next cell, edit,
# run in three ways.
KEYS = ("b", "m", "x", "d", "d", "0", "0", "ArrowDown", "ArrowUp", "Shift+Enter")
KEYS += ("Control+Enter", "Alt+Enter", "Control+Shift+ArrowDown", "Enter")
LEAST = 60  # elements that are there to be tried

SETUP = """
from bspsa_widgets import JobMonitor, JobSubmitter, LocalService
service = LocalService()
panel = JobSubmitter("keys", command="echo zebra > kept.txt; sleep 300", title="Keys")
await panel.submit()
"""

# Every key is a real one; what a click or a change would do is not part of this test.
PREPARE = """() => {
  const { commands, shell } = window.jupyterapp;
  const { sessionContext } = shell.currentWidget;
  const keys = { tried: new Set(), executed: [], shut: false };
  window.keysTest = keys;
  commands.commandExecuted.connect((_, { id }) => keys.executed.push(id));
  sessionContext.statusChanged.connect((_, status) => {
    if (status.includes("restarting")) keys.executed.push(status);
  });
  for (const kind of ["click", "input", "change"])
    window.addEventListener(kind, (event) => {
      if (!keys.shut || !event.target.closest?.(".bspsa")) return;
      event.stopImmediatePropagation();
      if (kind === "click") event.preventDefault();
    }, true);
}"""
NEXT = """(view) => {
  const { tried } = window.keysTest;
  const nameOf = (element) => [
    element.tagName, element.type, element.getAttribute("role"), element.ariaLabel,
    element.labels?.[0]?.textContent, element.textContent.slice(0, 40),
  ].filter(Boolean).join(" ");
  for (const element of view.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]"
  )) {
    const name = nameOf(element);
    if (tried.has(name) || element.matches(":disabled") || !element.checkVisibility()) continue;
    element.focus();
    if (document.activeElement !== element) continue;
    tried.add(name);
    Object.assign(window.keysTest, { element, shut: true, value: element.value });
    return name;
  }
  return null;
}"""
AFTER = """() => {
  const { keysTest: keys } = window;
  if (keys.value !== undefined) keys.element.value = keys.value;
  keys.shut = false;
  return keys.executed.splice(0);
}"""
STATE = """() => {
  const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
  return [
    sessionContext.session.kernel.id,
    content.mode,
    ...content.widgets.map(({ model }) =>
      [model.id, model.type, model.sharedModel.getSource(), model.executionCount]),
  ];
}"""


@pytest.fixture
def notebook(jupyter: Jupyter) -> str:
    folder = jupyter.folder / "keys"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name in ("run.sh", ".env", "data/cells.csv"):
        (folder / name).write_text("x")
    sources = (SETUP, "panel", "JobMonitor()", "'the last cell'")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    # Without it JupyterLab asks which kernel to start.
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, jupyter.folder / "keys.ipynb")
    return "keys.ipynb"


@pytest.fixture(params=["lab", "notebook"])
def shown(
    request: pytest.FixtureRequest,
    notebook: str,
    open_notebook: Callable[..., Page],
    artefacts: Path,
) -> Page:
    page = open_notebook(notebook, request.param)
    run_all(page)
    page.evaluate(PREPARE)
    return page


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def press_everywhere(page: Page, view: Locator) -> dict[str, Any]:
    """Press all keys on all elements that were not tried before.

    Returns:
        By the element's name, the commands that were executed.
    """
    taken: dict[str, Any] = {}
    element = view.element_handle()
    while (name := page.evaluate(NEXT, element)) is not None:
        for key in KEYS:
            page.keyboard.press(key)
        if executed := page.evaluate(AFTER):
            taken[name] = executed
    return taken


def click(view: Locator, role: Any, name: str) -> Callable[[], None]:
    return lambda: view.get_by_role(role, name=name).first.click()


def fill_in(panel: Locator) -> None:
    """Fill in the form by keyboard, with the reflexes of a notebook; then as it was."""
    command, system, tool = (
        panel.get_by_label(name, exact=True) for name in ("Command", "System", "Tool")
    )
    typed = command.input_value()
    for key in ("Shift+Enter", "Control+Enter", "Alt+Enter"):
        command.press(key)
    expect(command).to_have_value(re.compile(rf"^{re.escape(typed)}\n*$"))
    command.fill(typed)
    system.press("ArrowDown")
    expect(system).to_have_value("nsg")
    tool.press("M")
    expect(tool.locator("option:checked")).to_have_text(re.compile("^MOOSE"))
    system.press("ArrowUp")
    expect(system).to_have_value("pizdaint")


def test_keys_do_their_work_in_a_widget_and_none_in_the_notebook(shown: Page) -> None:
    panel, monitor = region(shown, "Submit a job"), region(shown, "Jobs")
    parts: dict[str, tuple[Locator, Callable[[], None], str]] = {
        "the form": (panel, lambda: None, "Command"),
        "JSON": (panel, click(panel, "button", "JSON"), '"job_id"'),
        "earlier submissions": (panel, panel.locator("summary").click, "Use these settings again"),
        "the folders": (panel, click(panel, "button", "Browse…"), "keys.ipynb"),
        "the review": (panel, click(panel, "button", "Review"), "cells.csv"),
        "a secret": (
            panel,
            panel.get_by_role("treeitem").filter(has_text=".env").locator(".b-tick").click,
            "looks like a secret",
        ),
        "a refusal": (panel, click(panel, "button", "Submit"), "Submit again…"),
        "a question": (panel, click(panel, "button", "Submit again…"), "No, leave it"),
        "the table": (monitor, lambda: None, "Keys"),
        "a job": (monitor, monitor.locator(".b-job").first.click, "Overview"),
        "its JSON": (monitor, click(monitor, "button", "JSON"), '"job_id"'),
        "its end": (monitor, click(monitor, "button", "Cancel job…"), "No, leave it"),
        "its end, cancelled": (
            monitor,
            click(monitor, "button", "Cancel the job"),
            "The job is cancelled.",
        ),
        "its output": (monitor, click(monitor, "tab", "Output"), "Wrap lines"),
        "its files": (monitor, click(monitor, "tab", "Files"), "kept.txt"),
        "a preview": (monitor, click(monitor, "button", "Preview kept.txt"), "zebra"),
        "another file": (monitor, monitor.locator(".b-other").click, "Try to download"),
        "its record": (monitor, click(monitor, "tab", "Record"), "Use these settings again"),
    }
    before = shown.evaluate(STATE)
    fill_in(panel)
    for part, (view, open_it, sign) in parts.items():
        open_it()
        expect(view.get_by_text(sign).first, part).to_be_visible(timeout=SECONDS)
        assert press_everywhere(shown, view) == {}, part
        assert shown.evaluate(STATE) == before, part
    expect(shown.locator(".jp-Dialog")).to_have_count(0)
    assert shown.evaluate("() => window.keysTest.tried.size") >= LEAST

    panel.get_by_label("System", exact=True).focus()
    shown.keyboard.press("Control+s")
    shown.wait_for_function("() => window.keysTest.executed.includes('docmanager:save')")
