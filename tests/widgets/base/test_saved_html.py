"""What stays in a saved notebook: all that counts, in words, and text as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.clean_text import is_unseen
from bspsa_widgets.widgets.base.saved_html import (
    MOST_CHARACTERS,
    MOST_ROWS,
    SavedHtml,
    SavedRow,
    cleaned,
    moment_words,
    saved_html,
    saved_text,
)
from bspsa_widgets.widgets.submitter import status_state
from bspsa_widgets.widgets.submitter.saved_html import panel_copy

NAME = "0123456789abcdef"
AT = "2026-11-25T13:03:59.5+01:00"
ROW = SavedRow("Piz Daint", "bsp_01", "CA1 fit", "AF17-0001", "QUEUED", "Waiting for nodes.", AT)
VIEW = {
    "system": "NSG",
    "project": "bsp_nsg_01",
    "title": "CA1 fit",
    "job_id": "NGBW-1",
    "stage": "QUEUE",
    "meaning": "Waiting for NSG to take it up.",
    "checked": AT,
    "note": "",
}


class Page(HTMLParser):
    """The elements, their attributes and the cells' texts of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.cells and self.tags[-1] in ("td", "th"):
            self.cells[-1] += data


def html(*rows: SavedRow, **more: Any) -> str:
    return saved_html(SavedHtml(more.pop("caption", "Submitted."), rows, **more), NAME)


def test_the_table_says_all_that_counts_in_words() -> None:
    page = Page(html(ROW))
    assert [cell.strip() for cell in page.cells] == [
        *("System", "Project", "Title", "Job", "Stage", "As of"),
        *("Piz Daint", "bsp_01", "CA1 fit", "AF17-0001"),
        "QUEUED: Waiting for nodes.",
        "25 November 2026, 12:03 UTC",
    ]
    assert "Submitted." in page.text


def test_it_needs_no_style_script_or_attribute_to_be_read() -> None:
    page = Page(html(ROW, notes=("More.",)))
    allowed = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert set(page.tags) <= allowed
    assert page.attributes == {"class", "scope"}


HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "&lt;b&gt;",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b",
    "\u202egnp.exe\u2066",
    "a\x00b\x07c\r\nd\x85e\u2028f",
    "half \ud800 a character",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", [*SavedRow._fields, "caption", "note"])
def test_what_a_server_says_is_text_wherever_it_stands(text: str, field: str) -> None:
    plain = Page(html(ROW, notes=("x",)))
    if field in SavedRow._fields:
        made = html(ROW._replace(**{field: text}), notes=("x",))
    else:
        texts = {"caption": text} if field == "caption" else {"notes": (text,)}
        made = html(ROW, **({"notes": ("x",)} | texts))
    page = Page(made)
    assert (page.tags, page.attributes) == (plain.tags, plain.attributes)
    assert not [sign for sign in made if not sign.isprintable() and sign != "\n"]
    made.encode("utf-8")
    assert cleaned(moment_words(text)) in "".join(page.text)


@given(st.text())
def test_cleaned_text_is_one_line_of_signs_that_show(text: str) -> None:
    found = cleaned(text)
    assert not [sign for sign in found if is_unseen(sign)]
    assert len(found) <= MOST_CHARACTERS
    assert "\x1b" not in found


def test_terminal_codes_leave_no_rest_and_letters_of_all_scripts_stay() -> None:
    assert cleaned("\x1b[1;31mFAILED\x1b[0m") == "FAILED"
    assert cleaned("Zürich 海馬 \U0001f9e0") == "Zürich 海馬 \U0001f9e0"


def test_of_many_jobs_the_newest_are_shown_and_the_others_counted() -> None:
    rows = [ROW._replace(job_id=f"J{number:04}") for number in range(MOST_ROWS + 7)]
    text = html(*rows)
    assert text.count("<tr>") == 1 + MOST_ROWS
    assert "J0000" in text
    assert f"J{MOST_ROWS:04}" not in text
    assert "… and 7 more." in text
    assert "… and 7 more." in saved_text(SavedHtml("Jobs", tuple(rows)))


def test_the_text_for_pages_without_html_says_the_same() -> None:
    assert saved_text(SavedHtml("Submitted.", (ROW,), ("Note.",))).splitlines() == [
        "Submitted.",
        "Piz Daint · bsp_01 · CA1 fit · AF17-0001 · QUEUED: Waiting for nodes."
        " · 25 November 2026, 12:03 UTC",
        "Note.",
    ]


@pytest.mark.parametrize("name", ["", "A", "a b", "a{}", "x" * 65, 'a"', "ä"])
def test_a_name_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        saved_html(SavedHtml(""), name)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-40", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_is_none_is_shown_as_it_came(at: str) -> None:
    assert moment_words(at) == at


# --- of a submit panel ------------------------------------------------------------------


def status(**changes: Any) -> dict[str, Any]:
    return status_state.IDLE | changes


def test_a_job_is_a_row_below_what_became_of_it() -> None:
    copy = panel_copy(status(outcome="accepted", headline="Submitted. NSG has your job."), VIEW, AT)
    assert copy.caption == "Submitted. NSG has your job."
    assert copy.rows[0][:4] == ("NSG", "bsp_nsg_01", "CA1 fit", "NGBW-1")
    assert copy.rows[0].at == AT


def test_a_look_that_failed_is_told() -> None:
    view = VIEW | {"note": "The last look failed, so this may be old."}
    copy = panel_copy(status(outcome="accepted", headline="Submitted."), view, AT)
    assert "may be old" in saved_text(copy)


def test_a_lost_answer_stays_in_doubt_and_shows_no_other_job() -> None:
    told = status(outcome="unconfirmed", headline="We don't know.", detail="Wait.", record="nb-1")
    text = saved_text(panel_copy(told, VIEW, AT))
    assert text.startswith("We don't know.")
    assert "Its record is nb-1." in text
    assert "As of 25 November 2026, 12:03 UTC." in text
    assert "NGBW-1" not in text


@pytest.mark.parametrize(
    ("cancellable", "words"),
    [(True, "A submission was under way."), (False, "the service may have the job.")],
)
def test_what_was_under_way_says_whether_there_may_be_a_job(cancellable: bool, words: str) -> None:
    text = saved_text(panel_copy(status(busy=True, cancellable=cancellable), VIEW, AT))
    assert words in text
    assert "NGBW-1" not in text


def test_a_panel_without_a_submission_says_so() -> None:
    assert saved_text(panel_copy(status_state.IDLE, {}, "")) == (
        "Nothing was submitted from this panel."
    )


def test_how_far_an_upload_is_does_not_change_the_copy() -> None:
    copies = [
        panel_copy(status(busy=True, done=done, message=f"{done}"), {}, AT) for done in (1, 2)
    ]
    assert copies[0] == copies[1]
    assert not re.search(r"\d%", saved_text(copies[0]))
