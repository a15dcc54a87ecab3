"""Programs that a command on Piz Daint can count on, where this machine lacks them."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

from bspsa_widgets.service.executors.runner.environment import STAND_INS, job_environment


def unzip(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(STAND_INS / "unzip"), *arguments]
    environment = job_environment("X")
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def packed(folder: Path) -> Path:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        script = zipfile.ZipInfo("model/run.sh")
        script.external_attr = 0o100755 << 16
        archive.writestr(script, "echo hello")
        archive.writestr("model/data.txt", "1")
        archive.writestr("../outside.txt", "no")
    return path


def test_it_unpacks_quietly_with_the_modes_and_stays_in_the_folder(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    done = unzip(work, "-q", str(packed(tmp_path)))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert os.access(work / "model" / "run.sh", os.X_OK)
    assert not os.access(work / "model" / "data.txt", os.X_OK)
    assert not (tmp_path / "outside.txt").exists()


def test_it_replaces_a_file_only_on_request(tmp_path: Path) -> None:
    archive = packed(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "run.sh").write_text("mine")
    assert unzip(tmp_path, "-q", str(archive)).returncode != 0
    assert (tmp_path / "model" / "run.sh").read_text() == "mine"
    assert unzip(tmp_path, "-qo", str(archive)).returncode == 0
    assert (tmp_path / "model" / "run.sh").read_text() == "echo hello"


def test_the_machines_own_programs_come_first() -> None:
    folders = job_environment("X")["PATH"].split(os.pathsep)
    assert folders[-1] == str(STAND_INS)
