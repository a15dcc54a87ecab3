"""A submission's marker goes out with the title, comes back, and is not shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.archive import archive_name
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.marker import MARKER, TITLE_ROOM, marked, new_marker, split
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import InvalidInput


def test_markers_are_of_80_random_bits_and_never_the_same() -> None:
    found = {new_marker() for _ in range(1000)}
    assert len(found) == 1000
    assert all(MARKER.fullmatch(marker) for marker in found)


@given(st.text(max_size=300))
def test_a_marked_title_fits_and_comes_apart_again(title: str) -> None:
    marker = new_marker()
    sent = marked(title, marker)
    assert len(sent) <= 100
    assert sent == sent.strip()
    shown, found = split(sent)
    assert found == marker
    assert shown == title[:TITLE_ROOM].strip()


@pytest.mark.parametrize(
    "title",
    [
        "",
        "a job title",
        "[nb-]",
        "x [nb-short]",
        "[nb-aaaaaaaaaaaaaaaa] and more",
        "nb-aaaaaaaaaaaaaaaa",
    ],
)
def test_a_title_without_a_marker_stays_as_it_is(title: str) -> None:
    assert split(title) == (title, "")


def test_the_payload_carries_the_marker_and_the_seeds_title_stays_without() -> None:
    request = check_form(JobForm(command="ls -lisa", title="a job title")).request
    assert request.for_archive("a.zip", "f").payload()["title"] == "a job title"
    marker = new_marker()
    sent = request.for_archive("a.zip", "f", marker).payload()["title"]
    assert sent == f"a job title [{marker}]"


def test_people_see_a_jobs_title_without_its_marker() -> None:
    marker = new_marker()
    job = Job.parse({"job_id": "A", "title": f"CA1 fit [{marker}]"})
    assert (job.title, job.marker) == ("CA1 fit", marker)
    assert job.raw["title"] == f"CA1 fit [{marker}]"


def test_a_title_that_leaves_no_room_is_refused_with_the_number_allowed() -> None:
    with pytest.raises(InvalidInput, match=f"79 characters. At most {TITLE_ROOM}") as caught:
        check_form(JobForm(command="true", title="x" * (TITLE_ROOM + 1)))
    assert caught.value.field == "title"


def test_the_archives_name_carries_the_marker_within_what_all_parsers_read() -> None:
    marker = new_marker()
    assert archive_name("ca1-fitting", marker) == f"ca1-fitting-{marker}.zip"
    assert len(archive_name("f" * 200, marker)) <= 100
