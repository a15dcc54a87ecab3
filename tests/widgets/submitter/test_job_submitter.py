"""The panel from a click to a job that is over, against a real local service."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.marker import split
from bspsa_widgets.errors import (
    BspsaError,
    InvalidForm,
    InvalidInput,
    NotSent,
    Unconfirmed,
)
from bspsa_widgets.service import embedded
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.cli.terminal import forms_of
from tests.faulty_server import Account, Received, Reply
from tests.widgets.conftest import MakePanel
from tests.widgets.view import SECONDS, View, settled, until

Shown = Callable[..., tuple[JobSubmitter, View]]
SENTINEL = "SENTINEL/7f3a+c0ffee=="


def jobs_of(service: LocalService) -> set[str]:
    """The ids of all jobs: what the service says, not the panel."""
    answer = httpx.get(
        service.url + "/jobs/", headers={"Authorization": f"Bearer {service.token()}"}
    )
    return {job["job_id"] for job in answer.json()}


def over(panel: JobSubmitter) -> dict[str, Any]:
    """The status at the end of a submission that made no job, or of the job."""
    return dict(until(panel, "status", lambda status: status["step"] == "over"))


# --- submitting -------------------------------------------------------------------------


def test_submit_returns_the_job_and_the_panel_holds_it_as_a_dict(
    panel: MakePanel, known: LocalService
) -> None:
    made = panel(title="from Python")

    async def cell() -> tuple[Job, dict[str, Any], Job]:
        job = await made.submit()
        return job, made.job, await made.done()

    job, shown, last = asyncio.run(cell())
    assert shown["job_id"] == job.job_id in jobs_of(known)
    assert job.title == "from Python"
    assert (last.stage, last.outcome) == ("SUCCESSFUL", "succeeded")
    assert made.job == last.raw
    assert made.status["headline"] == "Done. The job ran to its end."
    stages = [entry["stage"] for entry in made.job_view["seen"]]
    assert stages[-1] == "SUCCESSFUL"
    assert len(stages) == len(set(stages))


def test_a_click_does_the_same(shown: Shown, known: LocalService) -> None:
    panel, view = shown()
    assert view.submit(form={"title": "from the view"})["ok"] is True
    job = until(panel, "job", lambda job: job.get("terminal_stage"))
    assert job["stage"] == "SUCCESSFUL"
    assert split(job["title"])[0] == panel.job_view["title"] == "from the view"
    assert panel.title == "from the view"
    assert over(panel)["outcome"] == "accepted"


def test_a_job_of_nsg_runs_its_main_file(panel: MakePanel, known: LocalService) -> None:
    made = panel(hpc="nsg", tool="PY_TG", init_file="init.py")

    async def cell() -> Job:
        await made.submit()
        return await made.done()

    assert asyncio.run(cell()).stage == "COMPLETED"
    assert made.job_view["system"] == "NSG"


def test_a_job_that_fails_is_shown_as_one_that_ran(panel: MakePanel, known: LocalService) -> None:
    made = panel(command="exit 3")

    async def cell() -> Job:
        await made.submit()
        return await made.done()

    assert asyncio.run(cell()).outcome == "failed"
    assert made.status["headline"] == "The job ran, and failed."
    assert made.errors == {}


@pytest.mark.parametrize("half", [rb"\ud83d", b"\xed\xa0\xbd"], ids=["escaped", "in bytes"])
def test_a_stage_with_half_a_character_leaves_no_panel_waiting(
    half: bytes, serve: Callable[..., Server], shown: Shown
) -> None:
    account = Account()

    def answer(request: Received) -> Reply:
        reply = account(request)
        body = json.dumps(json.loads(reply.body) if reply.body else [])
        return Reply(reply.status, body.encode().replace(b'"QUEUED"', b'"QUEUED%s"' % half))

    panel, view = shown(endpoint=serve(answer).url, token="t")
    account.jobs.clear()
    assert view.submit()["ok"] is True
    until(panel, "job_view", lambda view: "\ufffd" in view.get("stage", ""))
    assert panel.status["outcome"] == "accepted"
    for state in (panel.job, panel.job_view, panel.status):
        json.dumps(state, ensure_ascii=False).encode()


# --- at most one ------------------------------------------------------------------------


def test_the_same_message_twice_makes_one_job(shown: Shown, known: LocalService) -> None:
    panel, view = shown()
    before = jobs_of(known)
    for _ in range(3):
        view.submit(id="one click")
    over(panel)
    view.submit(id="one click")
    assert len(view.answers("one click")) == 1
    assert len(jobs_of(known) - before) == 1


def test_two_clicks_while_one_is_under_way_make_one_job(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    server = serve(held=True)
    panel, view = shown(endpoint=server.url, token="t")
    first, second = view.submit(), view.submit()
    assert (first["ok"], second["ok"]) == (True, False)
    assert "under way" in second["message"]
    assert server.posted.wait(SECONDS)
    assert view.submit()["ok"] is False
    with pytest.raises(NotSent):
        panel._start()
    server.release()
    until(panel, "status", lambda status: not status["busy"])
    assert server.posts == len(server.account.jobs) == 1


def test_many_threads_at_once_make_one_job(panel: MakePanel, serve: Callable[..., Any]) -> None:
    server = serve(held=True)
    made = panel(endpoint=server.url, token="t")
    barrier = threading.Barrier(16)

    def click() -> Future[Job] | None:
        barrier.wait(SECONDS)
        try:
            return made._start()
        except NotSent:
            return None

    with ThreadPoolExecutor(16) as pool:
        started = [pool.submit(click) for _ in range(16)]
    going = [found for future in started if (found := future.result()) is not None]
    assert len(going) == 1
    server.release()
    assert going[0].result(SECONDS).job_id == made.job["job_id"]
    assert server.posts == 1


def test_a_second_job_takes_the_place_of_the_first_which_is_followed_to_its_end(
    panel: MakePanel, known: LocalService
) -> None:
    made = panel(command="until [ -e go ]; do sleep 0.05; done")

    async def cell() -> tuple[Job, Job, Job]:
        first = await made.submit()
        waiting = asyncio.ensure_future(made.done())
        await asyncio.sleep(0)  # it has begun: `done` is of the job submitted last
        made.command = "true"
        second = await made.submit()
        last = await made.done()
        # In its own folder: a job may see nothing else.
        (known.directory / "jobs" / first.job_id / "work" / "go").touch()
        ended = await waiting
        assert ended.job_id == first.job_id
        return first, second, last

    first, second, last = asyncio.run(cell())
    assert first.job_id != second.job_id == last.job_id
    assert made.job["job_id"] == made.job_view["job_id"] == second.job_id


# --- what is wrong ----------------------------------------------------------------------


def test_errors_stand_at_their_fields_all_at_once(shown: Shown, known: LocalService) -> None:
    panel, view = shown()
    before = jobs_of(known)
    wrong = {"node_number": "abc", "runtime": 0, "title": "x" * 101, "folder": "missing"}
    assert view.submit(form=wrong)["ok"] is True
    told = until(panel, "errors", bool)
    assert set(told) == {"node_number", "runtime", "title", "folder"}
    assert "'abc' is not a number." in told["node_number"]
    assert panel.node_number == "abc"
    assert over(panel)["outcome"] == "not_sent"
    assert jobs_of(known) == before


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"hpc": "summit"}, "hpc"),
        ({"folder": ""}, "folder"),
        ({"folder": "ca1-fit/init.py"}, "folder"),
        ({"folder": "\0"}, "folder"),
        ({"title": "a\r\nAuthorization: x"}, "title"),
        ({"command": ""}, "command"),
        ({"command": "x\x1b"}, "command"),
        ({"command": "x" * 1500}, "command"),
        ({"node_number": "nan"}, "node_number"),
        ({"runtime": True}, "runtime"),
        ({"hpc": "nsg", "init_file": "no.py"}, "init_file"),
        ({"project": "../quotas"}, "project"),
    ],
    ids=str,
)
def test_submit_raises_and_names_the_field(
    panel: MakePanel, serve: Callable[..., Any], form: dict[str, Any], field: str
) -> None:
    server = serve()
    made = panel(endpoint=server.url, token="t")
    for name, value in form.items():
        made.set_trait(name, value)
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(made.submit())
    assert set(caught.value.errors) == set(made.errors) == {field}
    assert not caught.value.job_may_exist
    assert server.posts == 0


def test_an_unknown_project_is_told_at_its_field(panel: MakePanel, known: LocalService) -> None:
    made = panel(project="no_such_1")
    with pytest.raises(BspsaError):
        asyncio.run(made.submit())
    assert set(made.errors) == {"project"}


def test_an_answer_that_says_nothing_is_unconfirmed_and_nothing_is_sent_again(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    server = serve(Account().on("POST", "/", Reply.html(500)))
    made = panel(endpoint=server.url, token="t", settle=0.1)
    with pytest.raises(Unconfirmed, match="not in your job list, which was read once"):
        asyncio.run(made.submit())
    assert made.status["outcome"] == "unconfirmed"
    assert [action["kind"] for action in made.status["actions"]] == ["look", "again"]
    assert made.job == {}
    assert server.posts == 1


def test_a_missing_token_asks_for_one_and_sends_nothing(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    server = serve()
    made = panel(endpoint=server.url)
    with pytest.raises(BspsaError, match="token"):
        asyncio.run(made.submit())
    assert made.connection["state"] == "no_token"
    assert server.ledger == []


def test_an_observer_that_fails_does_not_break_off_a_submission(
    panel: MakePanel, known: LocalService, planted: list[str]
) -> None:
    planted.append("an observer of")
    made = panel()
    for trait in ("status", "job", "errors", "warnings", "connection"):
        made.observe(lambda _: 1 / 0, trait)
    before = jobs_of(known)

    async def cell() -> Job:
        await made.submit()
        return await made.done()

    assert asyncio.run(cell()).outcome == "succeeded"
    assert len(jobs_of(known) - before) == 1
    assert made._start().result(SECONDS)


def test_a_fault_of_ours_after_the_first_byte_is_shown_as_unconfirmed(
    panel: MakePanel,
    serve: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    planted: list[str],
) -> None:
    def broken(_answer: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    monkeypatch.setattr("bspsa_widgets.client.bspsa.outcomes.judge_submission", broken)
    made = panel(endpoint=serve().url, token="t", settle=0)
    with pytest.raises(Unconfirmed, match="RuntimeError"):
        asyncio.run(made.submit())
    assert made.status["outcome"] == "unconfirmed"
    assert not made.status["busy"]


def test_a_fault_while_following_is_shown_and_the_job_not_called_failed(
    panel: MakePanel,
    serve: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    planted: list[str],
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    monkeypatch.setattr("bspsa_widgets.widgets.submitter.current_job.follow", broken)
    made = panel(endpoint=serve().url, token="t")

    async def cell() -> None:
        await made.submit()
        with pytest.raises(BspsaError, match="it goes on"):
            await made.done()

    asyncio.run(cell())
    assert "stopped following" in made.job_view["note"]
    assert made.status["headline"] == "Submitted. Piz Daint has your job."


def test_a_fault_while_counting_or_connecting_is_shown(
    panel: MakePanel,
    known: LocalService,
    monkeypatch: pytest.MonkeyPatch,
    planted: list[str],
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    monkeypatch.setattr("bspsa_widgets.widgets.submitter.folder_summary.scan", broken)
    monkeypatch.setattr("bspsa_widgets.widgets.base.account_state.quotas_state", broken)
    monkeypatch.setattr("bspsa_widgets.runtime.service_link.connect", broken)
    made = panel()
    assert until(made, "folder_info", lambda info: info["state"] == "error")["message"]
    assert until(made, "connection", lambda now: now["state"] != "unknown")["state"] == "offline"


# --- cancel and interrupt ---------------------------------------------------------------


def test_cancel_before_the_first_byte_sends_nothing(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    server = serve(Account().on("GET", "/quotas/pizdaint/", Reply(cut=0, end="stall")))
    panel, view = shown(endpoint=server.url, token="t")
    view.submit()
    assert server.asked.wait(SECONDS)
    assert view.request("cancel")["ok"] is True
    assert over(panel)["headline"] == "Cancelled. Nothing was sent."
    assert server.posts == 0


def test_cancel_right_behind_the_click_is_not_lost(shown: Shown, serve: Callable[..., Any]) -> None:
    server = serve()
    panel, view = shown(endpoint=server.url, token="t")
    for _ in range(20):
        panel.status = {**panel.status, "step": "idle"}
        view.submit()
        view.request("cancel")
        assert over(panel)["headline"] == "Cancelled. Nothing was sent."
    assert server.posts == 0


def test_cancel_after_the_first_byte_is_too_late_and_the_job_comes(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    server = serve(held=True)
    panel, view = shown(endpoint=server.url, token="t")
    view.submit()
    assert server.posted.wait(SECONDS)
    assert until(panel, "status", lambda s: s["step"] == "waiting")["cancellable"] is False
    view.request("cancel")
    server.release()
    assert until(panel, "job", bool)["job_id"] == server.account.jobs[0]["job_id"]


def test_an_interrupted_cell_before_the_first_byte_cancels(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    server = serve(Account().on("GET", "/quotas/pizdaint/", Reply(cut=0, end="stall")))
    made = panel(endpoint=server.url, token="t")

    async def cell() -> None:
        going = asyncio.ensure_future(made.submit())
        await asyncio.to_thread(server.asked.wait, SECONDS)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    asyncio.run(cell())
    assert over(made)["headline"] == "Cancelled. Nothing was sent."
    assert server.posts == 0


def test_an_interrupted_cell_after_the_first_byte_goes_on_and_the_panel_tells(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    server = serve(held=True)
    made = panel(endpoint=server.url, token="t")

    async def cell() -> None:
        going = asyncio.ensure_future(made.submit())
        await asyncio.to_thread(server.posted.wait, SECONDS)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    asyncio.run(cell())
    assert made.status["busy"] is True
    with pytest.raises(NotSent):
        made._start()
    server.release()
    assert until(made, "job", bool)["job_id"] == server.account.jobs[0]["job_id"]
    assert until(made, "status", lambda s: not s["busy"])["outcome"] == "accepted"
    assert server.posts == 1


def test_a_loop_that_ends_while_waiting_takes_nothing_down(
    panel: MakePanel, serve: Callable[..., Any]
) -> None:
    server = serve(held=True)
    made = panel(endpoint=server.url, token="t")

    async def cell() -> asyncio.Task[Job]:
        left = asyncio.create_task(made.submit())
        await asyncio.to_thread(server.posted.wait, SECONDS)
        return left

    assert asyncio.run(cell()).cancelled()
    server.release()
    until(made, "job", bool)
    assert server.posts == 1


# --- threads, loops and the kernel ------------------------------------------------------


def test_a_thread_without_a_loop_can_submit(panel: MakePanel, known: LocalService) -> None:
    made = panel()
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(lambda: asyncio.run(made.submit())).result(SECONDS)
    assert job.job_id in jobs_of(known)


def test_a_blocked_kernel_does_not_stop_a_submission(shown: Shown, known: LocalService) -> None:
    panel, view = shown()
    done = threading.Event()
    panel.observe(lambda change: change["new"].get("terminal_stage") and done.set(), "job")

    async def busy_kernel() -> None:
        view.submit()
        assert done.wait(SECONDS)  # the kernel's own loop stands still meanwhile

    asyncio.run(busy_kernel())
    assert over(panel)["outcome"] == "accepted"


def test_done_before_anything_was_submitted_says_so(panel: MakePanel, known: LocalService) -> None:
    with pytest.raises(BspsaError, match="knows of no job"):
        asyncio.run(panel().done())


# --- which service ----------------------------------------------------------------------


def test_a_panel_finds_the_local_service_by_itself(panel: MakePanel, known: LocalService) -> None:
    made = panel()
    connection = until(made, "connection", lambda now: now["state"] != "unknown")
    assert (connection["label"], connection["state"]) == ("local service", "connected")
    assert set(until(made, "projects", bool)) >= {"pizdaint", "nsg"}
    assert all(entry["hours_left"] for entry in made.quotas.values())
    assert "local service" in repr(made)


def test_a_panel_that_was_there_first_finds_a_service_started_later(
    panel: MakePanel, service: LocalService
) -> None:
    made = panel()
    until(made, "connection", lambda value: value.get("state") in ("offline", "no_token"))
    embedded._started.append(service)
    assert asyncio.run(made.submit()).job_id in jobs_of(service)
    assert until(made, "connection", lambda value: value["state"] == "connected")


def test_local_before_any_service_runs_is_told_and_not_raised(
    panel: MakePanel, service: LocalService
) -> None:
    made = panel(endpoint="local")
    assert until(made, "connection", lambda now: now["state"] != "unknown")["state"] == "offline"
    assert "LocalService()" in made.connection["message"]
    with pytest.raises(NotSent):
        asyncio.run(made.submit())
    assert not made.status["busy"]
    embedded._started.append(service)
    assert asyncio.run(made.submit()).job_id in jobs_of(service)


def test_a_job_is_followed_where_it_was_sent_also_when_a_local_service_starts(
    panel: MakePanel, serve: Callable[..., Any], service: LocalService, monkeypatch: Any
) -> None:
    server = serve(held=True)
    monkeypatch.setenv("BSPSA_ENDPOINT", server.url)
    monkeypatch.setenv("BSPSA_TOKEN", "t")
    made = panel()
    going = made._start()
    assert server.posted.wait(SECONDS)
    embedded._started.append(service)
    server.release()
    job = going.result(SECONDS)
    path = f"/jobs/pizdaint/bsp_pizdaint_01/{job.job_id}/"
    settled(lambda: path in [request.target for request in server.ledger], "a look at the job")
    assert made.job_view["note"] == ""


@pytest.mark.parametrize("endpoint", ["http://bspsa.example", "nonsense", "https://u:p@h"])
def test_an_unusable_endpoint_is_an_error_at_once(panel: MakePanel, endpoint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        panel(endpoint=endpoint)
    assert caught.value.field == "endpoint"


def test_an_unknown_argument_is_a_type_error(panel: MakePanel) -> None:
    with pytest.raises(TypeError, match="nodes"):
        panel(nodes=3)


# --- the folder -------------------------------------------------------------------------


def test_the_chosen_folder_is_counted(panel: MakePanel, known: LocalService) -> None:
    made = panel()
    info = until(made, "folder_info", lambda info: info["state"] == "ok")
    assert (info["files"], info["left_out"]) == (2, 1)
    made.folder = "missing"
    assert "missing" in until(made, "folder_info", lambda i: i["state"] == "error")["message"]
    made.folder = ""
    assert made.folder_info["state"] == "none"


def test_single_files_are_chosen_in_the_call(panel: MakePanel, known: LocalService) -> None:
    made = panel(include=["a"], exclude=("b/",), include_secrets=iter([".env"]))
    wanted = {"include": ["a"], "exclude": ["b/"], "include_secrets": [".env"]}
    assert made.choice == {"folder": made.folder} | wanted
    with pytest.raises(InvalidInput) as caught:
        panel(exclude="b/")
    assert caught.value.field == "exclude"


def test_what_is_left_out_by_the_user_is_not_sent(
    panel: MakePanel, known: LocalService, folder: Path
) -> None:
    (folder / "left").write_text("not to be sent")
    made = panel(exclude=["left"], command="unzip -q {archive} && ls {folder}")

    async def cell() -> list[Path]:
        await made.submit()
        await made.done()
        return await made.download("stdout")

    (said,) = asyncio.run(cell())
    assert "init.py" in said.read_text()
    assert "left" not in said.read_text()


def test_a_choice_that_cannot_be_had_is_told_at_the_folder(
    panel: MakePanel, known: LocalService
) -> None:
    made = panel(include=["missing.h5"])
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(made.submit())
    assert set(caught.value.errors) == {"include"}
    assert "missing.h5" in made.errors["folder"]


# --- the token --------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["text", "callable", "async", "environment", "typed"])
def test_the_token_is_nowhere_to_be_seen(
    shown: Shown,
    serve: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
) -> None:
    async def ask() -> str:
        return SENTINEL

    server = serve(Account().on("POST", "/", Reply.json({"detail": "No."}, 404)))
    token: Any = {"text": SENTINEL, "callable": lambda: SENTINEL, "async": ask}.get(given)
    if given == "environment":
        monkeypatch.setenv("BSPSA_TOKEN", SENTINEL)
    panel, view = shown(endpoint=server.url, token=token)
    if given == "typed":
        view.request("token", token=SENTINEL)
    with pytest.raises(BspsaError) as caught:
        asyncio.run(panel.submit())
    assert server.ledger[-1].header("Authorization") == [f"Bearer {SENTINEL}"]
    seen = [
        *(view.comm.sent, panel.get_state(), panel._repr_mimebundle_(), repr(panel), str(panel)),
        *({name: getattr(panel, name) for name in panel.trait_names()}, caplog.text),
        *(repr(caught.value), str(caught.value), vars(caught.value), repr(panel._link)),
        *(
            repr(panel._submitting.submission),
            repr(vars(asyncio.run(panel._link.service()))),
            panel.status,
            panel.connection,
        ),
    ]
    shown_text = "\n".join(map(str, seen))
    assert [form for form in forms_of(SENTINEL) if form in shown_text] == []
    assert logging.getLogger().level == logging.DEBUG


# --- results ----------------------------------------------------------------------------


def test_results_come_below_the_root_and_are_not_replaced(
    panel: MakePanel, known: LocalService, tmp_path: Path
) -> None:
    made = panel(command="mkdir sub && touch sub/x && echo said", title="../a title")

    async def cell() -> list[Path]:
        await made.submit()
        await made.done()
        return await made.download()

    paths = asyncio.run(cell())
    (place,) = {path.parent for path in paths}
    assert place.parent == tmp_path / "results"
    assert (place / "stdout").read_text() == "said\n"
    (place / "stdout").write_text("mine")
    with pytest.raises(BspsaError, match="changed here"):
        asyncio.run(made.download("stdout"))
    assert asyncio.run(made.download("stdout", overwrite=True)) == [place / "stdout"]
    with pytest.raises(BspsaError, match="no file"):
        asyncio.run(made.download("no-such"))
    assert (place / "stdout").read_text() == "said\n"
    assert sorted(asyncio.run(made.download())) == sorted(paths)  # resumed: they are here


def test_results_of_nothing_are_an_error(panel: MakePanel, known: LocalService) -> None:
    with pytest.raises(BspsaError, match="knows of no job"):
        asyncio.run(panel().download())


def test_several_wrong_fields_are_one_invalid_form(panel: MakePanel, known: LocalService) -> None:
    with pytest.raises(InvalidForm):
        asyncio.run(panel(node_number="x", runtime="y").submit())


def test_a_panel_is_made_in_a_moment(known: LocalService, panel: MakePanel) -> None:
    began = time.perf_counter()
    panel()
    took = time.perf_counter() - began
    print(f"a panel: {took * 1000:.0f} ms")
    assert took < 2
