"""After a 201 on Piz Daint it is said whether the input is there: only what is known."""

from __future__ import annotations

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.jobs.input_check import (
    LOOKS,
    InputCheck,
    await_input,
    check_input,
    judge_input,
    judge_start,
)
from bspsa_widgets.jobs.polling.interval import PollInterval
from tests.faulty_server import Reply
from tests.results.results_server import NSG, REF, Results

ZIP = "fit-nb-0123456789abcdef.zip"


def job(stage: str, *, over: bool = False, failed: bool = False) -> Job:
    return Job.parse(
        {
            "job_id": REF.job_id,
            "project_hpc": "PIZDAINT",
            "stage": stage,
            "terminal_stage": over,
            "failed": failed,
        }
    )


def check(service: Results, stage: str = "QUEUED", **options: float) -> InputCheck:
    async def work(client: ServiceAccountClient) -> InputCheck:
        return await check_input(client, service.ref, job(stage), ZIP, **options)

    return service.ask(work)


@pytest.mark.parametrize("stage", ["STAGINGIN", "READY", "QUEUED"])
def test_a_zip_that_is_missing_before_the_start_is_told_with_what_to_do(stage: str) -> None:
    found = judge_input(job(stage), ZIP, ["stdout"])
    assert found.state == "missing"
    assert ZIP in found.words
    assert "cancel" in found.words


@pytest.mark.parametrize(
    "seen", [job("RUNNING"), job("FAILED", over=True, failed=True), job("FAILED"), job("WHAT")]
)
def test_once_it_has_run_the_zip_may_have_been_removed(seen: Job) -> None:
    found = judge_input(seen, ZIP, [])
    assert found.state == "missing"
    assert "Either" in found.words


def test_a_job_that_succeeded_may_have_run_without_its_input() -> None:
    found = judge_input(job("SUCCESSFUL", over=True), ZIP, [])
    assert found.state == "unlisted"
    assert found.words.startswith("The job ran to its end, but")
    assert judge_input(job("SUCCESSFUL", over=True), ZIP, [ZIP]) == ("arrived", "")


def test_nothing_is_called_failed() -> None:
    said = [judge_input(job(s), ZIP, []).words for s in ("QUEUED", "RUNNING")]
    said.append(judge_start(job("READY"), 600).words)
    assert not [words for words in said if "fail" in words.lower()]


def test_a_job_that_stays_ready_is_told_after_a_while() -> None:
    assert judge_start(job("READY"), 119).state == ""
    found = judge_start(job("READY"), 600)
    assert found.state == "stuck"
    assert "10 minutes" in found.words
    assert judge_start(job("QUEUED"), 6000).state == ""


def test_a_zip_that_is_listed_has_arrived_by_one_request() -> None:
    service = Results({ZIP: ""}, over=False)
    assert check(service) == ("arrived", "")
    assert check(service, "READY", ready_seconds=600.0).state == "stuck"


def test_a_zip_that_is_not_listed_is_judged_by_how_the_job_is_after_that() -> None:
    service = Results({"stdout": ""}, over=False)
    service.stage = "QUEUED"
    assert "nothing to run" in check(service).words
    service.stage = "RUNNING"
    assert "Either" in check(service).words  # it was QUEUED before the list was read


@pytest.mark.parametrize("reply", [Reply.json([], 404), Reply.html(), Reply.json({"a": 1})])
def test_a_list_that_cannot_be_read_says_nothing_of_the_zip(
    reply: Reply,
) -> None:
    service = Results({}, over=False)
    service.list_reply = reply
    found = check(service)
    assert found.state == ""
    assert "could not be checked" in found.words


def test_nsg_takes_job_and_file_together() -> None:
    assert check(Results({}, ref=NSG)) == ("", "")


def test_it_is_looked_for_a_few_times_and_no_longer() -> None:
    service = Results({"stdout": ""}, over=False)
    service.stage = "QUEUED"

    async def work(client: ServiceAccountClient) -> InputCheck:
        return await await_input(client, REF, job("QUEUED"), ZIP, PollInterval(0, 1, 0, 0))

    assert service.ask(work).state == "missing"
    assert service.lists == LOOKS
    late = Results({ZIP: ""}, over=False)
    assert late.ask(work).state == "arrived"
    assert late.lists == 1
