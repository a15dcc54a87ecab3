"""A 201 does not say that a job can run: `submit` looks whether its input is there, and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs import input_check
from bspsa_widgets.jobs.polling.interval import PollInterval
from tests.cli.server import Server
from tests.cli.terminal import Bspsa
from tests.faulty_server import Account, Received, Reply, contract

PIZDAINT = ("--hpc", "pizdaint", "--command", "true", "--yes")

Serve = Callable[..., Server]
Remote = Callable[[Server], Bspsa]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        PollInterval, "for_client", lambda *_, **__: PollInterval(0.01, 1, 0.01, 0.01)
    )


class Going(Account):
    """An account whose jobs go through these stages, one further with each look."""

    stages: tuple[str, ...] = ()
    looks = 0

    def __call__(self, request: Received) -> Reply:
        parts = request.target.strip("/").split("/")
        if request.method == "GET" and parts[0] == "jobs" and len(parts) == 4:
            stage = self.stages[min(self.looks, len(self.stages) - 1)]
            self.looks += 1
            self.jobs[0] |= {"stage": stage, "terminal_stage": stage == "SUCCESSFUL"}
        return super().__call__(request)


def going(*stages: str, listed: list[str] | None = None) -> Going:
    """Args: listed: names of the job's files, whatever was sent; None: the zip that was."""
    account = Going()
    account.stages = stages
    if listed is not None:
        account.on("GET", "/files/", Reply.json([f"/{name}" for name in listed]))
    return account


def test_an_input_that_has_arrived_is_no_news_for_people_and_told_to_programs(
    serve: Serve, remote: Remote, folder: Path
) -> None:
    ran = remote(serve())("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, ran.document["input"]) == (0, {"state": "arrived", "words": ""})
    assert "input" not in ran.err


@pytest.mark.parametrize("options", [(), ("--wait",)])
def test_an_input_that_is_missing_is_said_and_the_job_is_there_all_the_same(
    serve: Serve, remote: Remote, folder: Path, options: tuple[str, ...]
) -> None:
    stages = ("QUEUED",) * 40 + (("SUCCESSFUL",) if options else ())
    account = going(*stages, listed=["stdout"])
    ran = remote(serve(account))("submit", folder, *PIZDAINT, *options, "--json")
    assert (ran.code, ran.document["outcome"]) == (0, "accepted")
    assert ran.document["input"]["state"] == ("unlisted" if options else "missing")
    assert "is not among its files" in ran.document["input"]["words"]
    assert "without it there is nothing to run" in ran.err
    assert ran.document["archive"]["name"] in ran.err


def test_a_job_that_ran_to_its_end_without_its_input_is_not_only_called_done(
    serve: Serve, remote: Remote, folder: Path
) -> None:
    ran = remote(serve(going("SUCCESSFUL", listed=["stdout"])))(
        "submit", folder, *PIZDAINT, "--wait"
    )
    assert ran.code == 0
    assert "Done." in ran.out
    assert "ran to its end, but its input" in ran.err


def test_an_input_that_comes_late_takes_the_warning_back(
    serve: Serve, remote: Remote, folder: Path
) -> None:
    class Late(Going):
        def __call__(self, request: Received) -> Reply:
            if request.target.startswith("/files/") and self.looks < len(self.stages):
                return Reply.json(["/stdout"])
            return super().__call__(request)

    account = Late()
    account.stages = ("QUEUED",) * 20 + ("SUCCESSFUL",)
    ran = remote(serve(account))("submit", folder, *PIZDAINT, "--wait", "--json")
    assert (ran.code, ran.document["input"]) == (0, {"state": "arrived", "words": ""})


def test_a_job_that_stays_ready_is_told_once_while_it_is_waited_for(
    serve: Serve, remote: Remote, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_check, "READY_SECONDS", 0.05)
    account = going(*["READY"] * 30, "QUEUED", "SUCCESSFUL")
    ran = remote(serve(account))("submit", folder, *PIZDAINT, "--wait", "--json")
    assert ran.err.count("may not have been able to start it") == 1
    assert (ran.code, ran.document["input"]["state"]) == (0, "arrived")


def test_who_follows_a_log_is_told_that_the_job_does_not_start(
    serve: Serve, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_check, "READY_SECONDS", 0.05)
    account = going(*["READY"] * 30, "SUCCESSFUL", listed=["stdout"])
    body = contract("submit_pizdaint.json")["response"]["body"]
    account.jobs = [body | {"stage": "READY"}]
    account.on("GET", f"/files/pizdaint/bsp_pizdaint_01/{body['job_id']}/stdout", Reply(body=b""))
    account.replies = dict(reversed(account.replies.items()))
    ran = remote(serve(account))("logs", body["job_id"], "--follow")
    assert ran.code == 0, ran.err
    assert ran.err.count("may not have been able to start it") == 1


def test_while_a_job_is_ready_for_long_its_document_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(input_check, "READY_SECONDS", 0.0)

    async def main() -> list[str]:
        client = ServiceAccountClient("http://127.0.0.1:9", "t")
        ref = JobRef("pizdaint", "bsp_pizdaint_01", "A")
        check = StartCheck(CommandOutput(as_json=True), client, ref, "a.zip")
        states = []
        for stage in ("STAGINGIN", "READY", "QUEUED"):
            job = {"job_id": "A", "project_hpc": "PIZDAINT", "stage": stage}
            check.see(Poll(Job.parse(job), datetime.now(UTC)))
            states.append(check.document()["state"])
        return states

    assert asyncio.run(main()) == ["", "stuck", ""]


def test_a_list_that_cannot_be_read_is_said(serve: Serve, remote: Remote, folder: Path) -> None:
    account = Account().on("GET", "/files/", Reply.json([], 404))
    ran = remote(serve(account))("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, ran.document["input"]["state"]) == (0, "")
    assert "could not be checked" in ran.err


def test_nsg_takes_a_job_and_its_input_together_so_nothing_is_asked(
    serve: Serve, remote: Remote, folder: Path
) -> None:
    server = serve()
    ran = remote(server)("submit", folder, "--hpc", "nsg", "--tool", "PY_TG", "--json")
    assert ran.document["input"] == {"state": "", "words": ""}
    assert not [one for one in server.ledger if one.target.startswith("/files/")]


def test_a_refused_submission_has_no_input(serve: Serve, remote: Remote, folder: Path) -> None:
    account = Account().on("POST", "/", Reply.json("No!", 400))
    document: dict[str, Any] = remote(serve(account))(
        "submit", folder, *PIZDAINT, "--json"
    ).document
    assert document["input"] is None
