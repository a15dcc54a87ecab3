"""What is shown: in the contract's shapes, and in words that say first whether a job exists."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets import errors
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import MEANINGS, Job
from bspsa_widgets.submission.follow import Look
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connecting,
    Packed,
    Packing,
    Sending,
    Waiting,
)
from bspsa_widgets.widgets import view_state
from bspsa_widgets.widgets.browse import listing
from bspsa_widgets.widgets.form_panel import FormPanel
from tests.faulty_server import contract

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "js" / "src" / "contract.ts").read_text(encoding="utf-8")


def names_in(interface: str) -> set[str]:
    """The keys of an interface of contract.ts, without those that it extends."""
    found = re.search(rf"interface {interface}\b[^{{]*{{(.*?)\n}}", CONTRACT, re.DOTALL)
    assert found, f"contract.ts has no {interface}"
    body = re.sub(r"/\*.*?\*/|//[^\n]*", "", found.group(1), flags=re.DOTALL)
    return set(re.findall(r"(?m)^  (\w+)\??:", body))


def values_of(name: str) -> set[str]:
    """The strings of a union, at a key or a type of contract.ts."""
    found = re.search(rf"\b{name}\??\s*[:=]\s*((?:\|?\s*\"[^\"]*\"\s*)+)", CONTRACT)
    assert found, f"contract.ts has no union {name}"
    return set(re.findall(r'"([^"]*)"', found.group(1)))


def job(stage: str = "RUNNING", **more: Any) -> Job:
    return Job.parse({"job_id": "J1", "project_hpc": "PIZDAINT", "stage": stage} | more)


def sealed() -> SealedArchive:
    return SealedArchive(
        name="a.zip", path=Path("a.zip"), size=1_500_000, sha256="0", folder="a", files=3
    )


STEPS = [
    Checked(()),
    Packing(1, 2),
    Packed(sealed()),
    Connecting(),
    Sending(0, 2),
    Waiting(),
    Accepted(job()),
]

ERRORS = [
    errors.InvalidInput("folder", "No folder is chosen.", allowed="Choose one."),
    errors.InvalidForm({"title": "Too long.", "runtime": "It is empty."}),
    errors.TokenMissing("There is no access token."),
    errors.TokenMalformed("The token from BSPSA_TOKEN has spaces in it."),
    errors.TokenRefused("The service does not take your access token."),
    errors.PackingError("a changed while it was packed."),
    errors.Stopped(),
    errors.NotSent("The service could not be reached."),
    errors.UnsafeEndpoint("The certificate is not valid."),
    errors.QuotaRefused("The service says: no quota", status=401),
    errors.AccessRefused("You may not use this project.", status=403),
    errors.NotFound("The service says: no", status=404),
    errors.ServiceFailure("NSG failed."),
    errors.Unconfirmed("The connection broke."),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_every_step_is_a_status_of_the_contract(step: Any) -> None:
    status = view_state.during(step)
    assert set(status) == names_in("Status")
    assert status["step"] in values_of("step")
    assert status["outcome"] in values_of("outcome")
    assert 0 <= status["progress"] <= 1
    assert status["message"]
    json.dumps(status, allow_nan=False)


def test_cancel_is_offered_only_as_long_as_nothing_is_sent() -> None:
    offered = [view_state.during(step)["cancellable"] for step in STEPS]
    assert offered == [True, True, True, True, False, False, False]
    assert all(view_state.during(step)["busy"] for step in STEPS[:-1])
    assert "may already have the job" in view_state.during(Waiting())["detail"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_end_says_first_whether_a_job_exists(error: errors.BspsaError) -> None:
    status = view_state.ended(error)
    assert set(status) == names_in("Status")
    assert status["outcome"] in values_of("outcome") - {"", "accepted"}
    assert not status["busy"]
    assert not status["cancellable"]
    if error.job_may_exist:
        assert status["headline"] == "We don't know whether the job was accepted."
        assert status["outcome"] == "unconfirmed"
        assert "may have the job" in status["detail"]
    else:
        assert status["headline"].startswith(("Not submitted: ", "Cancelled. Nothing was sent"))
        assert "failed" not in status["headline"] or isinstance(error, errors.ServiceFailure)


def test_every_error_of_the_tree_has_been_shown_above() -> None:
    def leaves(kind: type[errors.BspsaError]) -> set[type[errors.BspsaError]]:
        return {kind}.union(*(leaves(sub) for sub in kind.__subclasses__()))

    elsewhere = {
        errors.BspsaError,
        errors.TokenError,
        errors.Refused,
        errors.DownloadError,
        errors.LocalServiceError,
    }
    ours = {kind for kind in leaves(errors.BspsaError) if kind.__module__ == errors.__name__}
    assert ours - elsewhere == {type(error) for error in ERRORS}


def test_wrong_fields_are_told_by_their_labels() -> None:
    status = view_state.ended(ERRORS[1])
    assert "Title: Too long. Runtime: It is empty." in status["detail"]


@pytest.mark.parametrize(
    ("stage", "more", "step", "headline"),
    [
        ("RUNNING", {}, "following", "Submitted. Piz Daint has your job."),
        ("NEVER_SEEN", {"failed": True}, "following", "Submitted. Piz Daint has your job."),
        ("SUCCESSFUL", {"terminal_stage": True}, "over", "Done. The job ran to its end."),
        ("FAILED", {"terminal_stage": True}, "over", "The job ran, and failed."),
        ("CANCELED", {}, "over", "The job was cancelled."),
        ("", {"project_hpc": None}, "following", "Submitted. The service has your job."),
        ("X", {"project_hpc": "<b>New</b>"}, "following", "Submitted. <b>New</b> has your job."),
    ],
)
def test_a_job_is_called_failed_only_at_its_end(
    stage: str, more: dict[str, Any], step: str, headline: str
) -> None:
    status = view_state.followed(job(stage, **more))
    assert (status["step"], status["headline"]) == (step, headline)
    assert status["outcome"] == "accepted"


@pytest.mark.parametrize("stage", [*MEANINGS, "NEVER_SEEN", ""])
@pytest.mark.parametrize("over", [True, False])
def test_every_stage_is_shown_as_it_is_with_its_meaning(stage: str, over: bool) -> None:
    look = Look(job(stage, terminal_stage=over), datetime(2026, 1, 2, tzinfo=UTC))
    shown = view_state.job_view(look, [(stage, look.at)])
    assert set(shown) == names_in("JobView")
    assert shown["stage"] == stage
    assert shown["meaning"]
    assert shown["checked"] == "2026-01-02T00:00:00+00:00"
    assert shown["seen"] == [{"stage": stage, "at": "2026-01-02T00:00:00+00:00"}]


def test_a_look_that_failed_says_that_what_is_shown_may_be_old() -> None:
    look = Look(job(), datetime.now(UTC), errors.ServiceFailure("The connection broke."))
    assert "may be old. The connection broke." in view_state.job_view(look, [])["note"]


def test_systems_are_in_the_shapes_of_the_contract() -> None:
    for system in view_state.systems_state():
        assert set(system) == names_in("SystemSpec")
        for field in system["fields"]:
            assert set(field) == names_in("FieldSpec")
            assert field["kind"] in values_of("kind")
            assert field["name"] in values_of("FieldName")


def test_the_other_states_are_in_the_shapes_of_the_contract(tmp_path: Path) -> None:
    quota = Quota.parse(contract("quotas.json")["list"]["body"][0])
    project = Project.parse(contract("projects.json")["list"]["body"][0])
    assert set(view_state.NO_FOLDER) == names_in("FolderInfo")
    for connection in (
        view_state.connected("host", []),
        view_state.disconnected("host", ERRORS[2]),
        view_state.disconnected("host", ERRORS[6]),
    ):
        assert set(connection) == names_in("Connection")
    assert view_state.disconnected("host", ERRORS[2])["state"] == "no_token"
    assert view_state.disconnected("host", ERRORS[6])["state"] == "offline"
    assert set(listing(tmp_path, "")) | {"kind", "id"} == names_in("Listing")
    state = view_state.quotas_state([quota], [project])
    assert all(set(entry) == {"hours_left", "hours"} for entry in state.values())


def test_contract_ts_names_every_synced_trait_and_python_has_every_name_in_it() -> None:
    import anywidget

    ours = FormPanel.class_trait_names(sync=True)
    foreign = anywidget.AnyWidget.class_trait_names(sync=True)
    assert set(ours) - set(foreign) == names_in("Traits") | names_in("Form")
    assert names_in("Form") == values_of("FieldName")


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (1_500_000, "1.5 MB"),
        (2**33, "8589.9 MB"),
    ],
)
def test_sizes_are_in_the_unit_that_fits(size: int, shown: str) -> None:
    assert view_state.megabytes(size) == shown


def test_a_sentence_after_a_colon_keeps_names_and_i() -> None:
    assert view_state.lowered("The service") == "the service"
    assert view_state.lowered("NSG failed") == "NSG failed"
    assert view_state.lowered("") == ""
