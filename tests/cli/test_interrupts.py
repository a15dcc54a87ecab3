"""Ctrl-C: before the first byte it is a cancel; after it, the truth is waited for."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.cli import main
from bspsa_widgets.cli.commands.submit import _Submit
from tests.cli.server import Server
from tests.cli.terminal import SECONDS, Bspsa, Ended, ended
from tests.faulty_server import Account, Received, Reply

SUBMIT = ("--hpc", "pizdaint", "--command", "true", "--json")


def until_told(process: subprocess.Popen[str], words: str) -> str:
    """Read stderr up to a line with these words."""
    assert process.stderr is not None
    deadline = threading.Timer(SECONDS, process.kill)
    deadline.start()
    told = ""
    while words not in told:
        line = process.stderr.readline()
        assert line, f"it ended without saying {words!r}: {told}"
        told += line
    deadline.cancel()
    return told


def under_fire(process: subprocess.Popen[str]) -> Ended:
    """Ctrl-C without a pause, to the end."""
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGINT)
    return ended(process)


def test_before_anything_is_sent_it_is_code_130(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(Account().on("GET", "/quotas/", Reply(cut=0, end="stall")))
    process = remote(server).start("submit", folder, *SUBMIT)
    assert server.asked.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert (ran.code, ran.document["outcome"], ran.document["job"]) == (130, "not_sent", None)
    assert server.posts == 0
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("reply", "code", "outcome"),
    [(None, 0, "accepted"), (Reply.json({"detail": "No."}, 404), 3, "refused")],
    ids=["accepted", "refused"],
)
def test_after_the_first_byte_it_waits_for_the_answer(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    reply: Reply | None,
    code: int,
    outcome: str,
) -> None:
    server = serve(Account().on("POST", "/", reply) if reply else None, held=True)
    process = remote(server).start("submit", folder, *SUBMIT)
    assert server.posted.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    until_told(process, "too late to cancel")
    server.release()
    ran = ended(process)
    assert (ran.code, ran.document["outcome"]) == (code, outcome)


def test_a_second_one_stops_the_waiting_with_code_4(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(held=True)
    process = remote(server).start("submit", folder, *SUBMIT)
    assert server.posted.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    until_told(process, "too late to cancel")
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert (ran.code, ran.document["outcome"]) == (4, "unconfirmed")
    assert server.posts == 1


def test_a_burst_after_the_first_byte_is_never_called_not_sent(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(held=True)
    process = remote(server).start("submit", folder, *SUBMIT)
    assert server.posted.wait(SECONDS)
    ran = under_fire(process)
    assert (ran.code, ran.document["outcome"]) == (4, "unconfirmed"), ran
    assert "Traceback" not in ran.err


def test_while_a_job_is_followed_the_job_goes_on(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve()
    process = remote(server).start("submit", folder, *SUBMIT, "--wait")
    until_told(process, "QUEUED: ")
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert (ran.code, ran.document["outcome"]) == (1, "accepted")
    assert "The job goes on" in ran.err


def test_a_read_is_interrupted_with_one_document(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    server = serve(Account().on("GET", "/jobs/", Reply(cut=0, end="stall")))
    process = remote(server).start("jobs", "--json")
    assert server.asked.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.code == 130
    assert "error" in ran.document
    assert "Traceback" not in ran.err


def test_a_cancel_that_is_interrupted_does_not_say_that_nothing_was_done(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    came = threading.Event()

    class Silent(Account):
        def __call__(self, request: Received) -> Reply:
            if request.method != "DELETE":
                return super().__call__(request)
            came.set()
            return Reply(cut=0, end="stall")

    job = {"job_id": "01234567-89AB-4CDE-8F01-23456789ABCD", "stage": "RUNNING"}
    server = serve(Silent([job]))
    process = remote(server).start("cancel", job["job_id"], "--yes", "--json")
    assert came.wait(SECONDS)
    ran = under_fire(process)
    assert ran.code == 1
    assert "not known" in ran.document["error"]
    assert "Traceback" not in ran.err


def test_before_the_command_has_begun_it_is_code_130_with_the_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bspsa_widgets.cli.importlib.import_module", interrupted)
    assert main(["submit", "x", *SUBMIT]) == 130
    assert json.loads(capsys.readouterr().out)["outcome"] == "not_sent"


def test_between_sending_and_following_an_accepted_job_is_told(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    follow = _Submit._follow

    async def interrupted(*given: Any) -> int:
        signal.raise_signal(signal.SIGINT)
        return await follow(*given)

    monkeypatch.setattr(_Submit, "_follow", interrupted)
    ran = remote(serve())("submit", folder, *SUBMIT, "--wait")
    assert (ran.code, ran.document["outcome"]) == (1, "accepted")
    assert "The job goes on" in ran.err
