"""A plan as the view shows it: every file, and a reason for what stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bspsa_widgets.domain.payload import Advice
from bspsa_widgets.packaging.entries import Excluded, Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.submission.plan import Plan
from bspsa_widgets.widgets.submitter import review_state
from bspsa_widgets.widgets.submitter.contract import Review
from bspsa_widgets.widgets.submitter.review_state import no_review, review
from tests.widgets.submitter.test_view_state import names_in

MEMBERS = (Member("a.py", 10), Member("link", 5, "b/c.dat"))
LEFT_OUT = (Excluded(".env", "looks like a secret", 7, "ask"), Excluded(".git/", "version control"))
STUCK = (Excluded("pipe", "a pipe"),)
ADVICE = Advice(field="tool", message="No NEURON.", source="x")


def plan(
    members: tuple[Member, ...] = MEMBERS,
    left_out: tuple[Excluded, ...] = LEFT_OUT,
    stuck: tuple[Excluded, ...] = STUCK,
    warnings: tuple[Advice, ...] = (ADVICE, ADVICE),
) -> Plan:
    return Plan(Selection(Path("/u/ca1"), members, left_out, (), stuck), 12, warnings)


def test_a_review_names_every_file_and_what_stays_with_its_reason() -> None:
    shown = json.loads(json.dumps(review("r1", plan()), allow_nan=False))
    assert set(shown) == names_in(Review)
    assert (shown["kind"], shown["id"]) == ("review", "r1")
    assert shown["files"] == [["a.py", 10], ["link", 5]]
    assert shown["left_out"] == [
        {
            "path": ".env",
            "reason": "looks like a secret",
            "size": 7,
            "may": "ask",
            "by_user": False,
        },
        {"path": ".git/", "reason": "version control", "size": None, "may": "no", "by_user": False},
    ]
    assert shown["stuck"] == [{"path": "pipe", "reason": "a pipe"}]
    assert (shown["size"], shown["estimate"], shown["error"]) == (15, 12, "")
    assert shown["warnings"] == ["No NEURON."]


def test_a_folder_of_which_nothing_travels_says_so_among_the_warnings() -> None:
    shown = review("r1", plan(members=(), stuck=(), warnings=()))
    assert "nothing to send" in shown["warnings"][0]
    assert len(shown["left_out"]) == 2


def test_more_than_a_page_can_hold_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_state, "MOST_SHOWN", 1)
    shown = review("r1", plan())
    assert [len(shown[name]) for name in ("files", "left_out", "stuck")] == [1, 1, 1]
    assert shown["size"] == 15
    assert [line for line in shown["warnings"] if line.startswith("Of 2 ")] == [
        "Of 2 files the first 1 are shown.",
        "Of 2 entries that are excluded the first 1 are shown.",
    ]


def test_a_review_of_nothing_has_the_same_shape() -> None:
    assert set(no_review("r1", "It is not there.")) == names_in(Review)
