"""The Review, as a researcher uses it: what is ticked is what the job gets."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bspsa_widgets.domain.jobs import JobRef
from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import run_all
from tests.browser.jupyter import Jupyter
from tests.browser.test_first_job import (
    JOB_SECONDS,
    TUTORIAL,
    UUID,
    button,
    field,
    panel,
    read_result,
    shown_id,
)

LIST = "unzip -Z1 {archive} | sort > listing.txt"
MANY = 20_000


@pytest.fixture
def model(jupyter: Jupyter) -> Path:
    folder = jupyter.folder / "reviewed"
    for name in ("run.sh", "notes.txt", "data/big.csv", ".env", ".hidden"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def review_of(page: Page, folder: str) -> Locator:
    field(page, "Folder").fill(folder)
    button(page, "Review").click()
    return page.get_by_role("group", name="Files to send")


def row(review: Locator, name: str) -> Locator:
    return review.get_by_role("treeitem").filter(has_text=name).first


def test_what_is_ticked_is_what_the_job_gets(
    open_notebook: Callable[[str], Page],
    jupyter: Jupyter,
    model: Path,
    artefacts: Path,
    tmp_path: Path,
) -> None:
    page = open_notebook(TUTORIAL)
    run_all(page)
    field(page, "Command").fill(LIST)
    review = review_of(page, model.name)
    expect(review.get_by_text("3 files").first).to_be_visible()

    row(review, "notes.txt").locator(".b-tick").click()
    expect(review.get_by_text("2 files").first).to_be_visible()
    row(review, ".hidden").locator(".b-tick").click()
    row(review, ".env").locator(".b-tick").click()
    expect(review.get_by_text("looks like a secret. Everyone").first).to_be_visible()
    button(page, "Send it anyway").click()
    expect(review.get_by_text("4 files").first).to_be_visible()
    expect_accessible(panel(page))
    panel(page).screenshot(path=artefacts / "review.png")

    button(page, "Submit").click()
    expect(panel(page).get_by_text("Done. The job ran to its end.").first).to_be_visible(
        timeout=JOB_SECONDS
    )
    ref = JobRef("pizdaint", "bsp_pizdaint_01", shown_id(page, UUID))
    sent = read_result(jupyter, ref, "listing.txt", tmp_path).split()
    assert sorted(sent) == [
        "reviewed/.env",
        "reviewed/.hidden",
        "reviewed/data/big.csv",
        "reviewed/run.sh",
    ]


def test_twenty_thousand_files_are_looked_through_and_filtered(
    open_notebook: Callable[[str], Page], jupyter: Jupyter, artefacts: Path
) -> None:
    folder = jupyter.folder / "many"
    for number in range(MANY):
        place = folder / f"column_{number % 200:03}"
        if number < 200:
            place.mkdir(parents=True)
        (place / f"cell_{number:05}.swc").write_bytes(b"x" * (number % 50))
    page = open_notebook(TUTORIAL)
    run_all(page)
    review = review_of(page, folder.name)
    expect(review.get_by_text(re.compile(r"20.000 files")).first).to_be_visible(timeout=JOB_SECONDS)
    assert review.get_by_role("treeitem").count() < 100

    review.get_by_label("Filter by path").fill("cell_19999")
    expect(row(review, "cell_19999.swc")).to_be_visible()
    review.get_by_label("Filter by path").fill("")
    review.get_by_label("Show", exact=True).select_option("Biggest first")
    expect(review.get_by_role("treeitem").first).to_contain_text("49 B")
    assert review.get_by_role("treeitem").count() < 100
    expect_accessible(panel(page))
    panel(page).screenshot(path=artefacts / "review-many.png")
