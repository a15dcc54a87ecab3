"""A submission whose answer was lost: looked for, kept, and cleared up later."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.records.store import Records
from tests.cli.conftest import TOKEN
from tests.cli.server import Server
from tests.cli.terminal import SECONDS, Bspsa, ended, forms_of
from tests.cli.test_interrupts import until_told
from tests.faulty_server import Account, Reply
from tests.records.kept import a_job, a_record

SUBMIT = ("--hpc", "pizdaint", "--command", "true")
LIST = "/jobs/pizdaint/"


def lost(**listed: Any) -> Account:
    """The job is made, and the answer says nothing."""
    return Account(creates=True, **listed).on("POST", "/", Reply.html(500))


def hidden() -> Account:
    """The same; nor is the job listed."""
    return lost().on("GET", "/jobs/", Reply.json([]))


@contextmanager
def at_a_terminal() -> Iterator[tuple[int, int]]:
    """Two ends: ours, and the one that is the terminal of a command."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(theirs)
        os.close(ours)


def until_shown(ours: int, words: str, process: subprocess.Popen[str]) -> str:
    shown = ""
    while words not in shown:
        assert process.poll() is None, shown
        shown += os.read(ours, 65536).decode()
    return shown


def test_a_look_that_finds_the_job_makes_it_a_success(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    server = serve(lost())
    ran = remote(server)("submit", folder, *SUBMIT, "--settle", "0.01", "--json")
    assert (ran.code, ran.document["outcome"]) == (0, "accepted")
    assert ran.document["job"] == server.account.jobs[0]
    assert "Not known yet whether the job was accepted; next look in 1 s" in ran.err
    assert records.find(ran.document["record"]).state == "accepted"
    assert server.posts == 1


def test_one_that_is_never_found_is_code_4_until_the_service_shows_it(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    server = serve(hidden())
    there = remote(server)
    ran = there("submit", folder, *SUBMIT, "--settle", "0.01", "--json")
    marker = ran.document["record"]
    assert (ran.code, ran.document["outcome"], ran.document["job"]) == (4, "unconfirmed", None)
    assert "bspsa jobs --mine" in ran.err
    assert "does not prove" in ran.document["message"]
    assert records.find(marker).state == "unconfirmed"

    in_vain = there("jobs", "--mine", "--json")
    assert (in_vain.code, in_vain.document[0]["state"]) == (0, "unconfirmed")
    assert f"{marker}: " in in_vain.err

    server.account.replies.pop(("GET", "/jobs/"))
    found = there("jobs", "--mine", "--json")
    assert found.code == 0
    assert found.document[0]["job"] == server.account.jobs[0]
    assert found.document[0]["is_current"] is True
    assert f"{marker}: The job was found" in found.err
    assert records.find(marker).state == "accepted"
    assert server.posts == 1


@pytest.mark.parametrize("is_listed", [True, False])
def test_many_open_submissions_are_looked_for_in_one_list(
    is_listed: bool,
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    records: Records,
) -> None:
    account = Account()
    server = serve(account)
    left = [a_record("unconfirmed", server.url, quota_before=9.0) for _ in range(3)]
    for record in left:
        records.save(record)
    account.jobs += [a_job(record, number) for number, record in enumerate(left, 1) if is_listed]
    mine = remote(server)("jobs", "--mine", "--json")
    assert {one["state"] for one in mine.document} == {"accepted" if is_listed else "unconfirmed"}
    asked = [request.target for request in server.ledger]
    assert asked == (["/jobs/"] if is_listed else ["/jobs/", "/quotas/pizdaint/"])


def test_where_the_list_of_all_jobs_is_broken_a_projects_is_asked_for_once(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], records: Records
) -> None:
    account = Account()
    for path in ("/jobs/pizdaint/bsp", "/jobs/nsg/bsp"):
        account.on("GET", path, Reply.json([]))
    server = serve(account.on("GET", "/jobs/", Reply.html(500)))
    for _ in range(3):
        records.save(a_record("unconfirmed", server.url, project="bsp_pizdaint_01"))
    mine = remote(server)("jobs", "--mine", "--json")
    assert {one["state"] for one in mine.document} == {"unconfirmed"}
    asked = [request.target for request in server.ledger]
    assert asked.count("/jobs/pizdaint/bsp_pizdaint_01/") == 1


def test_a_command_that_was_killed_while_the_service_had_the_job_is_taken_up(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path, records: Records
) -> None:
    server = serve(held=True)
    process = remote(server).start("submit", folder, *SUBMIT)
    assert server.posted.wait(SECONDS)
    process.kill()
    ended(process)
    server.release()
    assert server.judged.wait(SECONDS)
    (left,) = records.load().records
    assert left.state == "sending"
    mine = remote(server)("jobs", "--mine", "--json")
    assert (mine.code, mine.document[0]["state"]) == (0, "accepted")
    assert mine.document[0]["job"] == server.account.jobs[0]
    assert server.posts == len(server.account.jobs) == 1


def test_without_the_service_the_submissions_are_shown_as_they_were_left(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve()
    there = remote(server)
    sent = there("submit", folder, *SUBMIT, "--json").document
    down = there("jobs", "--mine", "--json", "--endpoint", "http://127.0.0.1:9")
    assert down.code == 3
    assert [(m["record"], m["job"], m["is_current"]) for m in down.document] == [
        (sent["record"], sent["job"], False)
    ]
    assert "(last seen)" in there("jobs", "--mine", "--endpoint", "http://127.0.0.1:9").out


def test_a_job_that_is_over_is_written_down(local: Bspsa, folder: Path, records: Records) -> None:
    marker = local("submit", folder, *SUBMIT, "--wait", "--json").document["record"]
    assert records.find(marker).state == "over"
    mine = local("jobs", "--mine")
    assert (mine.code, mine.err) == (0, "")
    assert marker in mine.out
    assert "SUCCESSFUL" in mine.out


def test_ctrl_c_while_looking_leaves_the_record_open(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path, records: Records
) -> None:
    process = remote(serve(hidden())).start("submit", folder, *SUBMIT, "--json")
    until_told(process, "next look in 2 s")
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert (ran.code, ran.document["outcome"]) == (4, "unconfirmed")
    marker = ran.document["record"]
    assert marker in ran.document["message"]
    assert f"bspsa record {marker}" in ran.err
    assert records.find(marker).is_open


def test_a_second_ctrl_c_leaves_the_record_open_and_no_archive(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
    tmp_path: Path,
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    server = serve(held=True)
    process = remote(server).with_environment(TMPDIR=str(place)).start("submit", folder, *SUBMIT)
    assert server.posted.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    until_told(process, "too late to cancel")
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 4
    (left,) = records.load().records
    assert left.is_open
    assert list(place.iterdir()) == []


def test_at_a_terminal_the_seconds_to_the_next_look_are_counted_down(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(hidden())
    with at_a_terminal() as (ours, theirs):
        process = remote(server).start(
            "submit", folder, *SUBMIT, "--yes", stdin=theirs, stderr=theirs
        )
        shown = until_shown(ours, "next look in 1 s", process)
        process.send_signal(signal.SIGINT)
        assert ended(process).code == 4
    assert "next look in 2 s\r\x1b[K" in shown


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "1e999", "soon", ""])
def test_a_time_that_is_none_is_wrong_input(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path, seconds: str
) -> None:
    server = serve()
    ran = remote(server)("submit", folder, *SUBMIT, f"--settle={seconds}", "--json")
    assert (ran.code, ran.document["outcome"]) == (2, "not_sent")
    assert "--settle" in ran.document["message"]
    assert server.ledger == []


def test_no_form_of_the_token_is_in_the_records(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    echo = Reply.json({"detail": f"Bearer {TOKEN}", "job_id": TOKEN}, 400)
    server = serve(Account(creates=True).on("POST", "/", echo))
    ran = remote(server)("submit", folder, *SUBMIT, "--settle", "0", "--json")
    assert ran.code == 4
    (text,) = [path.read_text() for path in records.folder.glob("nb-*.json")]
    assert not [form for form in forms_of(TOKEN) if form in text + ran.told]
    assert json.loads(text)["state"] == "unconfirmed"
