"""A job that the service does not show, or that was cancelled from here, is told as what it is."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.render.job_line import followed
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.records.store import Records
from tests.cli.server import Server
from tests.cli.terminal import Bspsa, ended
from tests.faulty_server import Account, FaultyServer, Reply, contract
from tests.records.kept import a_job, a_record
from tests.virtual_time import run_virtual

BODY: dict[str, Any] = contract("submit_pizdaint.json")["response"]["body"] | {
    "job_id": "00000001-9E15-4FE3-9F84-0EAEB4CC94AA"
}
JOB = f"/jobs/pizdaint/bsp_pizdaint_01/{BODY['job_id']}/"
RUNNING = {"stage": "RUNNING"}
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True}
FAILED = {"stage": "FAILED", "terminal_stage": True, "failed": True}
AWAY = {
    "404": Reply.json("Job not found!", 404),
    "DELETED": Reply.json(BODY | {"stage": "DELETED"}),
    "CANCELED": Reply.json(BODY | {"stage": "CANCELED"}),
}
EACH = pytest.mark.parametrize("how", AWAY)
NOT_SHOWN = "the service does not show the job any more"

Remote = Callable[[Server], Bspsa]
Serve = Callable[..., Server]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PollInterval, "for_client", lambda *_, **__: PollInterval(0.02, 1.2, 0.05))


def shown(**changes: Any) -> Reply:
    return Reply.json(BODY | changes)


def submit(folder: Path) -> tuple[str | Path, ...]:
    return ("submit", folder, "--hpc", "pizdaint", "--command", "true", "--wait", "--json")


@EACH
def test_waiting_says_that_a_job_is_not_shown_and_goes_on(
    serve: Serve, remote: Remote, folder: Path, how: str
) -> None:
    story = [shown(**RUNNING), *[AWAY[how]] * 6, shown(**RUNNING), shown(**DONE)]
    server = serve(Account().on("GET", JOB, *story))
    ran = remote(server)(*submit(folder))
    assert (ran.code, ran.document["outcome"]) == (0, "accepted")
    assert ran.document["message"].startswith("Done.")
    told = [line for line in ran.err.splitlines() if NOT_SHOWN in line]
    assert len(told) == 1
    assert "last seen as RUNNING" in told[0]
    assert ran.err.index(NOT_SHOWN) < ran.err.rindex("SUCCESSFUL")


def test_an_interrupt_while_a_job_is_not_shown_does_not_say_that_it_goes_on(
    serve: Serve, remote: Callable[[Server], Bspsa], folder: Path, records: Records
) -> None:
    server = serve(Account().on("GET", JOB, shown(**RUNNING), AWAY["DELETED"]))
    process = remote(server).start(*submit(folder))
    assert process.stderr is not None
    while NOT_SHOWN not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.code == 1
    assert "The job may go on." in ran.err
    assert NOT_SHOWN in ran.document["message"]
    (record,) = records.load().records
    assert record.state == "accepted"


def test_a_job_that_was_cancelled_from_another_terminal_is_told_as_cancelled(
    serve: Serve, remote: Remote, folder: Path
) -> None:
    """Piz Daint says FAILED of it."""
    account = Account([BODY | RUNNING]).on("DELETE", "/", Reply(204, content_type=None))
    server = serve(account)
    elsewhere = remote(server)
    assert elsewhere("cancel", BODY["job_id"], "--yes").code != 0  # it goes on for a while
    account.jobs.clear()
    account.on("GET", JOB, shown(**RUNNING), shown(**FAILED))
    ran = elsewhere(*submit(folder))
    assert (ran.code, ran.document["message"]) == (5, "The job was cancelled.")
    described = elsewhere("job", BODY["job_id"])
    assert "Cancelled" in described.out
    assert "The job failed" not in described.told
    (record,) = elsewhere("records", "--json").document
    assert (record["state"], record["end_sent"]) == ("over", "cancel")
    assert "The job was cancelled." in elsewhere("record", record["marker"]).out
    (mine,) = elsewhere("jobs", "--mine", "--json").document
    assert mine["message"] == "The job was cancelled."


@EACH
def test_the_submissions_made_here_name_a_job_that_is_not_shown_and_keep_it_open(
    serve: Serve, remote: Remote, records: Records, how: str
) -> None:
    server = serve(Account().on("GET", JOB, AWAY[how]))
    if how != "404":
        server.account.on("GET", "/jobs/", Reply.json([BODY | {"stage": how}]))
    record = a_record("accepted", server.url)
    records.save(record.moved("accepted", job=a_job(record, stage="RUNNING")))
    ran = remote(server)("jobs", "--mine")
    assert ran.code == 0
    assert "RUNNING (last seen)" in ran.out
    assert ran.err.count(NOT_SHOWN) == 1
    kept = records.read(record.marker)
    assert kept is not None
    assert kept.state == "accepted"


@EACH
def test_a_log_is_followed_beyond_a_time_in_which_the_job_is_not_shown(
    serve: Serve, remote: Remote, how: str
) -> None:
    story = [shown(**RUNNING), *[AWAY[how]] * 6, shown(**RUNNING), shown(**DONE)]
    account = Account().on("GET", JOB, shown(**RUNNING), *story)
    account.on("GET", "/files/", Reply(200, "one\ntwo\n", "application/octet-stream"))
    ran = remote(serve(account))("logs", BODY["job_id"], "--follow")
    assert (ran.code, ran.out) == (0, "one\ntwo\n")
    assert ran.err.count(NOT_SHOWN) == 1
    assert ran.err.endswith("SUCCESSFUL: Done.\n")


def test_a_job_that_is_not_shown_is_not_said_to_be_ready_all_that_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PollInterval, "for_client", lambda *_, **__: PollInterval(1, 2, 60))
    replies = [shown(stage="READY"), *[AWAY["404"]] * 50, shown(**RUNNING), shown(**DONE)]
    account = Account().on("GET", JOB, *replies)
    job = Job.parse(BODY | {"stage": "READY"})
    ref = JobRef.of(job)

    async def main() -> Job:
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            output = CommandOutput(as_json=False)
            check = StartCheck(output, client, ref, "a.zip")
            return await followed(client, ref, job, output, lambda _: None, check)

    assert run_virtual(main(), seconds=1e9).outcome == "succeeded"
    assert "READY for" not in capsys.readouterr().err


def test_a_job_that_is_not_shown_just_after_its_end_costs_no_log(
    serve: Serve, remote: Remote
) -> None:
    account = Account().on(
        "GET", JOB, shown(**RUNNING), shown(**RUNNING), shown(**DONE), AWAY["404"]
    )
    account.on("GET", "/files/", Reply(200, "one\ntwo\n", "application/octet-stream"))
    ran = remote(serve(account))("logs", BODY["job_id"], "--follow")
    assert (ran.code, ran.out) == (0, "one\ntwo\n")
    assert NOT_SHOWN in ran.err


def test_a_job_that_is_not_shown_is_described_as_that(serve: Serve, remote: Remote) -> None:
    ran = remote(serve(Account().on("GET", JOB, AWAY["DELETED"])))("job", BODY["job_id"])
    assert ran.code == 0
    assert "this may pass" in ran.out
    assert "ancelled" not in ran.out
