"""`jobs`, `job`, `cancel`, `quotas` against a real service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.records.store import Records
from tests.cli.server import Server
from tests.cli.terminal import Bspsa
from tests.faulty_server import Account, Reply
from tests.records.kept import a_job, a_record

NSG_ID = "NGBW-JOB-PY_TG-0123456789ABCDEF0123456789ABCDEF"
UUID = "01234567-89AB-4CDE-8F01-23456789ABCD"


def test_jobs_are_listed_for_people_and_for_programs(
    local: Bspsa, finished: dict[str, Any]
) -> None:
    people, program = local.process("jobs"), local("jobs", "--json")
    assert people.code == program.code == 0
    assert finished["job_id"] in people.out
    assert "odd <names>" in people.out
    assert people.out.startswith("JOB")
    assert finished["job_id"] in [job["job_id"] for job in program.document]
    assert people.err == program.err == ""


@pytest.mark.parametrize(
    ("options", "there"),
    [
        (("--hpc", "pizdaint"), True),
        (("--hpc", "nsg"), False),
        (("--hpc", "PizDaint", "--project", "bsp_pizdaint_01"), True),
        (("--project", "bsp_pizdaint_01"), True),
    ],
)
def test_jobs_can_be_those_of_one_system_or_project(
    local: Bspsa, finished: dict[str, Any], options: tuple[str, ...], there: bool
) -> None:
    listed = local("jobs", *options, "--json")
    assert listed.code == 0
    assert (finished["job_id"] in [job["job_id"] for job in listed.document]) is there


def test_jobs_of_the_same_second_are_listed_in_the_order_in_which_the_service_got_them(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    second = {"project_hpc": "NSG", "init_date": "2026-11-20T10:00:00Z"}
    jobs = [{"job_id": f"J{number}", "id": number} | second for number in (10, 9, 11)]
    told = remote(serve(Account(jobs)))("jobs")
    assert [line.split()[0] for line in told.out.splitlines()[1:]] == ["J9", "J10", "J11"]


def test_a_job_is_found_by_its_id_alone_in_any_case(local: Bspsa, finished: dict[str, Any]) -> None:
    people, program = (
        local("job", finished["job_id"].lower()),
        local("job", finished["job_id"], "--json"),
    )
    assert (people.code, program.code) == (0, 0)
    assert "SUCCESSFUL" in people.out
    assert program.document == finished


@pytest.mark.parametrize(
    ("job_id", "options", "path"),
    [
        (NSG_ID, (), "/jobs/nsg/bsp_nsg_01/"),
        (NSG_ID.lower(), (), "/jobs/nsg/bsp_nsg_01/"),
        (UUID, (), "/jobs/pizdaint/bsp_pizdaint_01/"),
        (UUID, ("--hpc", "nsg"), "/jobs/nsg/bsp_nsg_01/"),
        (UUID, ("--project", "other_02"), "/jobs/pizdaint/other_02/"),
        (NSG_ID, ("--hpc", "pizdaint", "--project", "p_1"), "/jobs/pizdaint/p_1/"),
    ],
)
def test_the_shape_of_an_id_names_its_system_and_options_settle_the_rest(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    job_id: str,
    options: tuple[str, ...],
    path: str,
) -> None:
    server = serve()
    asked = remote(server)("job", job_id, *options, "--json")
    assert server.ledger[0].target == f"{path}{job_id.upper()}/"
    assert (asked.code, asked.document["job_may_exist"]) == (3, False)


def test_a_job_of_a_project_that_was_not_named_is_looked_for(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    job = {"job_id": UUID, "project_hpc": "PIZDAINT", "project_name": "other", "stage": "READY"}
    account = Account().on("GET", f"/jobs/pizdaint/bsp_pizdaint_01/{UUID}", Reply.json("No!", 404))
    account.on("GET", "/jobs/pizdaint/", Reply.json([job]))
    found = remote(serve(account))("job", UUID, "--json")
    assert (found.code, found.document) == (0, job)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_job_of_another_project_is_asked_for_where_its_record_says(
    is_there: bool,
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    records: Records,
) -> None:
    place = f"/jobs/pizdaint/other_02/{UUID}/"
    account = Account().on("GET", "/jobs/pizdaint/bsp_pizdaint_01/", Reply.json("No!", 404))
    server = serve(account)
    record = a_record("accepted", server.url)
    job = a_job(record, job_id=UUID, project_name="other_02")
    records.save(record.model_copy(update={"project": "other_02", "job": job}))
    account.on("GET", place, Reply.json(job) if is_there else Reply.json("No!", 404))
    account.on("GET", "/jobs/pizdaint/", Reply.json([job]))
    found = remote(server)("job", UUID.lower(), "--json")
    assert (found.code, found.document) == (0, job)
    asked = [request.target for request in server.ledger]
    assert asked[:2] == [f"/jobs/pizdaint/bsp_pizdaint_01/{UUID}/", place]
    assert asked[2:] == ([] if is_there else ["/jobs/pizdaint/"])


def test_an_unknown_job_is_told_on_stderr_and_as_one_document(local: Bspsa) -> None:
    people, program = local("job", UUID), local("job", UUID, "--json")
    assert (people.code, people.out) == (3, "")
    assert UUID in people.err
    assert program.code == 3
    assert set(program.document) == {"error", "job_may_exist"}


@pytest.mark.parametrize("odd", ["..", "", "a/../b\x07"])
def test_an_id_that_is_none_reaches_no_other_address(local: Bspsa, odd: str) -> None:
    asked = local("cancel", odd, "--json")
    assert asked.code == 2
    assert "error" in asked.document


def test_a_running_job_is_cancelled(local: Bspsa, tmp_path: Path) -> None:
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / "a.txt").write_text("x")
    sent = local(
        "submit", tmp_path / "sent", "--hpc", "pizdaint", "--command", "sleep 600", "--json"
    )
    job_id = sent.document["job"]["job_id"]
    ended = local("cancel", job_id, "--yes", "--json")
    assert ended.code == 0
    assert ended.document["job_id"] == job_id
    assert ended.document["stage"] not in ("RUNNING", "QUEUED", "READY", "STAGINGIN")


def test_quotas_show_hours(local: Bspsa, service: object) -> None:
    people, program = local("quotas"), local("quotas", "--json")
    assert (people.code, program.code) == (0, 0)
    assert "bsp_pizdaint_01" in people.out
    assert " h" in people.out
    assert len(program.document) == people.out.count("bsp_") == 2


def test_one_broken_system_does_not_hide_the_jobs_of_the_other(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    job = {"job_id": UUID, "project_hpc": "PIZDAINT", "project_name": "p", "stage": "READY"}
    account = Account().on("GET", "/jobs/nsg/", Reply.html())
    account.on("GET", "/jobs/pizdaint/", Reply.json([job])).on("GET", "/jobs/", Reply.html())
    listed = remote(serve(account))("jobs", "--json")
    assert (listed.code, listed.document) == (3, [job])
    assert "NSG" in listed.err


PAGE = Reply.html(200, "<h1>Log in</h1>")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (("jobs",), PAGE),
        (("job", UUID), PAGE),
        (("files", UUID), PAGE),
        (("quotas",), PAGE),
        (("jobs",), Reply(200, "[" * 100_000)),
        (("job", UUID), Reply(302, "", headers=(("Location", "https://evil.example/"),))),
        (("quotas",), Reply(200, "[]", end="reset", cut=20)),
    ],
    ids=["page", "page", "page", "page", "deep", "redirect", "cut"],
)
def test_what_is_no_answer_is_an_error_and_one_document(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    command: tuple[str, ...],
    reply: Reply,
) -> None:
    asked = remote(serve(Account().on("GET", "/", reply)))(*command, "--json")
    assert asked.code == 3, asked.told
    assert asked.document["job_may_exist"] is False
    assert "Traceback" not in asked.told


@pytest.mark.parametrize("odd", ["foo", "..", "NGBW-a/b"])
def test_an_id_of_no_known_shape_is_wrong_input_and_nothing_is_asked(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], odd: str
) -> None:
    server = serve(Account())
    asked = remote(server)("job", odd)
    assert asked.code == 2
    assert "id:" in asked.err
    assert server.ledger == []


def test_a_job_is_found_where_the_default_project_is_anothers(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    job = {"job_id": UUID, "project_name": "other", "project_hpc": "PIZDAINT", "stage": "QUEUED"}
    denied = Reply.json({"detail": "Authentication credentials were not provided."}, 403)
    account = Account([job]).on("GET", "/jobs/pizdaint/bsp_pizdaint_01/", denied)
    asked = remote(serve(account))("job", UUID, "--json")
    assert (asked.code, asked.document["project_name"]) == (0, "other")


def test_jobs_of_a_project_are_found_without_naming_its_system(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    jobs = [{"job_id": UUID, "project_name": name} for name in ("weird", "bsp_pizdaint_01")]
    asked = remote(serve(Account(jobs)))("jobs", "--project", "Weird", "--json")
    assert asked.code == 0
    assert [job["project_name"] for job in asked.document] == ["weird"]


def test_what_is_no_submission_says_nothing_of_a_job_created(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    asked = remote(serve(Account().on("GET", "/", Reply.html(502))))("quotas")
    assert asked.code == 3
    assert "No job was created" not in asked.err


def test_what_holds_for_every_command_may_stand_before_it(
    serve: Callable[..., Server], bspsa: Bspsa
) -> None:
    there = bspsa.with_environment(BSPSA_TOKEN="t")
    asked = there("--json", "--endpoint", serve().url, "jobs")
    assert (asked.code, asked.document) == (0, [])
