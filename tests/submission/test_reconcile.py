"""Only what is listed proves anything, and only the exact marker proves it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.marker import marked, new_marker
from bspsa_widgets.submission.reconcile import LOOKS_AT, Match, match
from tests.records.kept import a_job, a_record, ids

RECORD = a_record("unconfirmed", marker="nb-aaaabbbbccccdddd")


def job(number: Any, **changes: Any) -> Job:
    raw = a_job(RECORD, 1, id=number) | {"job_id": f"JOB-{number}"} | changes
    return Job.parse(raw)


def other(number: int) -> Job:
    return job(number, title=marked("A fit", new_marker()))


JOBS = st.lists(
    st.one_of(
        st.integers(0, 30).map(job),
        st.integers(0, 30).map(other),
        st.just(job(None)),
        st.just(job(12, title="A fit")),
    ),
    max_size=12,
)


@given(JOBS)
def test_a_match_is_ours_and_the_lowest(jobs: list[Job]) -> None:
    before = copy.deepcopy(jobs)
    found = match(RECORD, jobs)
    assert jobs == before
    assert match(RECORD, reversed(jobs)) == found  # the list has no order
    assert match(RECORD, jobs + jobs) == found  # and may repeat itself
    ours = {j.job_id for j in jobs if j.marker == RECORD.marker}
    told = [] if found.job is None else [found.job, *found.others]
    assert {j.job_id for j in told} == ours
    assert len(told) == len(ours)
    numbers = [number for number in ids(told) if number is not None]
    assert numbers == sorted(numbers)
    assert not ours or found.job is not None


@given(st.lists(st.integers(0, 99).map(other), max_size=8))
def test_absence_says_nothing(jobs: list[Job]) -> None:
    assert match(RECORD, jobs) == Match(None)


MARK = RECORD.marker


@pytest.mark.parametrize(
    ("title", "is_ours"),
    [
        (f"A fit [{MARK}]", True),
        (f"Another title [{MARK}]", True),
        (f"[{MARK}]", True),
        (f"A fit [{MARK}] \n\t ", True),
        (f"A fit [{MARK}] copy", False),
        (f"A fit[{MARK}]", False),
        (f"A fit [{MARK.upper()}]", False),
        (f"A fit [{MARK}", False),
        (f"A fit {MARK}", False),
        (f"A fit [{MARK[:-1]}]", False),
        (f"A fit [{MARK}a]", False),
        (f"A fit [{MARK}] [nb-eeeeffffgggghhhh]", False),
        ("A fit", False),
        ("", False),
        (None, False),
    ],
)
def test_only_the_exact_marker_at_the_end_counts(title: str | None, is_ours: bool) -> None:
    assert (match(RECORD, [job(11, title=title)]).job is not None) is is_ours


def test_the_looks_are_soon_and_then_each_minute_for_a_quarter_of_an_hour() -> None:
    assert LOOKS_AT[:7] == (2, 5, 15, 30, 60, 120, 180)
    assert LOOKS_AT[-1] == 900
    assert len(LOOKS_AT) == 19
