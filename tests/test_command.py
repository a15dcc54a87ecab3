"""A command of the checks: what it says when it takes too long, or cannot begin."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import tests.__main__ as checks
from tests.command import run


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


def test_a_check_that_breaks_ends_no_other(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ran = []

    def broken() -> bool:
        raise RuntimeError("slurmctld did not come up")

    def good() -> bool:
        ran.append("good")
        return True

    def poor() -> bool:
        ran.append("poor")
        return False

    assert checks.perform([broken, good, poor], ["git", "unzip"]) == 1
    assert ran == ["good", "poor"]
    said = capfd.readouterr()
    assert "slurmctld did not come up" in said.out
    assert said.out.rstrip().endswith(
        "Failed: broken, poor\n!!! NOT INSTALLED, AND SO NOT ALL IS TESTED: git, unzip"
    )
