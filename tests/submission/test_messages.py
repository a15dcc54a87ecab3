"""Each outcome says what happened, whether a job may exist, and what to do: in plain words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets import errors
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.archive import FileStamp, SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.records import messages
from bspsa_widgets.records.states import STATES, State
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connected,
    Connecting,
    Late,
    Locked,
    Looking,
    Packed,
    Packing,
    Prepared,
    Repeats,
    Sending,
    Unsure,
    Waiting,
)
from tests.records.kept import a_job, a_record

STAMP = FileStamp(0, 0, 0, 0, 0)
LOST = errors.Unconfirmed("The connection broke.")
JOB = Job.parse(a_job(a_record()))
STEPS = [
    Checked(()),
    Packing(1, 2, 0, 1),
    Packed(
        SealedArchive(
            name="a", path=Path("a"), size=2, sha256="0", folder="a", files=1, stamp=STAMP
        )
    ),
    Repeats(a_record("accepted")),
    Locked(Path(".bspsa/.lock")),
    Prepared(a_record()),
    Connecting(),
    Connected(1.0, 2.0),
    Sending(0, 2),
    Waiting(),
    Late(),
    Unsure(LOST),
    Looking(0, 2.0),
    Accepted(JOB),
]
# Words that are for programmers, or that promise what nobody knows.
NEVER = re.compile(r"\bPOST\b|HTTP|[Ee]xception|[Tt]raceback|None|\bnull\b|\bnb-")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_every_step_has_a_line_in_plain_words(step: Any) -> None:
    assert words.progress(step)
    assert not NEVER.search(words.progress(step))


def test_beside_what_is_packed_stands_how_much_is_left_out() -> None:
    packed = STEPS[2]
    assert words.progress(packed) == "Packed: 1 file, 2 B"
    assert words.progress(packed._replace(left_out=2)) == "Packed: 1 file, 2 B, 2 excluded"


@pytest.mark.parametrize(
    ("hours", "left", "warns"),
    [(1.0, None, False), (1.0, 1.0, False), (1.0, 0.5, True), (1.0, 0.0, True), (1.0, -3.0, True)],
)
def test_a_quota_that_looks_too_small_is_a_warning(
    hours: float, left: float | None, warns: bool
) -> None:
    assert bool(words.quota_warning(hours, left)) is warns


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_record_says_whether_a_job_exists(state: State) -> None:
    said = messages.record_words(a_record(state).model_copy(update={"problem": "It broke."}))
    knows_of_none = {"prepared": "nothing was sent", "refused": "no job", "not_sent": "no job"}
    expected = knows_of_none.get(state, "")
    assert expected in said
    if state in ("sending", "unconfirmed", "closed"):
        assert "not known whether a job exists" in said.lower()
    if state in ("accepted", "over"):
        assert "Submitted" in said


def test_a_job_that_is_over_is_told_by_its_end() -> None:
    record = a_record("over")
    failed = a_job(record, stage="FAILED", failed=True, terminal_stage=True)
    assert "failed" in messages.record_words(record.model_copy(update={"job": failed}))


def test_further_jobs_of_the_same_submission_are_named() -> None:
    assert job_messages.others([]) == ""
    assert "(A, B)" in job_messages.followed(JOB, ["A", "B"]).detail
    assert job_messages.followed(JOB).detail == ""


def test_the_same_submission_is_told_with_its_job_or_its_state() -> None:
    accepted = a_record("accepted")
    with_job = accepted.model_copy(update={"job": a_job(accepted)})
    assert f"as job {JOB.job_id}" in messages.sent_before(with_job)
    assert "not known whether a job exists" in messages.sent_before(a_record("unconfirmed"))


@pytest.mark.parametrize("may_be_sent", [True, False])
def test_a_fault_of_ours_says_whether_a_job_may_exist(may_be_sent: bool) -> None:
    error = words.unexpected(RuntimeError("secret"), may_be_sent=may_be_sent)
    assert error.job_may_exist is may_be_sent
    assert "secret" not in str(error)


def test_packing_and_uploading_say_how_far_they_are() -> None:
    line = words.progress(Packing(8_100_000, 14_200_000, 3, 1280))
    assert line == "Packing 8.1 of 14.2 MB (3 of 1,280 files)"
    assert words.progress(Sending(500, 14_200_000)) == "Uploading 500 B of 14.2 MB"


def test_a_sentence_after_a_colon_keeps_names_and_i() -> None:
    assert job_messages.lowered("The service") == "the service"
    assert job_messages.lowered("NSG failed") == "NSG failed"
    assert job_messages.lowered("") == ""
