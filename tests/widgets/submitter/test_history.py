"""What a notebook submitted before is shown, cleared up, and never sent again by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import AlreadySubmitted, InvalidInput, NotSent, Unconfirmed
from bspsa_widgets.records.record import KeptArchive, Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.submission.recovery import close
from bspsa_widgets.widgets.submitter import history
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.faulty_server import Account, Reply
from tests.widgets.conftest import MakePanel
from tests.widgets.view import SECONDS, View, settled, until

Shown = Callable[..., tuple[JobSubmitter, View]]

MARKER = "nb-aaaabbbbccccdddd"
LOST = Reply.html(500)


def left_open(endpoint: str, state: str = "sending", **changes: Any) -> Record:
    """A record as a kernel leaves it that is killed."""
    made = Record(
        marker=MARKER,
        endpoint=endpoint,
        folder="ca1-fit",
        form=JobForm(hpc="pizdaint", command="true", title="CA1", runtime=2.5),
        hpc="pizdaint",
        payload={"command": "true", "title": f"CA1 [{MARKER}]"},
        archive=KeptArchive(name="a.zip", size=1, sha256="0", files=1),
        manifest="0",
    ).prepared()
    return made.model_copy(update={"state": state, **changes})


def listed(account: Account, marker: str = MARKER) -> str:
    """The service has the job, after all."""
    account.jobs.append(
        {"id": 7, "job_id": "FOUND-1", "title": f"CA1 [{marker}]", "project_hpc": "PIZDAINT"}
        | {"project_name": "bsp_pizdaint_01", "stage": "RUNNING", "terminal_stage": False}
    )
    return "FOUND-1"


def states(panel: JobSubmitter) -> list[str]:
    return [line["state"] for line in panel.records]


def test_a_job_that_was_cut_off_is_found_and_followed_after_a_restart(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    account = Account()
    server = serve(account)
    records.save(left_open(server.url))
    job_id = listed(account)
    made = panel(endpoint=server.url, token="t")
    until(made, "job", lambda job: job.get("job_id") == job_id)
    assert made.status["outcome"] == "accepted"
    assert server.posts == 0
    until(made, "records", lambda lines: lines and lines[0]["state"] == "accepted")
    account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
    assert asyncio.run(made.done()).outcome == "succeeded"
    until(made, "records", lambda lines: lines[0]["state"] == "over")
    kept = records.read(MARKER)
    assert kept is not None
    assert [event.state for event in kept.history] == [
        *("prepared", "unconfirmed", "accepted", "over")
    ]


def test_jobs_that_end_together_are_listed_together(
    panel: MakePanel,
    serve: Callable[..., Any],
    records: Records,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load, loads = Records.load, []
    account = Account()
    server = serve(account)
    for number in range(40):
        marker = f"nb-{number:016d}".translate(str.maketrans("0189", "abcd"))
        listed(account, marker)
        account.jobs[-1] |= {"job_id": f"{number:016d}"}
        left = left_open(server.url, "accepted", marker=marker, job=dict(account.jobs[-1]))
        records.save(left)
        account.jobs[-1] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
    monkeypatch.setattr(Records, "load", lambda self: loads.append(0) or load(self))
    made = panel(endpoint=server.url, token="t")
    until(made, "records", lambda lines: lines and set(states(made)) == {"over"})
    settled(lambda: {r.state for r in load(records).records} == {"over"}, "the ends of all")
    assert len(loads) < 15  # not one for each


def test_a_job_that_was_sent_from_elsewhere_is_listed_and_not_taken_for_the_notebooks_last(
    panel: MakePanel,
    serve: Callable[..., Any],
    records: Records,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bspsa_widgets.widgets.submitter.job_submitter.NOTEBOOK", "ours.ipynb")
    account = Account()
    server = serve(account)
    for marker, notebook in (
        ("nb-aaaaaaaaaaaaaaaa", "ours.ipynb"),
        ("nb-bbbbbbbbbbbbbbbb", "theirs.ipynb"),
        ("nb-cccccccccccccccc", ""),  # from a terminal, and the latest
    ):
        listed(account, marker)
        account.jobs[-1] |= {"job_id": marker[3:].upper(), "stage": "FAILED"}
        job = account.jobs[-1] | {"terminal_stage": True}
        made = left_open(server.url, "over", marker=marker, notebook=notebook, job=job)
        records.save(made)
    made = panel(endpoint=server.url, token="t")
    assert until(made, "job", bool)["job_id"] == "A" * 16
    assert len(until(made, "records", bool)) == 3


def test_a_job_that_is_not_listed_stays_unconfirmed_and_is_not_sent_again(
    shown: Shown, serve: Callable[..., Any], records: Records
) -> None:
    account = Account()
    server = serve(account)
    records.save(left_open(server.url, "unconfirmed", looks=19, problem="The answer was lost."))
    made, view = shown(endpoint=server.url, token="t")
    status = until(made, "status", lambda status: status["outcome"] == "unconfirmed")
    assert "The answer was lost." in status["detail"]
    assert "does not prove" in status["detail"]
    assert status["record"] == MARKER
    assert made.job == {}
    assert states(made) == ["unconfirmed"]
    job_id = listed(account)
    assert view.request("look", record=MARKER)["ok"]
    until(made, "job", lambda job: job.get("job_id") == job_id)
    assert server.posts == 0


def test_what_was_only_prepared_is_known_to_be_not_sent(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    records.save(left_open(server.url, "prepared"))
    made = panel(endpoint=server.url, token="t")
    until(made, "records", lambda lines: [line["state"] for line in lines] == ["not_sent"])
    assert made.status["outcome"] == ""
    assert server.posts == 0


def test_a_record_of_another_service_is_listed_and_asked_about_nowhere_else(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    records.save(left_open("https://bspsa.cineca.it"))
    made = panel(endpoint=server.url, token="t")
    until(made, "records", lambda lines: [line["state"] for line in lines] == ["sending"])
    until(made, "connection", lambda connection: connection.get("state") == "connected")
    assert not [request for request in server.ledger if request.target.startswith("/jobs/")]


def test_a_look_for_a_record_of_another_service_says_where_to_look(
    shown: Shown, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    records.save(left_open("https://bspsa.cineca.it", "unconfirmed", problem="No answer."))
    _, view = shown(endpoint=server.url, token="t")
    reply = view.request("look", record=MARKER)
    assert not reply["ok"]
    assert "https://bspsa.cineca.it" in reply["message"]
    assert not [request for request in server.ledger if request.target.startswith("/jobs/")]
    kept = records.read(MARKER)
    assert kept is not None
    assert kept.looks == 0


def test_a_look_at_what_another_panel_looks_for_is_told_so(
    shown: Shown, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    records.save(left_open(server.url, "unconfirmed", problem="No answer."))
    first = shown(endpoint=server.url, token="t")[0]
    until(first, "status", lambda status: status["step"] == "reconciling")
    reply = shown(endpoint=server.url, token="t")[1].request("look", record=MARKER)
    assert not reply["ok"]
    assert "Another panel" in reply["message"]


def test_a_look_that_turns_out_to_be_another_panels_is_told_so(
    shown: Shown,
    serve: Callable[..., Any],
    records: Records,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is asked for while this panel has yet to learn that another one looks."""

    async def late(*_: Any, search_now: asyncio.Event, **__: Any) -> AsyncGenerator[Any, None]:
        begun.set()
        await search_now.wait()
        for step in ():
            yield step

    begun = threading.Event()
    monkeypatch.setattr(history, "resume", late)
    server = serve(Account())
    records.save(left_open(server.url, "unconfirmed", problem="No answer."))
    another = records.claim(MARKER)
    assert another is not None
    view = shown(endpoint=server.url, token="t")[1]
    assert begun.wait(SECONDS)
    reply = view.request("look", record=MARKER)
    another.release()
    assert not reply["ok"]
    assert "Another panel" in reply["message"]


def test_a_look_for_no_record_is_told_so(shown: Shown, serve: Callable[..., Any]) -> None:
    reply = shown(endpoint=serve(Account()).url, token="t")[1].request("look", record="nb-z")
    assert not reply["ok"]
    assert "no record" in reply["message"]


def test_records_that_cannot_be_read_are_told_in_the_panel(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    records.folder.write_text("a file, where a folder should be")
    made = panel(endpoint=serve(Account()).url, token="t")
    [line] = until(made, "records", bool)
    assert "cannot be read" in line["words"]


def test_the_list_of_records_stays_short_whatever_lies_in_their_folder(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    for letter in "abcdefghijklmnopqrstuvwxyz":
        marker = f"nb-{letter * 16}"
        records.save(left_open(server.url, "refused", marker=marker))
        strange = records.folder / f"nb-{letter * 15}2.json"
        strange.write_text('{"format": 999}')
    made = panel(endpoint=server.url, token="t")
    lines = until(made, "records", bool)
    assert len(lines) == 20
    assert len([line for line in lines if line["state"] == "refused"]) == 15


def test_an_earlier_job_never_speaks_for_one_that_is_not_known_of(
    panel: MakePanel, serve: Callable[..., Any], records: Records, folder: Path
) -> None:
    account = Account()
    server = serve(account)
    made = panel(endpoint=server.url, token="t", settle=0)
    earlier = asyncio.run(made.submit())
    account.on("POST", "/jobs/", LOST)
    (folder / "another.py").write_text("1\n")
    with pytest.raises(Unconfirmed):
        asyncio.run(made.submit())
    told = [made.status]
    made.observe(lambda change: told.append(change["new"]), "status")
    assert made.job == made.job_view == {}
    for wanted in (made.done, made.download):
        with pytest.raises(NotSent, match="knows of no job"):
            asyncio.run(wanted())
    account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
    until(made, "records", lambda lines: "over" in states(made))
    assert earlier.job_id in [line["job_id"] for line in made.records]
    assert {status["outcome"] for status in told} == {"unconfirmed"}
    assert made.job == {}


def test_an_earlier_job_leaves_the_word_to_a_later_refusal(
    panel: MakePanel, serve: Callable[..., Any], folder: Path
) -> None:
    account = Account()
    made = panel(endpoint=serve(account).url, token="t")
    earlier = asyncio.run(made.submit())
    made.folder = "nowhere"
    with pytest.raises(InvalidInput):
        asyncio.run(made.submit())
    account.jobs[0] |= {"stage": "SUCCESSFUL", "terminal_stage": True}
    until(made, "job_view", lambda job: job.get("outcome") == "succeeded")
    assert made.job["job_id"] == earlier.job_id
    assert made.status["outcome"] == "not_sent"


def test_a_panel_that_is_closed_keeps_its_way_to_the_service_for_all_its_submissions(
    panel: MakePanel, serve: Callable[..., Any], records: Records, folder: Path
) -> None:
    account = Account(creates=False).on("POST", "/jobs/", LOST)
    server = serve(account)
    made = panel(endpoint=server.url, token="t")
    made._start()
    first = until(made, "status", lambda status: status["record"])["record"]
    made.title = "another"
    made._start()
    until(made, "status", lambda status: status["record"] not in ("", first))
    made.close()
    for line in records.load().records:
        listed(account, line.marker)
    settled(
        lambda: {record.state for record in records.load().records} == {"accepted"},
        "the end of both",
    )


@pytest.mark.parametrize("is_looked_for", [True, False])
def test_an_open_submission_is_closed_also_while_its_job_is_looked_for(
    is_looked_for: bool, shown: Shown, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    where = server.url if is_looked_for else "http://127.0.0.1:1"
    records.save(left_open(where, "unconfirmed"))
    made, view = shown(endpoint=server.url, token="t")
    until(made, "records", bool)
    if is_looked_for:
        until(made, "status", lambda status: status["step"] == "reconciling")
    assert view.request("close", record=MARKER)["ok"]
    until(made, "records", lambda lines: lines[0]["state"] == "closed")
    assert [action["kind"] for action in made.records[0]["actions"]] == ["use"]
    assert made.status["outcome"] == ""
    assert server.posts == 0
    assert not view.request("close", record="nb-zzz")["ok"]


def test_no_search_of_the_panel_takes_a_record_that_is_being_closed(
    shown: Shown, serve: Callable[..., Any], records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(Account())
    made, view = shown(endpoint=server.url, token="t")
    until(made, "status", bool)
    record = left_open(server.url, "unconfirmed")
    records.save(record)
    searched = made._history

    async def close_late(*arguments: Any) -> Record:
        service = await made._link.service()
        search = asyncio.create_task(searched._resume(service, record))

        def until_taken_or_ended() -> None:
            while not search.done() and (claim := records.claim(MARKER)) is not None:
                claim.release()

        await asyncio.to_thread(until_taken_or_ended)
        return await close(*arguments)

    monkeypatch.setattr(history, "close", close_late)
    assert view.request("close", record=MARKER)["ok"]
    assert records.find(MARKER).state == "closed"


def test_a_damaged_record_is_shown_as_set_aside(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    records.folder.mkdir()
    (records.folder / f"{MARKER}.json").write_text("{")
    made = panel(endpoint=serve(Account()).url, token="t")
    [line] = until(made, "records", bool)
    assert "damaged" in line["words"]
    assert (records.folder / "damaged" / f"{MARKER}.json").exists()


def test_a_lost_answer_frees_the_panel_and_the_job_is_found_when_it_appears(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    account = Account(creates=True).on("POST", "/jobs/", LOST)
    server = serve(account)
    made, view = shown(endpoint=server.url, token="t")
    assert view.submit()["ok"]
    status = until(made, "status", lambda status: status["step"] == "reconciling")
    assert not status["busy"]
    assert view.request("look", record=made.status["record"])["ok"]
    until(made, "job", lambda job: job.get("job_id") == account.jobs[0]["job_id"])
    assert server.posts == 1


def test_the_very_same_is_sent_again_only_by_an_explicit_act(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    account = Account().on("POST", "/jobs/", LOST)
    server = serve(account)
    made, view = shown(endpoint=server.url, token="t", settle=0)
    with pytest.raises(Unconfirmed):
        asyncio.run(made.submit())
    with pytest.raises(AlreadySubmitted) as caught:
        asyncio.run(made.submit())
    assert caught.value.is_open
    assert server.posts == 1
    assert view.submit()["ok"]
    status = until(made, "status", lambda status: status["outcome"] == "not_sent")
    assert [action["kind"] for action in status["actions"]] == ["again"]
    assert server.posts == 1
    form = {"folder": made.folder, "command": made.command}
    assert view.request("again", form=form)["ok"]
    until(made, "records", lambda lines: len(lines) == 2 and "sending" not in states(made))
    assert server.posts == 2


def test_the_very_same_is_asked_about_from_another_root_of_the_same_notebooks(
    shown: Shown, serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BSPSA_RECORDS")
    (tmp_path / "nb" / "projects" / "model").mkdir(parents=True)
    (tmp_path / "nb" / "projects" / "model" / "run.sh").write_text("ls\n")
    server = serve(
        Account(creates=True).on("POST", "/jobs/", LOST).on("GET", "/jobs/", Reply.json([]))
    )
    given: dict[str, Any] = {"endpoint": server.url, "token": "t", "settle": 0}
    first, _ = shown("projects/model", root=tmp_path / "nb", **given)
    second, view = shown("model", root=tmp_path / "nb" / "projects", **given)
    with pytest.raises(Unconfirmed):
        asyncio.run(first.submit())
    with pytest.raises(AlreadySubmitted) as caught:
        asyncio.run(second.submit())
    assert caught.value.is_open
    assert caught.value.folder == str(tmp_path / "nb" / ".bspsa")
    assert view.submit()["ok"]
    status = until(second, "status", lambda status: status["outcome"] == "not_sent")
    assert caught.value.folder in status["headline"] + status["detail"]
    assert [action["kind"] for action in status["actions"]] == ["again"]
    assert server.posts == 1


def test_a_panel_that_cannot_look_elsewhere_says_so(
    shown: Shown, serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-folder").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no-folder"))
    server = serve(Account())
    made, _ = shown(endpoint=server.url, token="t")
    [line] = until(made, "records", bool)
    assert "known here" in line["words"]
    asyncio.run(made.submit())
    assert server.posts == 1


def test_a_second_click_on_submit_after_the_job_was_accepted_asks_first(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    server = serve(Account())
    made, view = shown(endpoint=server.url, token="t")
    job = asyncio.run(made.submit())
    assert view.submit()["ok"]
    status = until(made, "status", lambda status: status["outcome"] == "not_sent")
    assert job.job_id in status["headline"]
    assert "once more" in status["actions"][0]["confirm"]
    assert server.posts == 1


def test_two_panels_in_a_notebook_send_the_same_click_once(
    shown: Shown, serve: Callable[..., Any]
) -> None:
    server = serve(Account())
    views = [shown(endpoint=server.url, token="t") for _ in range(2)]
    for made, view in views:
        until(made, "connection", lambda connection: connection.get("state") == "connected")
        assert view.submit()["ok"]
    for made, _ in views:
        until(made, "status", lambda status: status["outcome"] in ("accepted", "not_sent"))
    assert server.posts == 1


def test_an_earlier_submission_fills_the_form(
    shown: Shown, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    choice = Choice(exclude=("old/",))
    records.save(left_open(server.url, "refused", problem="No.", choice=choice))
    made, view = shown(endpoint=server.url, token="t", hpc="nsg", include=["gone"])
    assert view.request("use", record=MARKER)["ok"]
    assert (made.hpc, made.title, made.runtime) == ("pizdaint", "CA1", 2.5)
    assert made._chosen_files() == choice
    reply = view.request("use", record="nb-zzzzzzzzzzzzzzzz")
    assert not reply["ok"]
    assert "no record" in reply["message"]


def test_from_record_makes_a_panel_with_its_settings(
    serve: Callable[..., Any], records: Records, tmp_path: Path
) -> None:
    server = serve(Account())
    records.save(left_open(server.url, "refused"))
    made = JobSubmitter.from_record("nb-aaaa", root=tmp_path, endpoint=server.url, token="t")
    assert (made.hpc, made.title, made.runtime) == ("pizdaint", "CA1", 2.5)
    assert made.folder == "ca1-fit"
    made.close()
    background().run(made._leave(), "closing a panel").result(SECONDS)
    with pytest.raises(InvalidInput, match="no record"):
        JobSubmitter.from_record("nb-zzz", root=tmp_path)


def test_from_record_takes_the_choice_of_files_along_unless_another_is_given(
    records: Records, tmp_path: Path
) -> None:
    choice = Choice(include=("a",), exclude=("old/",), include_secrets=(".env",))
    records.save(left_open("http://127.0.0.1:9", "refused", choice=choice))

    def chosen_of(**more: Any) -> Choice:
        made = JobSubmitter.from_record("nb-aaaa", root=tmp_path, **more)
        made.close()
        background().run(made._leave(), "closing a panel").result(SECONDS)
        return made._chosen_files()

    assert chosen_of() == choice
    assert chosen_of(exclude=["b"]) == replace(choice, exclude=("b",))
    assert chosen_of(folder="another") == Choice()
    assert chosen_of(folder="another", include=["c"]) == Choice(include=("c",))


def test_a_restarted_local_service_is_known_by_its_jobs_at_another_port(
    panel: MakePanel, known: LocalService, records: Records
) -> None:
    first = panel()

    async def cell() -> Job:
        await first.submit()
        return await first.done()

    job = asyncio.run(cell())
    settled(lambda: states(first) == ["over"], "the record's end")
    again = panel()
    shown = until(again, "job", bool)
    assert shown["job_id"] == job.job_id
    assert again.status["headline"] == "Done. The job ran to its end."


def test_the_settings_of_an_earlier_day_come_back_before_they_are_sent_again(
    shown: Shown, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    records.save(left_open(server.url, "unconfirmed", looks=99, problem="The answer was lost."))
    made, view = shown(endpoint=server.url, token="t", title="something else")
    status = until(made, "status", lambda status: status["outcome"] == "unconfirmed")
    assert [action["kind"] for action in status["actions"]] == ["look", "use"]
    assert view.request("use", record=status["record"])["ok"]
    assert made.title == "CA1"


def test_what_broke_in_the_background_is_still_told_when_the_list_is_read_again(
    panel: MakePanel, serve: Callable[..., Any], records: Records
) -> None:
    server = serve(Account())
    records.save(left_open(server.url, "refused"))
    made = panel(endpoint=server.url, token="t")
    until(made, "records", lambda lines: states(made) == ["refused"])

    async def broken_then_listed() -> None:
        made._history.tell_fault("download", RuntimeError("planted"))
        await made._history.show()

    background().run(broken_then_listed(), "a fault").result(SECONDS)
    assert "RuntimeError" in made.records[0]["words"]
    assert [line["state"] for line in made.records[1:]] == ["refused"]
