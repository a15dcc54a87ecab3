"""The panel says whether what was submitted to Piz Daint has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.jobs.input_check import judge_input
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.jobs.tracked_job import first_seen
from bspsa_widgets.records.store import Records
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.submitter import job_state
from tests.faulty_server import Account, Reply
from tests.widgets.conftest import MakePanel
from tests.widgets.view import View, settled, until


def test_a_zip_that_is_not_among_the_jobs_files_is_told_in_the_panel(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    account = Account().on("GET", "/files/", Reply.json(["/stdout"]))
    made = panel(endpoint=serve(account).url, token="t")
    asyncio.run(made.submit())
    shown = until(made, "job_view", lambda view: view["note"])
    assert "is not among its files" in shown["note"]
    assert ".zip" in shown["note"]
    assert made.status["outcome"] == "accepted"


def test_a_job_that_ran_to_its_end_without_its_zip_is_not_only_called_done(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    account = Account().on("GET", "/files/", Reply.json(["/stdout"]))
    made = panel(endpoint=serve(account).url, token="t")
    asyncio.run(made.submit())
    until(made, "job_view", lambda view: "nothing to run" in view["note"])
    account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True, "failed": False}
    shown = until(made, "job_view", lambda view: "ran to its end, but" in view["note"])
    assert "nothing to run" not in shown["note"]
    assert shown["outcome"] == "succeeded"


def test_a_zip_that_has_arrived_is_no_news(panel: MakePanel, known: LocalService) -> None:
    made = panel(command="sleep 30")
    asyncio.run(made.submit())
    settled(lambda: made._shown._input_check.state == "arrived", "the look for the input")
    assert made.job_view["note"] == ""


def test_a_list_that_cannot_be_read_is_no_news_either(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    account = Account().on("GET", "/files/", Reply.json([], 404))
    made = panel(endpoint=serve(account).url, token="t")
    asyncio.run(made.submit())
    settled(lambda: made._shown._input_check.words, "the look for the input")
    assert made.job_view["note"] == ""


@pytest.mark.parametrize("how", ["DELETED", "404"])
def test_a_job_that_is_not_shown_any_more_is_told_so_and_done_goes_on_waiting(
    panel: MakePanel, serve: Callable[..., Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PollInterval, "for_client", lambda *_, **__: PollInterval(0.05, 1.2, 0.1))
    account, ended = Account(), []
    made = panel(endpoint=serve(account).url, token="t", on_done=ended.append)
    sent = asyncio.run(made.submit())
    away = account.jobs[0] | {"stage": how}
    reply = Reply.json("", 404) if how == "404" else Reply.json(away)
    path = ("GET", f"/jobs/pizdaint/bsp_pizdaint_01/{sent.job_id}/")
    account.on(*path, reply)
    until(made, "job_view", lambda view: view["is_lost"])
    said = until(made, "status", lambda now: "does not show the job" in now["headline"])
    assert (said["outcome"], said["step"]) == ("accepted", "following")
    assert made.job_view["outcome"] == ""
    assert made.job_view["stage"] == sent.stage

    async def at_its_end() -> Job:
        waiting = asyncio.create_task(made.done())
        await asyncio.sleep(0)
        assert (waiting.done(), ended) == (False, [])
        account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
        del account.replies[path]
        return await waiting

    assert asyncio.run(at_its_end()).outcome == "succeeded"
    until(made, "status", lambda now: now["headline"].startswith("Done."))
    settled(lambda: [job.outcome for job in ended] == ["succeeded"], "the word of its end")


def test_a_job_that_was_cancelled_by_another_program_of_the_user_is_told_as_cancelled(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    """Piz Daint says FAILED of it."""
    account, ended = Account().on("DELETE", "/", Reply(204, content_type=None)), []
    made = panel(endpoint=serve(account).url, token="t", on_done=ended.append)
    sent = asyncio.run(made.submit())

    async def cancel() -> None:
        service = await made._link.service()
        async with ServiceAccountClient(service.endpoint, "t") as elsewhere:
            await elsewhere.delete(JobRef.of(sent))

    asyncio.run(cancel())
    account.jobs[0] |= {"stage": "FAILED", "terminal_stage": True, "failed": True}
    assert asyncio.run(made.done()).outcome == "cancelled"
    until(made, "status", lambda now: now["headline"] == "The job was cancelled.")
    assert made.job_view["outcome"] == "cancelled"
    settled(lambda: [job.outcome for job in ended] == ["cancelled"], "the word of its end")
    until(made, "records", lambda lines: lines and lines[0]["words"] == "The job was cancelled.")


def job(stage: str, **more: Any) -> Job:
    return Job.parse({"job_id": "A", "project_hpc": "PIZDAINT", "stage": stage} | more)


def note(stage: str, minutes: float, *, problem: bool = False, **more: Any) -> str:
    """Of a job whose zip was not listed before it began."""
    now = datetime.now(UTC)
    known = first_seen(job(stage, **more), now - timedelta(minutes=minutes))
    known = known._replace(checked=now, problem=ServiceFailure("Gone.") if problem else None)
    missing = judge_input(job("QUEUED"), "a.zip", [])
    return str(job_state.job_view(known, missing)["note"])


def test_all_that_is_odd_about_a_job_is_told_together() -> None:
    said = note("READY", 5, problem=True)
    assert said.startswith(job_messages.old(ServiceFailure("Gone.")))
    assert "a.zip" in said
    assert "READY for 5 minutes" in said


def test_a_job_that_succeeded_had_its_input() -> None:
    assert note("SUCCESSFUL", 5, terminal_stage=True) == ""


def test_a_job_that_is_ready_for_a_moment_is_no_news() -> None:
    assert "READY" not in note("READY", 1)


def test_where_nobody_looks_a_job_that_goes_on_as_it_is_is_no_news(
    panel: MakePanel, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each message to a view counts as use of the kernel, and keeps an idle one alive."""
    monkeypatch.setattr(PollInterval, "for_client", lambda *_, **__: PollInterval(0.02, 1, 0.02))
    account = Account()
    server = serve(account)
    made = panel(endpoint=server.url, token="t")
    view = View(made)
    sent = asyncio.run(made.submit())
    account.jobs[0] |= {"stage": "RUNNING"}
    path = f"/jobs/pizdaint/bsp_pizdaint_01/{sent.job_id}/"

    def looks() -> int:
        return sum(request.target == path for request in server.ledger)

    def more(count: int) -> None:
        wanted = looks() + count
        settled(lambda: looks() >= wanted, "looks")

    until(made, "job_view", lambda view: view["stage"] == "RUNNING")
    settled(lambda: made._shown._input_check.words or looks() > 20, "the look for the input")
    view.leave()
    more(2)
    told = len(view.comm.sent)
    more(5)
    assert view.comm.sent[told:] == []
    view.request("hello")
    settled(lambda: len(view.comm.sent) > told + 3, "the time of the looks")
    view.leave()
    account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
    until(made, "job_view", lambda view: view["outcome"] == "succeeded")
