"""The main job, as a researcher does it: JupyterLab, the tutorial, the panel, a real job."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.service.address import find_service
from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import run_all
from tests.browser.jupyter import Jupyter

TUTORIAL = "01_first_job_on_piz_daint.ipynb"
JOB_SECONDS = 60_000  # milliseconds: a NEURON model is compiled on a shared machine

UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
NSG_ID = re.compile(r"NGBW-JOB-[A-Z0-9_]+-[0-9A-F]{32}")


@pytest.fixture
def tutorial(open_notebook: Callable[[str], Page]) -> Page:
    page = open_notebook(TUTORIAL)
    run_all(page)
    return page


def field(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def panel(page: Page) -> Locator:
    return page.locator(".bspsa").first


def read_result(jupyter: Jupyter, ref: JobRef, name: str, folder: Path) -> str:
    """Fetch a result as any client would, with the service's own token."""
    address = find_service(jupyter.service_dir)
    assert address is not None, "the notebook's local service has ended"

    async def fetch() -> Path:
        async with ServiceAccountClient(address.url, address.token) as client:
            await client.job(ref)
            (file,) = [file for file in await client.files(ref) if file.name == name]
            return await client.download(ref, file, folder)

    # Playwright holds this thread's loop, so the fetch runs on the background one.
    return background().run(fetch(), "reading a result").result().read_text()


def shown_id(page: Page, pattern: re.Pattern[str]) -> str:
    found = panel(page).get_by_text(pattern).first
    expect(found).to_be_visible(timeout=JOB_SECONDS)
    match = pattern.search(found.inner_text())
    assert match
    return match.group()


def test_a_folder_goes_from_the_panel_to_a_finished_piz_daint_job(
    tutorial: Page, jupyter: Jupyter, artefacts: Path, tmp_path: Path
) -> None:
    field(tutorial, "Title").fill("Rates, from the panel")
    button(tutorial, "Submit").click()

    expect(panel(tutorial).get_by_text("Done. The job ran to its end.").first).to_be_visible(
        timeout=JOB_SECONDS
    )
    expect(panel(tutorial).get_by_text("SUCCESSFUL").first).to_be_visible()
    job_id = shown_id(tutorial, UUID)
    ref = JobRef("pizdaint", "bsp_pizdaint_01", job_id)
    assert read_result(jupyter, ref, "rates.csv", tmp_path).startswith("current_nA,rate_Hz")

    expect_accessible(panel(tutorial))
    panel(tutorial).screenshot(path=artefacts / "pizdaint.png")
    button(tutorial, "JSON").click()
    expect(tutorial.get_by_text('"project_hpc": "PIZDAINT"').first).to_be_visible()


def test_changing_the_system_leads_to_a_finished_neuron_job(
    tutorial: Page, jupyter: Jupyter, artefacts: Path, tmp_path: Path
) -> None:
    expect(field(tutorial, "Command")).to_be_visible()
    field(tutorial, "System").select_option("nsg")
    expect(field(tutorial, "Command")).to_be_hidden()

    field(tutorial, "Tool").select_option("NEURON77_TG")
    field(tutorial, "Main file").fill("init.py")
    field(tutorial, "Title").fill("Axon, from the panel")
    field(tutorial, "Nodes").fill("1")
    field(tutorial, "Cores per node").fill("1")
    field(tutorial, "Runtime").fill("0.1")
    button(tutorial, "Browse…").click()
    button(tutorial, "squid-axon").click()
    button(tutorial, "Choose this folder").click()
    expect(field(tutorial, "Folder")).to_have_value("squid-axon")
    button(tutorial, "Submit").click()

    expect(panel(tutorial).get_by_text("Done. The job ran to its end.").first).to_be_visible(
        timeout=JOB_SECONDS
    )
    expect(panel(tutorial).get_by_text("COMPLETED").first).to_be_visible()
    ref = JobRef("nsg", "bsp_nsg_01", shown_id(tutorial, NSG_ID))
    assert "13 spikes at 0.5 nA" in read_result(jupyter, ref, "STDOUT", tmp_path)
    expect_accessible(panel(tutorial))
    panel(tutorial).screenshot(path=artefacts / "nsg.png")


def test_wrong_input_is_told_at_the_field_and_nothing_is_sent(
    tutorial: Page, artefacts: Path
) -> None:
    field(tutorial, "Runtime").fill("0")
    field(tutorial, "Nodes").fill("two")
    button(tutorial, "Submit").click()

    expect(tutorial.get_by_text("▲ 'two' is not a number")).to_be_visible()
    expect(tutorial.get_by_text("▲ 0 hours is not possible")).to_be_visible()
    expect(field(tutorial, "Nodes")).to_be_focused()
    expect(panel(tutorial).get_by_text("Nothing was sent", exact=False).first).to_be_visible()
    expect_accessible(panel(tutorial))
    panel(tutorial).screenshot(path=artefacts / "wrong-input.png")


def test_the_view_changes_the_system_while_the_kernel_is_busy(tutorial: Page) -> None:
    tutorial.evaluate(
        """() => {
          const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
          session.kernel.requestExecute({ code: "import time; time.sleep(5)" });
        }"""
    )
    field(tutorial, "System").select_option("nsg")
    expect(field(tutorial, "Tool")).to_be_visible(timeout=1_000)
    field(tutorial, "System").select_option("pizdaint")
    expect(field(tutorial, "Command")).to_be_visible(timeout=1_000)


def test_the_panel_fits_a_narrow_window_in_the_dark_theme(tutorial: Page, artefacts: Path) -> None:
    tutorial.evaluate(
        """async () => {
          const { commands } = window.jupyterapp;
          await commands.execute("apputils:change-theme", { theme: "JupyterLab Dark" });
          await commands.execute("application:toggle-left-area");
        }"""
    )
    tutorial.set_viewport_size({"width": 480, "height": 1400})
    expect(field(tutorial, "System")).to_be_visible()
    assert panel(tutorial).evaluate("element => element.scrollWidth <= element.clientWidth")
    for name in ("Submit", "Browse…", "Copy as Python"):
        button(tutorial, name).scroll_into_view_if_needed()
        expect(button(tutorial, name)).to_be_in_viewport(ratio=1)
    expect_accessible(panel(tutorial))
    panel(tutorial).screenshot(path=artefacts / "dark-narrow.png")
