"""A cancel ends what goes on, a delete what is over; neither does the other's work unasked."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import bspsa_widgets
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, JobUnread, NotSent, ServiceFailure
from bspsa_widgets.jobs.cancel import EndResult, What, ask, end, ended_words
from tests.faulty_server import FaultyServer, Received, Reply, contract, run
from tests.submission.nsg_job import OVER, REF, RUNNING, Delete, NsgJob

PACKAGE = Path(bspsa_widgets.__file__).parent
PIZDAINT = contract("submit_pizdaint.json")["response"]["body"]
DAINT = JobRef("pizdaint", "bsp_pizdaint_01", PIZDAINT["job_id"])


def tried(
    answer: Any, what: What, ref: JobRef = REF, **options: bool
) -> tuple[EndResult | BspsaError, list[str]]:
    """What `end` came to, and the methods of the requests that it made."""

    async def main() -> tuple[EndResult | BspsaError, list[str]]:
        async with (
            FaultyServer(answer) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            try:
                found: EndResult | BspsaError = await end(client, ref, what, **options)
            except BspsaError as error:
                found = error
            return found, [request.method for request in server.ledger]

    return run(main())


def test_the_question_has_the_beginning_of_a_title_of_any_length() -> None:
    job = Job.parse(PIZDAINT | {"title": "CA1 fit " * 1000, "stage": "RUNNING"})
    for what in ("cancel", "delete"):
        assert len(ask(Poll(job, datetime.now(UTC)), DAINT, what)) < 300


def test_a_running_job_is_cancelled() -> None:
    found, asked = tried(NsgJob(**RUNNING), "cancel")
    assert isinstance(found, EndResult)
    assert (found.job.outcome, found.was_sent, asked) == (
        "cancelled",
        True,
        ["GET", "DELETE", "GET"],
    )
    assert ended_words(found, "cancel") == "The job is cancelled."


def test_a_cancel_of_a_job_that_is_over_sends_nothing_and_says_so() -> None:
    account = NsgJob(**OVER)
    found, asked = tried(account, "cancel")
    assert isinstance(found, EndResult)
    assert (found.was_sent, found.job.stage, asked) == (False, "COMPLETED", ["GET"])
    assert "was over already" in ended_words(found, "cancel")
    assert account.files


def test_a_job_that_is_over_is_deleted_only_by_a_delete() -> None:
    account = NsgJob(**OVER)
    found, _ = tried(account, "delete")
    assert isinstance(found, EndResult)
    assert (found.job.stage, account.files) == ("DELETED", {})
    assert "files there are gone" in ended_words(found, "delete")


def test_a_job_that_goes_on_is_not_deleted() -> None:
    found, asked = tried(NsgJob(**RUNNING), "delete")
    assert isinstance(found, NotSent)
    assert "goes on" in str(found)
    assert asked == ["GET"]


def test_on_piz_daint_nothing_can_be_deleted() -> None:
    found, asked = tried(lambda _: Reply.html(500), "delete", DAINT)
    assert isinstance(found, NotSent)
    assert "Piz Daint keeps" in str(found)
    assert "DELETE" not in asked


@pytest.mark.parametrize("what", ["cancel", "delete"])
@pytest.mark.parametrize("state", [OVER, RUNNING])
def test_a_job_of_nsg_that_cannot_be_read_is_left_alone_without_a_word_of_its_own(
    what: What, state: dict[str, Any]
) -> None:
    account = NsgJob(reads=False, **state)
    found, asked = tried(account, what)
    assert isinstance(found, JobUnread)
    assert "not known whether it is over" in found.message
    assert "Nothing was sent" in found.message
    assert ("lost for good" if what == "cancel" else "cancelled instead") in found.risk
    assert account.deletes == 0
    assert "DELETE" not in asked


@pytest.mark.parametrize("stage", ["DELETED", "CANCELED"])
@pytest.mark.parametrize("what", ["cancel", "delete"])
def test_a_job_that_is_shown_as_deleted_by_nobody_here_may_be_over_and_is_left_alone(
    what: What, stage: str
) -> None:
    account = NsgJob(stage=stage)  # as the service says whenever NSG does not find it
    found, _ = tried(account, what)
    assert isinstance(found, JobUnread)
    assert f"shows the job as {stage}, which may pass" in found.message
    assert (account.deletes, found.status) == (0, None)
    tried(account, what, unread=True)
    assert account.deletes == 1


def test_a_job_that_cannot_be_read_is_cancelled_on_the_users_word() -> None:
    account = NsgJob(reads=False, **RUNNING)
    found, asked = tried(account, "cancel", unread=True)
    assert account.job["stage"] == "CANCELED"
    assert isinstance(found, ServiceFailure)  # nobody can look whether it worked
    assert "not known whether the job was cancelled" in found.message
    assert asked.count("DELETE") == 1


def test_on_piz_daint_a_cancel_needs_no_read_since_a_job_that_is_over_stays_as_it_is() -> None:
    class Broken:
        aborted = False

        def __call__(self, request: Received) -> Reply:
            if request.method == "DELETE":
                self.aborted = True
                return Reply(204, "")
            if not self.aborted:
                return Reply.html(500)
            return Reply.json(PIZDAINT | {"stage": "FAILED", "terminal_stage": True})

    found, asked = tried(Broken(), "cancel", DAINT)
    assert isinstance(found, EndResult)
    assert found.was_sent
    assert asked.count("DELETE") == 1


@pytest.mark.parametrize("delete", ["page", "lost", "ignored"])
def test_a_cancel_that_did_not_work_is_told(delete: Delete) -> None:
    found, _ = tried(NsgJob(delete=delete, **RUNNING), "cancel")
    assert isinstance(found, EndResult)
    assert not found.worked("cancel")
    assert "still shown as SUBMITTED" in ended_words(found, "cancel")


def test_a_job_that_came_to_its_end_just_then_is_not_called_cancelled() -> None:
    found, _ = tried(NsgJob(ends=True, **RUNNING), "cancel")
    assert isinstance(found, EndResult)
    told = ended_words(found, "cancel")
    assert "is cancelled" not in told
    assert "deleted" in told


def test_a_delete_that_did_nothing_did_not_work() -> None:
    found, _ = tried(NsgJob(delete="ignored", **OVER), "delete")
    assert isinstance(found, EndResult)
    assert not found.worked("delete")
    assert "still shown as COMPLETED" in ended_words(found, "delete")


def test_the_question_says_what_may_be_lost_where_the_job_cannot_be_read() -> None:
    look = Poll(Job.parse(NsgJob(**RUNNING).job), datetime.now(UTC))
    over = look._replace(job=Job.parse(NsgJob(**OVER).job))
    hidden = look._replace(job=Job.parse(NsgJob(stage="DELETED").job))
    unread = look._replace(problem=ServiceFailure("It fails."))
    assert "lost for good" not in ask(look, REF, "cancel")
    for one in (hidden, unread):
        assert "not known whether it is over" in ask(one, REF, "cancel")
        assert "lost for good" in ask(one, REF, "cancel")
        assert "lost for good" not in ask(one, DAINT, "cancel")
    assert "lost for good" in ask(over, REF, "delete")


def uses_delete(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="delete" | "send_delete"):
            return True
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant("delete"), *_]):
            return True
        case ast.ImportFrom(names=names):
            return any(alias.name == "send_delete" for alias in names)
    return False


def test_only_one_module_can_ask_the_service_to_end_a_job() -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ("client", "tutorials")
        and any(map(uses_delete, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert users == {"jobs/cancel.py"}
