"""Programs of an environment whose path shell scripts cannot take."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bspsa_widgets.service.executors.tools.plain_path import command_of


def _program(environment: Path, text: str) -> Path:
    program = environment / "bin" / "program"
    program.parent.mkdir(parents=True)
    program.write_text(text)
    program.chmod(0o755)
    (environment / "bin" / Path(sys.executable).name).symlink_to(sys.executable)
    return program


def _run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    python = str(program.with_name(Path(sys.executable).name))
    command = [*command_of(program, python), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_plain_path_is_run_unchanged() -> None:
    program = Path("/opt/env-3.11/bin/nrniv")
    assert command_of(program, "/opt/env-3.11/bin/python") == [str(program)]


@pytest.mark.parametrize("folder", ["Mes études", "étude", "it's", "long" * 30])
@pytest.mark.parametrize(
    "first", ["#!/bin/sh\necho $0 $1", "#!{python}\nprint(*__import__('sys').argv)"]
)
def test_a_program_of_another_path_runs_at_a_plain_one(
    tmp_path: Path, folder: str, first: str
) -> None:
    environment = tmp_path / folder / "env"
    text = first.replace("{python}", str(environment / "bin" / "python")) + "\n"
    done = _run(_program(environment, text), "a b")
    place, argument = done.stdout.rstrip("\n").split(" ", 1)
    assert (done.returncode, done.stderr, argument) == (0, "", "a b")
    assert place.endswith("/environment/bin/program")
    assert place.isascii()
    assert not Path(place).parents[1].exists()  # the name is gone afterwards


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV, signal.SIGXFSZ])
def test_the_exit_code_of_a_program_is_passed_on(tmp_path: Path, end: signal.Signals) -> None:
    program = _program(tmp_path / "Mes études", f"#!/bin/sh\nkill -{end.value} $$\n")
    assert _run(program).returncode == -end
    program.write_text("#!/bin/sh\nexit 7\n")
    assert _run(program).returncode == 7
