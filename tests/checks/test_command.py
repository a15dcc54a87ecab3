"""A command of the checks: what it says when it takes too long, or cannot begin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tests.__main__ as checks
from tests.checks.command import ROOT, run


def test_one_that_takes_too_long_says_what_it_knows(capfd: pytest.CaptureFixture[str]) -> None:
    """As pytest does, which names what has failed where it is interrupted."""
    slow = "trap 'echo this failed; exit 2' INT; sleep 600 & wait"
    assert not run("sh", "-c", slow, longest=1)
    said = capfd.readouterr().out
    assert "!!! It had not ended after 1 s." in said
    assert said.endswith("this failed\n")


def test_one_that_does_not_heed_it_is_killed(tmp_path: Path) -> None:
    deaf = "trap '' INT; echo $$ > \"$0\"; exec sleep 600"
    assert not run("sh", "-c", deaf, str(tmp_path / "pid"), longest=1, grace=0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_program_that_is_missing_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert not run("no-such-program", "--now")
    assert "!!! no-such-program cannot be started: No such file" in capfd.readouterr().out


def test_a_check_that_breaks_ends_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    broken = (sys.executable, "-c", "raise RuntimeError('slurmctld did not come up')")
    good, poor = ("sh", "-c", "echo good ran"), ("sh", "-c", "echo poor ran; exit 1")
    assert checks.perform([{"broken": broken, "good": good}, {"poor": poor}], ["git", "unzip"]) == 1
    said = capfd.readouterr()
    for words in ("slurmctld did not come up", "good ran", "poor ran"):
        assert words in said.out
    assert said.out.rstrip().endswith(
        "Failed: broken, poor\n!!! NOT INSTALLED, AND SO NOT ALL IS TESTED: git, unzip"
    )


def test_what_two_at_once_write_is_kept_apart(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each waits for the other: they run at once."""
    both = {
        mine: ("sh", "-c", f"cd {tmp_path}; echo {mine} 1; {wait}; echo {mine} 2")
        for mine, wait in {
            "one": "touch a; until [ -e b ]; do sleep 0.01; done",
            "other": "touch b; until [ -e a ]; do sleep 0.01; done",
        }.items()
    }
    assert checks.perform([both], []) == 0
    said = capfd.readouterr().out
    assert "\none 1\none 2\n-- one: " in said
    assert "\nother 1\nother 2\n-- other: " in said
    assert said.rstrip().endswith("All checks passed.")


def test_an_interrupt_reaches_all_that_runs(tmp_path: Path) -> None:
    script = (
        "import signal, sys; from tests.checks.parts import run_parts;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "run_parts({n: ('sh', '-c', sys.argv[1], n) for n in ('a', 'b', 'late')}, 2)"
    )
    part = f"trap 'echo $0 ended; exit 1' INT; touch {tmp_path}/$0; sleep 600 & wait"
    process = subprocess.Popen(
        [sys.executable, "-c", script, part],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    while not {"a", "b"} <= {path.name for path in tmp_path.iterdir()}:
        time.sleep(0.05)  # between two looks; pytest's limit bounds them
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    os.killpg(process.pid, signal.SIGKILL)  # the shells' own `sleep`
    assert "a ended" in said
    assert "b ended" in said
    assert "late" not in said


@pytest.mark.parametrize("arguments", [["unti"], ["browser", "brwoser"]])
def test_a_check_that_does_not_exist_is_no_run_of_all(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert checks.main(arguments) == 2
    assert "There are: view, types, style, tutorials" in capsys.readouterr().out


def test_a_path_after_unit_is_all_that_is_tested(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    command = [sys.executable, "-m", "tests", "unit", str(tmp_path), "-k", "two", "-rp", "-n", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "::test_two" in done.stdout
    assert "::test_one" not in done.stdout
