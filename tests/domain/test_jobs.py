"""Jobs and files as the service tells of them, in every shape."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.jobs import MEANINGS, Job, JobFile, JobRef
from tests.faulty_server import contract

CONTRACT = contract("job.json")


@pytest.mark.parametrize("example", CONTRACT["examples"], ids=lambda example: example["case"])
def test_every_example_is_read_whole(example: dict[str, Any]) -> None:
    job = Job.parse(example["body"])
    assert job.raw == example["body"]
    for key, value in example["body"].items():
        if key in Job.model_fields:
            assert getattr(job, key) == value
    assert job.outcome == example["outcome"]
    assert job.is_over is (example["outcome"] is not None)
    assert job.submitted is not None
    assert job.submitted.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    "stage", sorted({s for group in CONTRACT["stages"].values() for s in group})
)
def test_every_known_stage_is_explained(stage: str) -> None:
    assert stage in MEANINGS


def test_a_stage_that_nobody_knows_is_shown_as_it_is() -> None:
    job = Job.parse({"job_id": "A", "stage": "<b>ON_HOLD</b>"})
    assert job.stage == "<b>ON_HOLD</b>"
    assert "ON_HOLD" in job.meaning
    assert job.outcome is None


@given(st.booleans(), st.text(max_size=10) | st.sampled_from(sorted(MEANINGS)))
def test_a_job_is_never_failed_before_its_end(failed: bool, stage: str) -> None:
    job = Job.parse({"job_id": "A", "stage": stage, "failed": failed, "terminal_stage": False})
    assert job.outcome is None
    assert not job.is_over


ENDED = ("DELETED", "CANCELED")


@pytest.mark.parametrize("stage", ENDED)
def test_a_job_that_nobody_here_has_ended_is_not_over_because_the_service_says_deleted(
    stage: str,
) -> None:
    """The service says so whenever the HPC system does not find the job for a moment."""
    job = Job.parse({"job_id": "A", "stage": stage})
    assert (job.is_over, job.outcome, job.is_shown) == (False, None, False)
    assert "may pass" in job.meaning


@pytest.mark.parametrize("stage", ENDED)
@pytest.mark.parametrize("known", [{"terminal_stage": True}, {"end_sent": "cancel"}])
def test_a_job_that_was_ended_from_here_or_for_good_is_cancelled(
    stage: str, known: dict[str, Any]
) -> None:
    job = Job.parse({"job_id": "A", "stage": stage}).model_copy(update=known)
    assert (job.is_over, job.outcome, job.is_shown) == (True, "cancelled", True)


@pytest.mark.parametrize(
    ("stage", "failed", "sent", "outcome"),
    [
        ("FAILED", True, "cancel", "cancelled"),
        ("FAILED", True, "", "failed"),
        ("FAILED", True, "delete", "failed"),
        ("SUCCESSFUL", False, "cancel", "succeeded"),
        ("COMPLETED", True, "cancel", "cancelled"),
        ("COMPLETED", False, "cancel", "succeeded"),
    ],
)
def test_a_job_that_was_cancelled_from_here_is_not_called_failed(
    stage: str, failed: bool, sent: str, outcome: str
) -> None:
    """Piz Daint ends a job that was cancelled as FAILED."""
    body = {"job_id": "A", "stage": stage, "failed": failed, "terminal_stage": True}
    job = Job.parse(body).model_copy(update={"end_sent": sent})
    assert job.outcome == outcome
    assert ("Cancelled" in job.meaning) is (outcome == "cancelled")


def test_what_was_sent_to_end_a_job_is_remembered_with_it() -> None:
    old = Job.parse({"job_id": "A"}).model_copy(update={"end_sent": "cancel"})
    new = Job.parse({"job_id": "A", "stage": "FAILED", "terminal_stage": True})
    assert new.after(old).outcome == "cancelled"
    assert old.after(new).end_sent == "cancel"
    assert new.after(new) is new


def test_a_service_cannot_say_that_a_cancel_was_sent() -> None:
    assert Job.parse({"job_id": "A", "end_sent": "cancel"}).end_sent == ""


@pytest.mark.parametrize("flag", ["true", 1, "yes", [True], {"a": 1}])
def test_only_true_is_terminal_and_only_true_is_failed(flag: Any) -> None:
    job = Job.parse({"job_id": "A", "terminal_stage": flag, "failed": flag})
    assert not job.is_over
    ended = Job.parse({"job_id": "A", "terminal_stage": True, "failed": flag})
    assert ended.outcome == "succeeded"


def test_the_services_failed_flag_is_in_its_response_only_and_not_called_ours() -> None:
    job = Job.parse({"job_id": "A", "stage": "QUEUED", "failed": True, "terminal_stage": False})
    assert job.raw["failed"] is True
    assert "failed" not in Job.model_fields
    assert not hasattr(job, "failed")
    assert "failed" not in repr(job)
    assert "failed" not in str(job)


def test_values_of_the_wrong_type_read_as_missing_and_stay_in_raw() -> None:
    body = {
        "job_id": "A",
        "id": "many",
        "title": ["x"],
        "runtime": {"h": 1},
        "init_date": 5,
        "stage": None,
        "project": 1e999,
        "owner": 306328,
    }
    job = Job.parse(body)
    assert (job.id, job.title, job.runtime, job.stage, job.project) == (None, "", None, "", None)
    assert job.owner == "306328"
    assert job.raw == body
    assert job.submitted is None


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(Job.model_fields)) | st.text(), inner, max_size=8)
        | st.dictionaries(st.integers(), inner, max_size=2)
    ),
    max_leaves=15,
)


@given(_anything | st.dictionaries(st.sampled_from(sorted(Job.model_fields)), _anything))
def test_any_object_is_a_job_or_a_value_error(answer: Any) -> None:
    for parse in (Job.parse, JobFile.parse):
        try:
            found = parse(answer)
        except ValueError:
            continue
        if isinstance(found, Job):
            assert isinstance(found.meaning, str)
            assert found.is_over is (found.outcome is not None)
            _ = found.submitted, found.hpc, JobRef.of(found)


@given(st.text())
def test_any_json_text_is_a_job_or_a_value_error(text: str) -> None:
    body = {"job_id": "A", "title": text, "stage": text, "init_date": text}
    assert Job.parse(json.loads(json.dumps(body))).title == clean_text(text)


HALF_AND_TURNED = "rep\u202egnp.exe \ud83d\n\x1b[1m"
CLEAN = "rep\ufffdgnp.exe \ufffd "


def test_what_is_shown_of_a_job_is_clean_and_what_finds_it_is_exact() -> None:
    keys = ("title", "stage", "project_name", "project_hpc", "owner", "init_date", "end_date")
    body = dict.fromkeys(keys, HALF_AND_TURNED) | {"job_id": "A\u200e-1"}
    body["title"] += " [nb-abcdefghij234567]"
    job = Job.parse(body)
    for key in keys:
        assert getattr(job, key).rstrip() == CLEAN.rstrip()
    assert job.marker == "nb-abcdefghij234567"
    assert job.job_id == "A\u200e-1"
    assert job.raw == body


def test_a_file_is_shown_clean_and_asked_for_by_its_exact_name() -> None:
    for answer in ("/" + HALF_AND_TURNED, {"filename": HALF_AND_TURNED, "length": "5"}):
        file = JobFile.parse(answer)
        assert (file.name, file.key) == (CLEAN, HALF_AND_TURNED)
    over = JobFile.parse({"filename": HALF_AND_TURNED, "fileid": "a\u200bb"})
    assert (over.name, over.key) == (CLEAN, "a\u200bb")


@pytest.mark.parametrize(
    "answer", [None, [], "job", 5, {}, {"job_id": ""}, {"job_id": 7}, {"id": 1}]
)
def test_what_has_no_job_id_is_no_job(answer: Any) -> None:
    with pytest.raises(ValueError, match="not a job"):
        Job.parse(answer)


def test_a_reference_is_lower_case_where_urls_are() -> None:
    job = Job.parse(CONTRACT["examples"][0]["body"])
    assert JobRef.of(job) == JobRef("pizdaint", "bsp_pizdaint_01", job.job_id)


@pytest.mark.parametrize(
    ("answer", "name", "key", "length"),
    [
        ("/stdout", "stdout", "stdout", None),
        ("//x", "x", "x", None),
        ({"filename": "STDOUT", "length": "12"}, "STDOUT", "STDOUT", 12),
        ({"filename": "STDOUT", "length": "12", "fileid": "101"}, "STDOUT", "101", 12),
        ({"filename": "a", "fileid": 7, "length": "x"}, "a", "7", None),
        ({"filename": "a", "length": None}, "a", "a", None),
    ],
)
def test_files_of_both_systems(answer: Any, name: str, key: str, length: int | None) -> None:
    file = JobFile.parse(answer)
    assert (file.name, file.key, file.length) == (name, key, length)


@pytest.mark.parametrize(
    "answer", ["", "/", "///", None, 5, [], {}, {"fileid": "1"}, {"filename": ""}]
)
def test_what_has_no_name_is_no_file(answer: Any) -> None:
    with pytest.raises(ValueError, match="not a file"):
        JobFile.parse(answer)


def test_jobs_of_the_same_second_are_in_the_order_in_which_the_service_got_them() -> None:
    second = {"init_date": "2026-11-20T10:00:00Z"}
    jobs = [
        Job.parse({"job_id": name, "id": number} | second)
        for name, number in (("A", 10), ("B", 9), ("C", 9))
    ]
    jobs.append(Job.parse({"job_id": "D", "id": 11, "init_date": "2026-11-20T09:59:59Z"}))
    assert [job.job_id for job in sorted(jobs, key=lambda job: job.order)] == ["D", "B", "C", "A"]
