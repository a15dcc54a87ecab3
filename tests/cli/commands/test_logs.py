"""`logs`: a job's own words, safe for the terminal, while it runs and after; why it failed."""

from __future__ import annotations

import os
import pty
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.ranges import FilePart
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from tests.cli.server import Server
from tests.cli.terminal import Bspsa, Ended, ended
from tests.faulty_server import Account, Reply
from tests.service.conftest import until

UUID = "01234567-89AB-4CDE-8F01-23456789ABCD"
JOB = {"job_id": UUID, "project_hpc": "PIZDAINT", "project_name": "bsp_pizdaint_01"}
RUNNING = JOB | {"stage": "RUNNING", "terminal_stage": False, "failed": True, "runtime": 2.0}
DONE = JOB | {"stage": "SUCCESSFUL", "terminal_stage": True, "failed": False, "runtime": 2.0}
FAILED = DONE | {"stage": "FAILED", "failed": True}
LIMIT = (
    "slurmstepd: error: *** JOB 1 ON nid1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***"
)
FILES = f"/files/pizdaint/bsp_pizdaint_01/{UUID}/"


def sent(text: str | bytes) -> Reply:
    return Reply(200, text, "application/octet-stream")


def printing(job: dict[str, Any], stdout: str | bytes, stderr: str | bytes = b"") -> Account:
    return (
        Account()
        .on("GET", f"/jobs/pizdaint/bsp_pizdaint_01/{UUID}/", Reply.json(job))
        .on("GET", f"{FILES}stdout/", sent(stdout))
        .on("GET", f"{FILES}stderr/", sent(stderr))
    )


@pytest.fixture
def near(bspsa: Bspsa, service: Any) -> Bspsa:
    """The command in this process, with the local service as its endpoint."""
    return bspsa.with_environment(BSPSA_ENDPOINT=service.url, BSPSA_TOKEN=service.token)


UNTIL = "until [ -e go ]; do sleep 0.05; done"  # in a job: waits for `let_go`


def let_go(service: Any, job: str = "*") -> None:
    """Let a job go on that waits for it: a file in its own folder, all that it surely sees."""
    for work in service.directory.glob(f"jobs/{job}/work"):
        (work / "go").touch()


def submitted(near: Bspsa, folder: Path, command: str, *options: str) -> str:
    ran = near("submit", folder, "--hpc", "pizdaint", "--command", command, "--json", *options)
    assert ran.code == 0, ran.err
    return str(ran.document["job"]["job_id"])


def at_a_terminal(
    command: Bspsa, *arguments: str, stderr: bool = False, sees: str = "", then: Any = None
) -> Ended:
    """With stdout (or stderr) being one; once it `sees` this, `then` is called."""
    ours, theirs = pty.openpty()
    name = "stderr" if stderr else "stdout"
    shown = b""
    try:
        process = command.start(*arguments, **{name: theirs})
        while sees.encode() not in shown:
            shown += os.read(ours, 65536)
        if then is not None:
            then()
        ran = ended(process)
        os.set_blocking(ours, False)
        while True:
            try:
                shown += os.read(ours, 65536)
            except BlockingIOError:
                break
        text = shown.decode().replace("\r\n", "\n")
    finally:
        os.close(theirs)
        os.close(ours)
    return Ended(ran.code, ran.out if stderr else text, text if stderr else ran.err)


def test_a_finished_job_s_output_is_on_stdout_alone(near: Bspsa, finished: dict[str, Any]) -> None:
    people, program = near("logs", finished["job_id"]), near("logs", finished["job_id"], "--json")
    assert (people.code, people.out, people.err) == (0, "said\n", "")
    assert program.code == 0
    assert set(program.document) == {"job", "stream", "log", "cause"}
    assert program.document["log"] == {
        "file": "stdout", "lines": ["said"], "first": 1, "size": 5, "complete": True,
        "final": True, "note": "", "problem": "",
    }  # fmt: skip
    assert program.document["cause"] is None
    assert program.document["job"] == finished


def test_a_running_job_is_followed_to_its_last_line(
    local: Bspsa, near: Bspsa, service: Any, folder: Path
) -> None:
    steps = "for i in 1 2 3 4 5; do echo step $i; sleep 0.2; done; printf over"
    job = submitted(near, folder, f"echo begun; {UNTIL}; {steps}")
    process = local.start("logs", job, "--follow")
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    let_go(service, job)
    ran = ended(process)
    assert ran.code == 0, ran.err
    assert ran.out == "step 1\nstep 2\nstep 3\nstep 4\nstep 5\nover\n"
    assert "SUCCESSFUL" in ran.err


def test_of_a_failed_job_the_cause_comes_first(near: Bspsa, folder: Path) -> None:
    job = submitted(near, folder, "echo begun; no-such-program", "--title", "fails")
    ran = near("logs", job, "--stderr", "--follow")
    assert ran.code == 0
    assert "no-such-program: command not found" in ran.out
    told = ran.err.splitlines()
    cause = next(at for at, text in enumerate(told) if "does not exist where the job ran" in text)
    assert "module load" in told[cause + 1]
    assert "“command not found”" in told[cause + 2]
    assert "no-such-program: command not found" in told[cause + 2]
    shown = near("job", job)
    assert "does not exist where the job ran" in shown.out
    assert "“command not found”" in shown.out


def test_job_tells_the_cause_for_people_and_nothing_else_for_programs(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    server = serve(printing(FAILED, "", LIMIT))
    shown = remote(server)("job", UUID)
    assert "The job ran out of time." in shown.out
    assert "2 h" in shown.out
    assert LIMIT in shown.out
    asked = len(server.ledger)
    assert remote(server)("job", UUID, "--json").document == FAILED
    assert len(server.ledger) == asked + 1


def test_the_cause_is_in_the_document(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    document = remote(serve(printing(FAILED, "x", LIMIT)))("logs", UUID, "--json").document
    assert set(document["cause"]) == {"headline", "detail", "advice", "rule", "evidence"}
    assert document["cause"]["rule"] == "wall time"
    assert document["log"]["lines"] == ["x"]


def test_an_unknown_cause_is_not_made_up_and_a_running_job_has_none(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    ran = remote(serve(printing(FAILED, "a\n", "b\n")))("logs", UUID)
    assert (ran.code, ran.out) == (0, "a\n")
    assert "does not tell why" in ran.err
    ran = remote(serve(printing(RUNNING, "a\n", LIMIT)))("logs", UUID)
    assert (ran.code, ran.out, ran.err) == (0, "a\n", "")


STEERING = b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2J\x00\xff\xe2\x80\xae 10%\r\n\xc2\x9b1mx\n"


def test_what_it_printed_does_not_steer_a_terminal(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    command = remote(serve(printing(FAILED, STEERING, STEERING)))
    piped = command("logs", UUID)
    assert piped.out == "red \u2400\ufffd\ufffd 10%\nx\n"
    shown = at_a_terminal(command, "logs", UUID)
    assert shown.out == "\x1b[31mred\x1b[0m \u2400\ufffd\ufffd 10%\n\x1b[1mx\x1b[0m\n"
    for ran in (piped, shown):
        assert "\x1b" not in ran.err
        assert "\u202e" not in ran.told


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_are_only_for_a_terminal_that_wants_them(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], environment: dict[str, str]
) -> None:
    command = remote(serve(printing(DONE, b"\x1b[31mred\x1b[0m\n")))
    assert at_a_terminal(command, "logs", UUID).out == "\x1b[31mred\x1b[0m\n"
    plain = command.with_environment(**environment)
    assert at_a_terminal(plain, "logs", UUID).out == "red\n"


def test_the_last_lines_or_all_of_them(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    printed = "".join(f"{number}\n" for number in range(1, 3001))
    command = remote(serve(printing(DONE, printed)))
    assert command("logs", UUID, "--lines", "2").out == "2999\n3000\n"
    usual = command("logs", UUID)
    assert len(usual.out.splitlines()) == 1000
    assert "--all" in usual.err
    every = command("logs", UUID, "--all")
    assert (every.out, every.err) == (printed, "")


def test_a_log_that_is_too_large_for_a_look_is_told_and_comes_with_all(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    printed = "x" * 99 + "\n"
    command = remote(serve(printing(DONE, printed * 60_000)))
    ran = command("logs", UUID)
    assert (ran.code, ran.out) == (0, "")
    assert "6.0 MB" in ran.err
    assert command("logs", UUID, "--all").out == printed * 60_000


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999"])
def test_a_count_that_is_none_is_wrong_input(bspsa: Bspsa, number: str) -> None:
    assert bspsa("logs", UUID, "--lines", number, "--json").code == 2


def test_what_cannot_be_read_is_code_3(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    account = printing(DONE, "").on("GET", f"{FILES}stdout/", Reply.html(500))
    ran = remote(serve(account))("logs", UUID)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err
    unknown = remote(serve())("logs", UUID, "--json")
    assert unknown.code == 3
    assert set(unknown.document) == {"error", "job_may_exist"}


def test_a_job_that_printed_nothing_says_so(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    ran = remote(serve(printing(DONE, "")))("logs", UUID)
    assert (ran.code, ran.out) == (0, "")
    assert "printed nothing" in ran.err


def test_ctrl_c_ends_the_following_and_the_job_goes_on(
    local: Bspsa, near: Bspsa, folder: Path
) -> None:
    job = submitted(near, folder, "echo begun; sleep 60")
    process = local.start("logs", job, "--follow")
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.code == 1
    assert "goes on" in ran.err
    assert "Traceback" not in ran.err
    assert near("job", job, "--json").document["stage"] == "RUNNING"
    assert near("cancel", job, "--yes", "--json").code == 0


def test_a_reader_that_has_enough_ends_the_following(
    local: Bspsa, near: Bspsa, folder: Path
) -> None:
    job = submitted(near, folder, "while true; do echo more; sleep 0.1; done")
    process = local.start("logs", job, "--follow")
    assert process.stdout is not None
    assert process.stdout.readline() == "more\n"
    process.stdout.close()
    process.stdout = None
    ran = ended(process)
    assert "Traceback" not in ran.err
    assert near("cancel", job, "--yes", "--json").code == 0


def test_a_progress_bar_is_shown_in_its_place_at_a_terminal(
    local: Bspsa, near: Bspsa, service: Any, folder: Path
) -> None:
    begun = r"printf '\rbar 1 of 4'"
    rest = r"for i in 2 3 4; do printf '\rbar %d of 4' $i; done; echo; echo done"
    job = submitted(near, folder, f"{begun}; {UNTIL}; {rest}")
    bar = "\r\x1b[Kbar 1 of 4"
    ran = at_a_terminal(
        local, "logs", job, "--follow", stderr=True, sees=bar, then=lambda: let_go(service, job)
    )
    assert ran.code == 0
    assert ran.out == "bar 4 of 4\ndone\n"


def test_a_log_of_100_mb_is_followed_by_its_end_alone(
    near: Bspsa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    part = ServiceAccountClient.part

    async def counted(self: Any, *given: Any, **named: Any) -> FilePart:
        came = await part(self, *given, **named)
        assert came.is_ranged
        moved.append(len(came.data))
        return came

    monkeypatch.setattr(ServiceAccountClient, "part", counted)
    grow = "for i in 1 2 3 4 5; do echo step $i; sleep 0.4; done"
    job = submitted(near, folder, f"yes | head -c 100000000; seq 2000; sleep 2; {grow}")
    until(lambda: (near("logs", job, "--json").document["log"]["size"] or 0) > 100_000_000)
    moved.clear()
    ran = near("logs", job, "--follow", "--lines", "50")
    assert ran.code == 0
    assert ran.out.splitlines()[-5:] == [f"step {number}" for number in range(1, 6)]
    log = near("logs", job, "--json").document["log"]
    assert log["size"] > 100_000_000
    assert not log["complete"]
    assert moved
    assert sum(moved) < 1_100_000  # three looks at the end, of 256 kB, and what was new


def test_waiting_for_a_submission_shows_the_cause_and_the_end_of_stderr(
    near: Bspsa, folder: Path
) -> None:
    command = "for i in $(seq 30); do echo line $i >&2; done; python3 -c 'import nothing_at_all'"
    ran = near("submit", folder, "--hpc", "pizdaint", "--command", command, "--wait")
    assert ran.code == 5
    assert "The Python module nothing_at_all is missing" in ran.err
    assert "“module not found”" in ran.err
    assert "The end of stderr:\n" in ran.err
    assert "  line 30\n" in ran.err
    assert "  line 1\n" not in ran.err
    assert "  ModuleNotFoundError" in ran.err
    assert "FAILED" in ran.out


def test_waiting_counts_the_time_at_a_terminal_and_tells_stages_elsewhere(
    local: Bspsa, near: Bspsa, service: Any, folder: Path
) -> None:
    command = ("submit", str(folder), "--hpc", "pizdaint", "--command", UNTIL, "--wait")
    counted = "\r\x1b[KRUNNING: Running. · 1 s"
    shown = at_a_terminal(
        local, *command, "--yes", stderr=True, sees=counted, then=lambda: let_go(service)
    )
    assert shown.code == 0
    assert "SUCCESSFUL: Done." in shown.err
    again = ("submit", str(folder), "--hpc", "pizdaint", "--command", "sleep 0.5", "--wait")
    piped = near(*again).err.splitlines()
    assert "SUCCESSFUL: Done." in piped
    assert not [text for text in piped if " · " in text]
    assert len(piped) == len(set(piped))
