"""`panel.submit()` begins at the call, and never makes two jobs of what is one."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, NotSent, Unconfirmed
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.faulty_server import Account, Reply
from tests.widgets.conftest import MakePanel
from tests.widgets.view import SECONDS, View, until

Shown = Callable[..., tuple[JobSubmitter, View]]
Serve = Callable[..., Any]


def submitted(panel: JobSubmitter, **options: Any) -> Job:
    return asyncio.run(asyncio.wait_for(panel.submit(**options), SECONDS))


# --- the same once more -----------------------------------------------------------------


def test_the_same_call_again_returns_the_job_that_is_there(panel: MakePanel, serve: Serve) -> None:
    server = serve()
    made = panel(endpoint=server.url, token="t")
    first = submitted(made)
    server.account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
    until(made, "job_view", lambda view: view.get("outcome") == "succeeded")
    second = submitted(made)
    assert (second.job_id, second.stage) == (first.job_id, "SUCCESSFUL")
    assert server.posts == 1
    assert made.status["headline"] == "Done. The job ran to its end."
    assert not made.status["busy"]
    assert made.job["job_id"] == first.job_id
    assert asyncio.run(made.done()).job_id == first.job_id


def test_only_a_word_of_the_user_sends_it_once_more(panel: MakePanel, serve: Serve) -> None:
    server = serve()
    made = panel(endpoint=server.url, token="t")
    first, second = submitted(made), submitted(made, again=True)
    assert first.job_id != second.job_id == submitted(made).job_id == made.job["job_id"]
    assert server.posts == 2


def test_another_title_or_another_file_is_another_job(
    panel: MakePanel, serve: Serve, folder: Path
) -> None:
    server = serve()
    made = panel(endpoint=server.url, token="t")
    first = submitted(made)
    made.title = "another"
    second = submitted(made)
    (folder / "init.py").write_text("print('more spikes')\n")
    third = submitted(made)
    assert len({first.job_id, second.job_id, third.job_id}) == 3
    assert server.posts == 3


def test_a_mistake_in_between_does_not_make_it_another_job(panel: MakePanel, serve: Serve) -> None:
    server = serve()
    made = panel(endpoint=server.url, token="t")
    first = submitted(made)
    made.runtime = "x"
    with pytest.raises(BspsaError):
        submitted(made)
    made.runtime = 1
    assert submitted(made).job_id == first.job_id
    assert (server.posts, made.errors) == (1, {})
    assert made.status["headline"] == "Submitted. Piz Daint has your job."


def test_the_job_of_another_panel_is_not_taken_for_the_panels_own(
    panel: MakePanel, serve: Serve
) -> None:
    """Each of two panels has its job, whichever is asked again."""
    server = serve()
    one, other = (panel(endpoint=server.url, token="t") for _ in range(2))
    first, second = submitted(one), submitted(other)
    assert first.job_id != second.job_id
    assert submitted(one).job_id == first.job_id
    assert submitted(other).job_id == second.job_id
    assert server.posts == 2


def test_a_cell_run_while_a_click_is_under_way_waits_for_that_ones_job(
    shown: Shown, serve: Serve
) -> None:
    server = serve(held=True)
    panel, view = shown(endpoint=server.url, token="t")
    assert view.submit()["ok"]

    async def cell() -> Job:
        going = asyncio.ensure_future(panel.submit())
        await asyncio.to_thread(server.posted.wait, SECONDS)
        assert not going.done()
        server.release()
        return await going

    assert asyncio.run(cell()).job_id == server.account.jobs[0]["job_id"]
    assert server.posts == 1


def test_a_cell_with_other_settings_does_not_wait_for_a_click(shown: Shown, serve: Serve) -> None:
    server = serve(held=True)
    panel, view = shown(endpoint=server.url, token="t")
    assert view.submit()["ok"]
    panel.title = "another"
    with pytest.raises(NotSent, match="under way"):
        submitted(panel)
    with pytest.raises(NotSent, match="under way"):
        submitted(panel, again=True)
    server.release()
    until(panel, "job", bool)
    assert server.posts == 1


def test_while_the_job_of_a_lost_answer_is_looked_for_the_same_call_waits_for_it(
    panel: MakePanel, serve: Serve
) -> None:
    account = Account(creates=True).on("POST", "/jobs/", Reply.html(500))
    server = serve(account)
    made = panel(endpoint=server.url, token="t")
    made.submit()
    until(made, "status", lambda status: status["step"] == "reconciling")

    async def cell() -> Job:
        going = asyncio.ensure_future(made.submit())
        await asyncio.sleep(0)
        made.look(made.status["record"]).result(SECONDS)
        return await going

    assert asyncio.run(cell()).job_id == account.jobs[0]["job_id"]
    assert server.posts == 1


def test_many_threads_that_submit_the_same_have_one_job(panel: MakePanel, serve: Serve) -> None:
    server = serve(held=True)
    made = panel(endpoint=server.url, token="t")
    together = threading.Barrier(16)

    def cell() -> str:
        together.wait(SECONDS)
        return submitted(made).job_id

    with ThreadPoolExecutor(16) as pool:
        going = [pool.submit(cell) for _ in range(16)]
        assert server.posted.wait(SECONDS)
        server.release()
        assert len({one.result(SECONDS) for one in going}) == 1
    assert server.posts == 1


# --- without await ----------------------------------------------------------------------


def test_it_begins_at_the_call_and_may_be_awaited_later_and_twice(
    panel: MakePanel, serve: Serve
) -> None:
    server = serve()
    made = panel(endpoint=server.url, token="t")
    going = made.submit()
    job = until(made, "job", bool)

    async def cell() -> tuple[Job, Job]:
        return await going, await going

    first, second = asyncio.run(cell())
    assert first.job_id == second.job_id == job["job_id"]
    assert "await" in repr(going)


def test_what_nobody_awaits_leaves_no_warning_and_its_failure_is_in_the_panel(
    panel: MakePanel, serve: Serve, recwarn: pytest.WarningsRecorder
) -> None:
    made = panel(endpoint=serve().url, token="t", runtime="x")
    made.submit()
    assert set(until(made, "errors", bool)) == {"runtime"}
    assert until(made, "status", lambda s: s["step"] == "over")["outcome"] == "not_sent"
    lost = panel(endpoint=serve(Account().on("POST", "/", Reply.html())).url, token="t", settle=0)
    lost.submit()
    assert until(lost, "status", lambda s: s["step"] == "over")["outcome"] == "unconfirmed"
    gc.collect()
    assert [one for one in recwarn if "never awaited" in str(one.message)] == []


@pytest.mark.parametrize("way", ["run", "task", "gather", "wait_for"])
def test_it_is_awaited_in_every_way_that_a_coroutine_is(
    panel: MakePanel, serve: Serve, way: str
) -> None:
    made = panel(endpoint=serve().url, token="t")

    async def cell() -> Job:
        if way == "task":
            return await asyncio.create_task(made.submit())
        if way == "gather":
            return (await asyncio.gather(made.submit(), asyncio.sleep(0)))[0]
        return await asyncio.wait_for(made.submit(), SECONDS)

    job = asyncio.run(made.submit() if way == "run" else cell())
    assert job.job_id == made.job["job_id"]


def test_an_error_that_is_awaited_is_raised(panel: MakePanel, serve: Serve) -> None:
    account = Account().on("POST", "/", Reply.html())
    made = panel(endpoint=serve(account).url, token="t", settle=0)
    with pytest.raises(Unconfirmed):
        asyncio.run(made.submit())
