from __future__ import annotations

from typing import Any

from bspsa_widgets.widgets.base.saved_html import saved_html, saved_text
from bspsa_widgets.widgets.monitor.saved_html import NONE, monitor_copy

AT = "2026-11-25T12:03:00+00:00"


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "key": f"nsg/bsp_nsg_01/{number}",
        "system": "NSG",
        "project": "bsp_nsg_01",
        "title": f"Sweep {number}",
        "job_id": f"NGBW-JOB-PY_TG-{number:032X}",
        "stage": "COMPLETED",
        "meaning": "Done.",
    } | changes


def test_each_job_is_a_row_with_its_stage_and_when_that_was_true() -> None:
    said = saved_text(monitor_copy({"at": AT, "rows": [row(2), row(1)]}, total=2))
    assert said.index("Sweep 2") < said.index("Sweep 1")
    assert "COMPLETED: Done." in said
    assert "25 November 2026, 12:03 UTC" in said


def test_jobs_that_are_not_kept_are_counted() -> None:
    assert "… and 9950 more." in saved_text(
        monitor_copy({"at": AT, "rows": [row(number) for number in range(50)]}, total=10_000)
    )


def test_a_title_with_markup_is_text() -> None:
    copy = monitor_copy({"at": AT, "rows": [row(title="<img src=x onerror=alert(1)>")]}, total=1)
    assert "<img" not in saved_html(copy, "a")


def test_without_jobs_it_says_so() -> None:
    assert monitor_copy({"at": "", "rows": []}, total=0).caption == NONE
