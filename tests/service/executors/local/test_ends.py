"""How a program ended is said by the service, since most that are killed do not say it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner import sandbox
from bspsa_widgets.service.executors.runner.run import exit_description
from tests.service.conftest import zipped
from tests.service.running import new_task, nsg_task, run_one


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "ended with exit code 3"),
        (-11, "was killed by signal 11 (SIGSEGV)"),
        (139, "ended with exit code 139, as after signal 11 (SIGSEGV)"),
        (137, "ended with exit code 137, as after signal 9 (SIGKILL)"),
        (-63, "was killed by signal 63"),
        (255, "ended with exit code 255"),
        (128, "ended with exit code 128"),
    ],
)
def test_the_exit_description_names_the_signal_or_exit_code(code: int, words: str) -> None:
    assert exit_description(code) == words


@pytest.fixture(params=["kept apart", "not kept apart"])
def _kept_apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "kept apart" and sandbox.sandbox_unavailable_reason():
        pytest.skip(f"not tested: {sandbox.sandbox_unavailable_reason()}")
    if request.param == "not kept apart":
        monkeypatch.setattr(
            "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason",
            lambda: "a test",
        )


@pytest.mark.usefixtures("_kept_apart")
@pytest.mark.parametrize(
    ("way", "words"),
    [("os.kill(os.getpid(), 11)", "signal 11 (SIGSEGV)"), ("os._exit(3)", "exit code 3.")],
)
def test_a_silent_failed_program_has_a_note_in_its_standard_error(
    tmp_path: Path, way: str, words: str
) -> None:
    task = nsg_task(tmp_path, "SILENT", zipped({"m/init.py": f"import os; {way}"}))
    assert asyncio.run(run_one(task)).phase is Phase.FAILED
    assert words in task.folder.stderr.read_text()
    assert "[local service] The program" in task.folder.stderr.read_text()


def test_only_a_failed_command_has_a_note_with_its_exit_code(
    tmp_path: Path,
) -> None:
    failed = new_task(tmp_path, "FAILS", "exit 7")
    assert asyncio.run(run_one(failed)).phase is Phase.FAILED
    said = failed.folder.stderr.read_text()
    assert said == "\n[local service] The command ended with exit code 7.\n"
    done = new_task(tmp_path, "GOES", "true")
    assert asyncio.run(run_one(done)).phase is Phase.SUCCEEDED
    assert done.folder.stderr.read_text() == ""


def test_a_job_that_cannot_be_started_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(tmp_path / "no-python")
    monkeypatch.setattr(
        "bspsa_widgets.service.executors.local.executor.runner_command", lambda _: [missing]
    )
    task = new_task(tmp_path, "A")
    assert asyncio.run(run_one(task)).phase is Phase.FAILED
    said = task.folder.stderr.read_text()
    assert "could not start the job" in said
    assert missing in said
