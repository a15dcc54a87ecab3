"""How soon the panel has repainted after another system was chosen."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.figure import at_most
from tests.browser.chromium import find_chromium
from tests.browser.conftest import FLAGS, READY, run_all
from tests.browser.jupyter import Jupyter

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TUTORIAL = "01_first_job_on_piz_daint.ipynb"

# To the second frame after the change: by then the first has been painted.
_MEASURE = """async () => {
  const select = document.querySelector(".bspsa select");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (let round = 0; round < 20; round++) {
    const start = performance.now();
    select.value = round % 2 ? "pizdaint" : "nsg";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await frame();
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""


def repaint() -> None:
    """In a real JupyterLab in a real Chromium."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "notebooks"
        shutil.copytree(NOTEBOOKS, folder)
        server = Jupyter(folder, Path(place) / "state")
        try:
            times = _times(server)
        finally:
            server.stop()
    at_most("change of system to repainted panel, JupyterLab", times, 50, "ms")


def _times(server: Jupyter) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 1400})
        page.goto(f"{server.url}/lab/workspaces/bench/tree/{TUTORIAL}")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
        page.evaluate(READY)
        run_all(page)
        times: list[float] = page.evaluate(_MEASURE)
        browser.close()
    return times
