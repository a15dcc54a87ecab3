"""What is shown: in the contract's shapes, and in words that say first whether a job exists."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from bspsa_widgets import errors
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.archive import FileStamp, SealedArchive
from bspsa_widgets.domain.fields.declaration import FieldKind
from bspsa_widgets.domain.jobs import MEANINGS, Job
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.jobs.tracked_job import SeenStage, first_seen
from bspsa_widgets.records.record import KeptArchive, Record
from bspsa_widgets.records.states import STATES
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connected,
    Connecting,
    Late,
    Locked,
    Looking,
    Outcome,
    Packed,
    Packing,
    Prepared,
    Repeats,
    Sending,
    Waiting,
)
from bspsa_widgets.widgets.base import account_state
from bspsa_widgets.widgets.base.contract import (
    Connection,
    FieldSpec,
    JobView,
    Listing,
    SystemSpec,
)
from bspsa_widgets.widgets.base.folder_listing import listing
from bspsa_widgets.widgets.submitter import (
    folder_state,
    job_state,
    records_state,
    status_state,
)
from bspsa_widgets.widgets.submitter.contract import (
    Action,
    ActionKind,
    FolderInfo,
    Form,
    RecordLine,
    Status,
    StepName,
)
from bspsa_widgets.widgets.submitter.form import FORM
from tests.faulty_server import contract


def names_in(kind: Any) -> set[str]:
    """The keys that the contract declares."""
    return set(kind.__annotations__)


def job(stage: str = "RUNNING", **more: Any) -> Job:
    return Job.parse({"job_id": "J1", "project_hpc": "PIZDAINT", "stage": stage} | more)


OUTCOMES = {"", *get_args(Outcome)}
STAMP = FileStamp(0, 0, 0, 0, 0)


def sealed() -> SealedArchive:
    return SealedArchive(
        name="a.zip",
        path=Path("a.zip"),
        size=1_500_000,
        sha256="0",
        folder="a",
        files=3,
        stamp=STAMP,
    )


def kept(**changes: Any) -> Record:
    """A submission whose outcome is not known."""
    return Record(
        **{
            "marker": "nb-aaaabbbbccccdddd",
            "state": "unconfirmed",
            "endpoint": "http://127.0.0.1:1",
            "folder": "ca1",
            "form": JobForm(command="ls", title="CA1 <b>fit</b>"),
            "hpc": "pizdaint",
            "payload": {"command": "ls", "title": "CA1 <b>fit</b> [nb-aaaabbbbccccdddd]"},
            "archive": KeptArchive(name="a.zip", size=1, sha256="0", files=1),
            "manifest": "0",
            "problem": "The connection broke.",
        }
        | changes
    )


# In the order in which they come: the first of them that cannot be cancelled is the send.
STEPS = [
    Checked(()),
    Packing(1, 2, 0, 1),
    Packed(sealed()),
    Repeats(kept(state="accepted")),
    Locked(Path(".bspsa/.lock")),
    Prepared(kept()),
    Connecting(),
    Connected(2.0, 1.0),
    Sending(0, 2),
    Waiting(),
    Late(),
    Looking(2, 10.0),
    Accepted(job()),
]

NO_TOKEN = errors.TokenMissing("There is no access token.")
NOT_REACHED = errors.NotSent("The service could not be reached.")
ERRORS = [
    errors.InvalidInput("folder", "No folder is chosen.", allowed="Choose one."),
    errors.InvalidForm({"title": "Too long.", "runtime": "It is empty."}),
    NO_TOKEN,
    errors.TokenMalformed("The token from BSPSA_TOKEN has spaces in it."),
    errors.TokenRefused("The service does not take your access token."),
    errors.PackingError("a changed while it was packed."),
    errors.Stopped(),
    errors.RecordError("The record cannot be written."),
    errors.AlreadySubmitted("The same was submitted.", record="nb-a", is_open=True),
    NOT_REACHED,
    errors.UnsafeEndpoint("The certificate is not valid."),
    errors.QuotaRefused("The service says: no quota", status=401),
    errors.AccessRefused("You may not use this project.", status=403),
    errors.NotFound("The service says: no", status=404),
    errors.ServiceFailure("NSG failed."),
    errors.Unconfirmed("The connection broke."),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_every_step_is_a_status_of_the_contract(step: Any) -> None:
    status = status_state.during(step)
    assert set(status) == names_in(Status)
    assert status["step"] in get_args(StepName)
    assert status["outcome"] in OUTCOMES
    assert 0 <= status["done"] <= status["total"] or status["total"] == 0
    assert status["message"]
    json.dumps(status, allow_nan=False)


def test_cancel_is_offered_only_as_long_as_nothing_is_sent() -> None:
    sent = [type(step) for step in STEPS].index(Sending)
    offered = [status_state.during(step)["cancellable"] for step in STEPS]
    assert offered == [index < sent for index in range(len(STEPS))]
    assert all(status_state.during(step)["busy"] for step in STEPS[:-1])
    assert "may already have the job" in status_state.during(Waiting())["detail"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_end_says_first_whether_a_job_exists(error: errors.BspsaError) -> None:
    status = status_state.ended(error)
    assert set(status) == names_in(Status)
    assert status["outcome"] in OUTCOMES - {"", "accepted"}
    assert not status["busy"]
    assert not status["cancellable"]
    if error.job_may_exist:
        assert status["headline"] == "We don't know whether the job was accepted."
        assert status["outcome"] == "unconfirmed"
        assert "may have the job" in status["detail"]
    else:
        assert status["headline"].startswith(("Not submitted: ", "Cancelled. Nothing was sent"))
        assert "failed" not in status["headline"] or isinstance(error, errors.ServiceFailure)


def test_a_lost_answer_is_told_with_the_next_look_and_what_can_be_done() -> None:
    lost = errors.Unconfirmed("The connection broke.")
    lost.record = "nb-aaaabbbbccccdddd"
    for status in (status_state.unsure(lost), status_state.looking(kept(), Looking(2, 10.0))):
        assert set(status) == names_in(Status)
        assert status["step"] == "reconciling"
        assert status["outcome"] == "unconfirmed"
        assert not status["busy"]
        assert status["record"] == "nb-aaaabbbbccccdddd"
        assert "Nothing will be sent again." in status["detail"]
        assert [action["kind"] for action in status["actions"]] == ["look", "again"]
    assert status["next_look"] == 10.0


def test_a_second_job_is_asked_about_and_a_look_is_not() -> None:
    unknown = errors.Unconfirmed("The connection broke.")
    unknown.record = "nb-aaaabbbbccccdddd"
    for error in (unknown, errors.AlreadySubmitted("x", record="nb-a", is_open=False)):
        for action in status_state.ended(error)["actions"]:
            assert set(action) == names_in(Action)
            assert action["kind"] in get_args(ActionKind)
            assert bool(action["confirm"]) is (action["kind"] == "again")
    assert status_state.ended(NOT_REACHED)["actions"] == []


def test_where_a_job_is_never_listed_the_view_does_not_offer_to_look_for_it() -> None:
    error = errors.Unconfirmed("It named a job.", job_id="A-1", is_unlisted=True)
    error.record = "nb-aaaabbbbccccdddd"
    line = records_state.record_line(
        kept(state="unconfirmed", is_unlisted=True, job_id_named="A-1", job=None)
    )
    kinds = [
        [action["kind"] for action in shown["actions"]]
        for shown in (status_state.ended(error), line)
    ]
    assert kinds == [["again"], ["use", "close"]]
    for said in (status_state.ended(error)["detail"], line["words"]):
        assert "Ask EBRAINS support" in said
        assert "A-1" in said


@pytest.mark.parametrize("state", STATES)
def test_every_record_is_a_line_of_the_contract(state: Any) -> None:
    line = records_state.record_line(kept(state=state, job={"job_id": "J1", "stage": "RUNNING"}))
    assert set(line) == names_in(RecordLine)
    assert line["state"] in STATES
    assert (line["title"], line["system"], line["job_id"]) == ("CA1 <b>fit</b>", "Piz Daint", "J1")
    assert line["words"]
    kinds = [action["kind"] for action in line["actions"]]
    assert kinds == (["look", "use", "close"] if state == "unconfirmed" else ["use"])
    assert set(records_state.damaged_record("nb-a.json")) == names_in(RecordLine)


def test_every_error_of_the_tree_has_been_shown_above() -> None:
    def leaves(kind: type[errors.BspsaError]) -> set[type[errors.BspsaError]]:
        return {kind}.union(*(leaves(sub) for sub in kind.__subclasses__()))

    elsewhere = {
        errors.BspsaError,
        errors.TokenError,
        errors.Refused,
        errors.DownloadError,
        errors.JobUnread,
        errors.WholeOnly,
        errors.LocalServiceError,
    }
    ours = {kind for kind in leaves(errors.BspsaError) if kind.__module__ == errors.__name__}
    assert ours - elsewhere == {type(error) for error in ERRORS}


def test_errors_of_the_choice_stand_at_the_folder_that_it_is_of() -> None:
    wrong = errors.InvalidForm({"title": "Too long.", "folder": "No.", "exclude": "Not there."})
    assert status_state.errors_of(wrong) == {"title": "Too long.", "folder": "No. Not there."}
    assert status_state.errors_of(NOT_REACHED) == {}


def test_wrong_fields_are_told_by_their_labels() -> None:
    status = status_state.ended(ERRORS[1])
    assert "Title: Too long. Runtime: It is empty." in status["detail"]


@pytest.mark.parametrize(
    ("stage", "more", "step", "headline"),
    [
        ("RUNNING", {}, "following", "Submitted. Piz Daint has your job."),
        ("NEVER_SEEN", {"failed": True}, "following", "Submitted. Piz Daint has your job."),
        ("SUCCESSFUL", {"terminal_stage": True}, "over", "Done. The job ran to its end."),
        ("FAILED", {"terminal_stage": True}, "over", "The job ran, and failed."),
        ("CANCELED", {"terminal_stage": True}, "over", "The job was cancelled."),
        ("CANCELED", {}, "following", job_messages.lost(job()).headline),
        ("", {"project_hpc": None}, "following", "Submitted. The service has your job."),
        ("X", {"project_hpc": "<b>New</b>"}, "following", "Submitted. <b>New</b> has your job."),
    ],
)
def test_a_job_is_called_failed_only_at_its_end(
    stage: str, more: dict[str, Any], step: str, headline: str
) -> None:
    status = status_state.followed(job(stage, **more))
    assert (status["step"], status["headline"]) == (step, headline)
    assert status["outcome"] == "accepted"


@pytest.mark.parametrize("stage", [*MEANINGS, "NEVER_SEEN", ""])
@pytest.mark.parametrize("over", [True, False])
def test_every_stage_is_shown_as_it_is_with_its_meaning(stage: str, over: bool) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    known = first_seen(job(stage, terminal_stage=over), at)
    known = known._replace(seen=(SeenStage(stage, at),), is_lost=False)
    shown = job_state.job_view(known)
    assert set(shown) == names_in(JobView)
    assert shown["stage"] == stage
    assert shown["meaning"]
    assert shown["checked"] == "2026-01-02T00:00:00+00:00"
    assert shown["seen"] == [{"stage": stage, "at": "2026-01-02T00:00:00+00:00"}]


@pytest.mark.parametrize(
    ("stage", "end_date", "at"),
    [
        ("SUCCESSFUL", "2026-01-01T14:56:00Z", "2026-01-01T14:56:00+00:00"),
        ("SUCCESSFUL", "2026-01-01T14:56:00", "2026-01-01T14:56:00+00:00"),
        ("SUCCESSFUL", None, "2026-01-02T00:00:00+00:00"),
        ("SUCCESSFUL", "soon", "2026-01-02T00:00:00+00:00"),
        ("RUNNING", "2026-01-01T14:56:00Z", "2026-01-02T00:00:00+00:00"),
    ],
)
def test_the_end_is_shown_at_the_time_when_it_was_and_not_when_it_was_seen(
    stage: str, end_date: str | None, at: str
) -> None:
    over = stage == "SUCCESSFUL"
    earlier = datetime(2026, 1, 1, 14, 50, tzinfo=UTC)
    now = job(stage, terminal_stage=over, end_date=end_date)
    known = first_seen(job("QUEUED"), earlier).shown(now, datetime(2026, 1, 2, tzinfo=UTC))
    shown = job_state.job_view(known)
    assert [entry["at"] for entry in shown["seen"]] == [earlier.isoformat(), at]


def test_a_look_that_failed_says_that_what_is_shown_may_be_old() -> None:
    problem = errors.ServiceFailure("The connection broke.")
    known = first_seen(job(), datetime.now(UTC))._replace(problem=problem)
    assert "may be old. The connection broke." in job_state.job_view(known)["note"]


def test_systems_are_in_the_shapes_of_the_contract() -> None:
    for system in account_state.systems_state():
        assert set(system) == names_in(SystemSpec)
        for field in system["fields"]:
            assert set(field) == names_in(FieldSpec)
            assert field["kind"] in get_args(FieldKind)
            assert field["name"] in names_in(Form)


def test_the_other_states_are_in_the_shapes_of_the_contract(tmp_path: Path) -> None:
    quota = Quota.parse(contract("quotas.json")["list"]["body"][0])
    project = Project.parse(contract("projects.json")["list"]["body"][0])
    assert set(folder_state.NO_FOLDER) == names_in(FolderInfo)
    for connection in (
        account_state.connected("host", []),
        account_state.disconnected("host", NO_TOKEN),
        account_state.disconnected("host", NOT_REACHED),
    ):
        assert set(connection) == names_in(Connection)
    assert account_state.disconnected("host", NO_TOKEN)["state"] == "no_token"
    assert account_state.disconnected("host", NOT_REACHED)["state"] == "offline"
    assert set(listing(tmp_path, "")) == names_in(Listing)
    state = account_state.quotas_state([quota], [project])
    assert all(set(entry) == {"hours_left", "hours"} for entry in state.values())
    assert names_in(Form) == {*FORM, "choice"}
