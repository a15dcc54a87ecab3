from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.jupyter import Jupyter

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "tests" / "artefacts"

# For what no time is promised: a shared machine may take more than the usual 5 s.
expect.set_options(timeout=20_000)

FLAGS = [
    "--no-sandbox",  # root in a container has no other way
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

# Looks do not tell when a notebook is ready: the kernel may not even have been started.
READY = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const widget = app.shell.currentWidget;
  await widget.context.ready;
  await widget.sessionContext.ready;
  const kernel = widget.sessionContext.session.kernel;
  while (kernel.connectionStatus !== "connected")
    await new Promise((resolve) => kernel.connectionStatusChanged.connect(resolve));
  await kernel.info;
}"""

RUN_SECONDS = 150  # for all cells of a notebook; pytest's own limit would end without a word
RUN_ALL = """async (patience) => {
  const { commands, shell } = window.jupyterapp;
  const { content, sessionContext } = shell.currentWidget;
  const state = () => [
    sessionContext.kernelDisplayStatus,
    ...content.widgets
      .filter((cell) => cell.model.type === "code")
      .map((cell) => [cell.promptNode?.textContent, JSON.stringify(cell.model.outputs)]),
  ];
  const late = new Promise((resolve) => setTimeout(() => resolve(state()), patience));
  return Promise.race([commands.execute("notebook:run-all-cells").then(() => null), late]);
}"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield started
        started.close()


# Notebook 7's own: it looks for settings and commands of JupyterLab's that it does not have.
NOTEBOOK_7 = ("Cannot read properties of undefined (reading 'schema')", "' not registered.")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own; an error in it that nobody caught fails the test."""
    page = browser.new_page(viewport={"width": 1200, "height": 1400})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert [error for error in errors if not error.endswith(NOTEBOOK_7)] == []


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    state = tmp_path_factory.mktemp("jupyter")
    folder = state / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    server = Jupyter(folder, state)
    yield server
    server.stop()


@pytest.fixture
def open_notebook(jupyter: Jupyter, page: Page) -> Callable[..., Page]:
    """Opens a notebook in "lab" or "notebook" (7); returns the page once the kernel is ready."""
    # What another test submitted, shows or runs is none of this one's.
    jupyter.end_kernels()
    for submitted in (jupyter.folder / ".bspsa", jupyter.submissions):
        shutil.rmtree(submitted, ignore_errors=True)

    def open_it(name: str, application: str = "lab") -> Page:
        workspace = name.split(".")[0]
        lab = f"lab/workspaces/{workspace}/tree/{name}"
        page.goto(f"{jupyter.url}/{lab if application == 'lab' else f'notebooks/{name}'}")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
        page.evaluate(READY)
        return page

    return open_it


def run_all(page: Page) -> None:
    """Run every cell, and wait until all have ended; if they do not, say how far they are."""
    assert page.evaluate(RUN_ALL, RUN_SECONDS * 1000) is None


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept for whoever looks after the run (git-ignored)."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS
