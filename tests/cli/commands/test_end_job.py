"""`cancel` ends what goes on, `delete` what is over; neither does anything without a yes."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.server import Server
from tests.cli.terminal import Bspsa, Ended, ended
from tests.faulty_server import Account, Reply
from tests.submission.nsg_job import BODY, OVER, REF, RUNNING, Delete, NsgJob

ID = BODY["job_id"]
UUID = "01234567-89AB-4CDE-8F01-23456789ABCD"

Serve = Callable[..., Server]
Remote = Callable[[Server], Bspsa]


def at_a_terminal(command: Bspsa, answer: str, *arguments: str) -> Ended:
    """With somebody who types `answer` once the question is there."""
    ours, theirs = pty.openpty()
    shown = ""
    try:
        process = command.start(*arguments, stdin=theirs, stderr=theirs)
        while "[y/N] " not in shown and process.poll() is None:
            shown += os.read(ours, 65536).decode()
        os.write(ours, f"{answer}\n".encode())
        ran = ended(process)
        os.set_blocking(ours, False)
        while True:
            try:
                shown += os.read(ours, 65536).decode()
            except BlockingIOError:
                break
    finally:
        os.close(theirs)
        os.close(ours)
    return Ended(ran.code, ran.out, shown)


def test_a_job_that_goes_on_is_cancelled(serve: Serve, remote: Remote) -> None:
    account = NsgJob(**RUNNING)
    ran = remote(serve(account))("cancel", ID, "--yes", "--json")
    assert (ran.code, ran.document["stage"], account.deletes) == (0, "CANCELED", 1)
    assert "The job is cancelled." in ran.err


@pytest.mark.parametrize("options", [(), ("--yes",), ("--yes", "--unread"), ("--json",)])
def test_a_cancel_of_a_job_that_is_over_does_nothing_and_says_so(
    serve: Serve, remote: Remote, options: tuple[str, ...]
) -> None:
    account = NsgJob(**OVER)
    ran = remote(serve(account))("cancel", ID, *options)
    assert (ran.code, account.deletes) == (0, 0)
    assert "was over already" in ran.err
    assert account.files
    assert "--json" not in options or ran.document["stage"] == "COMPLETED"


@pytest.mark.parametrize(("what", "state"), [("cancel", RUNNING), ("delete", OVER)])
@pytest.mark.parametrize("options", [(), ("--json",), ("--unread",)])
def test_where_nobody_can_be_asked_and_nobody_said_yes_nothing_is_done(
    serve: Serve,
    remote: Remote,
    what: str,
    state: dict[str, Any],
    options: tuple[str, ...],
) -> None:
    account = NsgJob(**state)
    ran = remote(serve(account))(what, ID, *options)
    assert (ran.code, account.deletes) == (2, 0)
    assert "Nothing was sent" in ran.err
    assert "add --yes" in ran.err
    assert "--json" not in options or "error" in ran.document


def test_a_job_that_is_over_is_deleted_by_a_command_of_its_own(
    serve: Serve, remote: Remote
) -> None:
    account = NsgJob(**OVER)
    ran = remote(serve(account))("delete", ID, "--yes")
    assert (ran.code, account.deletes, account.files) == (0, 1, {})
    assert "files there are gone" in ran.err
    again = remote(serve(account))("delete", ID, "--yes")
    assert (again.code, account.deletes) == (0, 1)
    assert "nothing to delete" in again.err


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (BODY | RUNNING, "goes on"),
        ({"job_id": UUID, "project_hpc": "PIZDAINT", "terminal_stage": True}, "Piz Daint keeps"),
    ],
)
def test_what_cannot_be_deleted_is_said_before_anybody_is_asked(
    serve: Serve, remote: Remote, job: dict[str, Any], words: str
) -> None:
    server = serve(Account([job]))
    ran = remote(server)("delete", job["job_id"])
    assert ran.code == 3
    assert words in ran.err
    assert "DELETE" not in [request.method for request in server.ledger]


def test_at_a_terminal_a_delete_says_what_is_lost_and_only_a_yes_does_it(
    serve: Serve, remote: Callable[[Server], Bspsa]
) -> None:
    account = NsgJob(**OVER)
    command = remote(serve(account))
    ran = at_a_terminal(command, "", "delete", ID)
    assert (ran.code, account.deletes) == (130, 0)
    assert "Its files there are lost for good" in ran.err
    ran = at_a_terminal(command, "y", "delete", ID)
    assert (ran.code, account.deletes, account.files) == (0, 1, {})


@pytest.mark.parametrize("delete", ["page", "lost", "ignored"])
@pytest.mark.parametrize(("what", "state"), [("cancel", RUNNING), ("delete", OVER)])
def test_what_did_not_work_is_said_and_is_code_1(
    serve: Serve, remote: Remote, what: str, state: dict[str, Any], delete: Delete
) -> None:
    account = NsgJob(delete=delete, **state)
    ran = remote(serve(account))(what, ID, "--yes", "--json")
    assert (ran.code, account.deletes) == (1, 1)
    assert f"still shown as {state['stage']}" in ran.err
    assert ran.document["stage"] == state["stage"]


def test_the_systems_no_is_said_and_is_code_1(serve: Serve, remote: Remote) -> None:
    job = {"job_id": UUID, "project_hpc": "PIZDAINT", "stage": "RUNNING"}
    account = Account([job]).on("DELETE", "/", Reply.json("UNICORE is down", 500))
    ran = remote(serve(account))("cancel", UUID, "--yes")
    assert ran.code == 1
    assert "was not ended: UNICORE is down" in ran.err


@pytest.mark.parametrize("what", ["cancel", "delete"])
@pytest.mark.parametrize("options", [("--yes",), (), ("--yes", "--json")])
def test_a_job_that_cannot_be_read_is_left_alone_without_a_word_for_just_that(
    serve: Serve, remote: Remote, what: str, options: tuple[str, ...]
) -> None:
    account = NsgJob(reads=False, **OVER)
    ran = remote(serve(account))(what, ID, *options)
    assert (ran.code, account.deletes) == (2, 0)
    assert "not known whether it is over" in ran.err
    assert "lost for good" in ran.err
    assert "--unread" in ran.err


def test_a_job_that_is_shown_as_deleted_by_nobody_here_is_left_alone_too(
    serve: Serve, remote: Remote
) -> None:
    account = NsgJob(stage="DELETED")
    there = remote(serve(account))
    ran = there("cancel", ID, "--yes")
    assert (ran.code, account.deletes) == (2, 0)
    assert "which may pass" in ran.err
    assert there("cancel", ID, "--yes", "--unread").code == 0
    assert account.deletes == 1


def test_a_job_that_cannot_be_read_is_cancelled_where_the_user_says_so(
    serve: Serve, remote: Remote
) -> None:
    account = NsgJob(reads=False, **RUNNING)
    ran = remote(serve(account))("cancel", ID, "--yes", "--unread")
    assert (ran.code, account.deletes, account.job["stage"]) == (1, 1, "CANCELED")
    assert "not known whether the job was cancelled" in ran.err


def test_at_a_terminal_the_question_says_that_the_job_cannot_be_read(
    serve: Serve, remote: Callable[[Server], Bspsa]
) -> None:
    account = NsgJob(reads=False, **RUNNING)
    ran = at_a_terminal(remote(serve(account)), "y", "cancel", ID)
    assert (ran.code, account.deletes) == (1, 1)
    assert "NSG deletes it, and its files there are lost for good" in ran.err


def test_on_piz_daint_a_job_that_cannot_be_read_is_cancelled_since_nothing_can_be_lost(
    serve: Serve, remote: Remote
) -> None:
    server = serve(Account().on("GET", "/jobs/", Reply.html(500)).on("DELETE", "/", Reply(204)))
    ran = remote(server)("cancel", UUID, "--yes")
    assert ran.code == 1
    assert [request.method for request in server.ledger].count("DELETE") == 1
    assert "not known whether the job was cancelled" in ran.err


def test_the_files_of_a_job_that_cannot_be_read_are_listed_and_fetched(
    serve: Serve, remote: Remote, tmp_path: Any
) -> None:
    account = NsgJob(reads=False, **OVER)
    there = remote(serve(account))
    listed = there("files", ID, "--json")
    assert (listed.code, [file["name"] for file in listed.document]) == (0, ["spikes.txt"])
    assert "The job cannot be read" in listed.err
    came = there("download", ID, "-o", tmp_path / "x", "--json")
    assert came.code == 0, came.err
    assert (tmp_path / "x" / "spikes.txt").read_text() == "1 2 3"
    assert "1 2 3" in there("preview", ID, "spikes.txt").out


def test_a_job_of_another_project_can_be_named_where_no_list_can_be_read(
    serve: Serve, remote: Remote
) -> None:
    account = Account().on("GET", f"/jobs/nsg/bsp_nsg_01/{ID}", Reply.json("Job not found!", 404))
    ran = remote(serve(account.on("GET", "/jobs/nsg/", Reply.html(500))))("job", ID)
    assert ran.code == 3
    assert "--project" in ran.err


def test_a_place_that_was_typed_is_the_one_that_is_asked(serve: Serve, remote: Remote) -> None:
    account = NsgJob(project_name="other_02", **RUNNING)
    server = serve(account)
    ran = remote(server)("cancel", ID.lower(), "--project", "other_02", "--yes")
    assert ran.code == 0
    (delete,) = [one.target for one in server.ledger if one.method == "DELETE"]
    assert delete == f"/jobs/{REF.hpc}/other_02/{ID}/"
