"""What was seen of a job becomes when it waited, ran and ended, and no more than was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.jobs.times import ended, hours_used, running_since, stage_since
from bspsa_widgets.jobs.tracked_job import TrackedJob, date_of, first_seen, ref_of
from tests.faulty_server import contract

BODY = contract("job.json")["examples"][0]["body"]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SENT = (NOON - timedelta(hours=3)).isoformat()


def job(stage: str, **changes: Any) -> Job:
    return Job.parse(BODY | {"stage": stage, "init_date": SENT, "end_date": None} | changes)


def over(end: datetime | None, **changes: Any) -> Job:
    told = None if end is None else end.isoformat()
    return job("SUCCESSFUL", terminal_stage=True, end_date=told, **changes)


def way(*stages: str, apart: timedelta = MINUTE) -> TrackedJob:
    """A job that was looked at in these stages, one after the other."""
    tracked = first_seen(job(stages[0]), NOON)
    for number, stage in enumerate(stages[1:], 1):
        tracked = tracked.shown(job(stage), NOON + number * apart)
    return tracked


def test_stages_are_kept_in_the_order_in_which_they_were_seen() -> None:
    tracked = way("QUEUED", "QUEUED", "RUNNING", "RUNNING", "STAGINGOUT")
    assert [seen.stage for seen in tracked.seen] == ["QUEUED", "RUNNING", "STAGINGOUT"]
    assert tracked.seen[1].at == NOON + 2 * MINUTE


def test_a_stage_that_was_seen_to_come_began_then() -> None:
    tracked = way("QUEUED", "RUNNING")
    assert running_since(tracked) == stage_since(tracked) == NOON + MINUTE


def test_a_stage_that_was_there_already_is_not_said_to_have_begun() -> None:
    tracked = way("RUNNING", "RUNNING")
    assert running_since(tracked) is None
    assert stage_since(tracked) == NOON


def test_a_stage_that_came_while_nobody_looked_is_not_said_to_have_begun() -> None:
    assert running_since(way("QUEUED", "RUNNING", apart=timedelta(hours=2))) is None


def test_a_job_in_the_queue_has_waited_since_it_was_sent() -> None:
    assert stage_since(way("QUEUED")) == NOON - timedelta(hours=3)
    assert stage_since(first_seen(job("QUEUED", init_date="soon"), NOON)) == NOON


def test_the_time_used_counts_from_where_the_run_was_seen_to_begin() -> None:
    tracked = way("QUEUED", "RUNNING").shown(over(NOON + 31 * MINUTE), NOON + 32 * MINUTE)
    assert hours_used(tracked) == pytest.approx(0.5)
    assert ended(tracked) == stage_since(tracked) == NOON + 31 * MINUTE


def test_where_nobody_saw_it_begin_the_time_since_the_submission_stands_for_it() -> None:
    tracked = first_seen(over(NOON - timedelta(hours=2)), NOON)
    assert hours_used(tracked) == pytest.approx(1)


def test_more_than_was_asked_for_is_not_told_as_used() -> None:
    """It would hold the time in the queue."""
    tracked = first_seen(over(NOON, runtime=2.0), NOON)
    assert hours_used(tracked) is None


@pytest.mark.parametrize("end", [None, NOON - timedelta(days=1)])
def test_an_end_that_is_missing_or_impossible_gives_no_time(end: datetime | None) -> None:
    assert hours_used(first_seen(over(end), NOON)) is None


def test_a_running_job_has_used_nothing_that_is_known() -> None:
    assert hours_used(way("QUEUED", "RUNNING")) is None


def test_a_failed_look_leaves_what_was_known() -> None:
    tracked = way("RUNNING")
    failed = tracked.after_poll(Poll(tracked.job, NOON + MINUTE, ServiceFailure("no")))
    assert failed.problem is not None
    assert failed._replace(problem=None) == tracked
    again = failed.after_poll(Poll(tracked.job, NOON + 2 * MINUTE))
    assert again.problem is None
    assert again.checked == NOON + 2 * MINUTE


def test_a_job_that_is_first_seen_as_deleted_is_not_over_and_may_come_back() -> None:
    tracked = first_seen(job("DELETED"), NOON)
    assert (tracked.is_lost, tracked.is_settled, tracked.seen) == (True, False, ())
    assert tracked.shown(job("DELETED"), NOON + MINUTE).is_lost
    back = tracked.shown(job("RUNNING"), NOON + 2 * MINUTE)
    assert (back.is_lost, back.job.stage) == (False, "RUNNING")
    assert running_since(back) is None  # nobody saw it begin


@pytest.mark.parametrize("stage", ["DELETED", "CANCELED"])
def test_a_list_that_does_not_show_a_job_for_a_moment_changes_nothing(stage: str) -> None:
    tracked = way("QUEUED", "RUNNING")
    assert tracked.shown(job(stage), NOON + 2 * MINUTE) == tracked


def test_a_job_that_was_ended_from_here_is_over_and_told_as_cancelled() -> None:
    ended = way("RUNNING").shown(job("RUNNING", end_sent="cancel"), NOON)
    assert not ended.job.is_over
    tracked = first_seen(job("RUNNING").model_copy(update={"end_sent": "cancel"}), NOON)
    over = tracked.shown(job("DELETED"), NOON + MINUTE)
    assert (over.job.outcome, over.is_lost) == ("cancelled", False)
    failed = tracked.shown(job("FAILED", terminal_stage=True, failed=True), NOON + MINUTE)
    assert failed.job.outcome == "cancelled"


def test_an_old_answer_does_not_undo_an_end() -> None:
    """What is over for the service stays so."""
    tracked = way("RUNNING").shown(over(NOON), NOON)
    for stage in ("RUNNING", "QUEUED", "DELETED"):
        later = tracked.shown(job(stage), NOON + MINUTE)
        assert (later.job.stage, later.is_settled, later.is_lost) == ("SUCCESSFUL", True, False)


def test_what_is_over_for_the_service_is_settled_at_once_and_stages_of_an_end_are_not() -> None:
    assert way("RUNNING").shown(over(NOON), NOON).is_settled
    sent = first_seen(job("RUNNING").model_copy(update={"end_sent": "cancel"}), NOON)
    assert not sent.shown(job("DELETED"), NOON + MINUTE).is_settled


def test_a_look_says_whether_the_job_is_lost_and_when_it_is_found() -> None:
    tracked = way("RUNNING")
    lost = tracked.after_poll(Poll(tracked.job, NOON, ServiceFailure("no"), is_lost=True))
    assert (lost.is_lost, lost.is_settled, lost.job.is_over) == (True, False, False)
    found = lost.after_poll(Poll(job("QUEUED"), NOON + MINUTE))  # an older stage is shown as it is
    assert (found.is_lost, found.job.stage) == (False, "QUEUED")


@pytest.mark.parametrize("job_id", ["NGBW-JOB-PY_TG-0F", "ngbw-job-py_tg-0f"])
def test_one_job_has_one_place_however_it_is_spelled(job_id: str) -> None:
    named = job("QUEUE", job_id=job_id, project_hpc="NSG", project_name="BSP_nsg_01")
    bare = job("QUEUE", job_id=job_id, project_hpc=None, project_name=None)
    assert ref_of(named) == ref_of(bare) == JobRef("nsg", "bsp_nsg_01", "NGBW-JOB-PY_TG-0F")


def test_a_job_of_which_nothing_tells_the_system_has_no_place() -> None:
    assert ref_of(job("QUEUE", job_id="42", project_hpc=None)).hpc == ""


@pytest.mark.parametrize("text", [None, "", "soon", "0001-01-01T00:00:00+23:59", "9" * 400])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert date_of(text) is None


def test_dates_are_in_utc_named_so_or_not() -> None:
    for text in ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00", "2026-11-23T14:00:00+02:00"):
        assert date_of(text) == NOON
