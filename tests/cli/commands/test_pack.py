"""`pack`: the zip as it would be sent."""

from __future__ import annotations

import hashlib
import os
import signal
import time
import zipfile
from pathlib import Path

import pytest

from tests.cli.terminal import Bspsa, ended
from tests.cli.test_interrupts import until_told


def test_the_zip_is_written_and_described(bspsa: Bspsa, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    ran = bspsa("pack", folder, "-o", target, "--json")
    assert ran.code == 0
    assert set(ran.document) == {"path", "archive", "left_out"}
    assert ran.document["archive"] == {
        "name": "ca1-fit.zip",
        "size": target.stat().st_size,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "files": 2,
    }
    assert [entry["path"] for entry in ran.document["left_out"]] == [".env"]
    assert "Excluded: .env" in ran.err
    assert sorted(zipfile.ZipFile(target).namelist()) == [
        "ca1-fit/init.py",
        "ca1-fit/model/na.mod",
    ]


def test_for_people_it_is_one_line(bspsa: Bspsa, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    ran = bspsa("pack", folder, "-o", target)
    assert (ran.code, ran.out) == (0, f"{target}: 2 files, {target.stat().st_size} B\n")


@pytest.mark.parametrize(
    ("what", "where", "field"),
    [
        ("missing", "out.zip", "folder"),
        ("ca1-fit", "no/such/out.zip", "output"),
        ("ca1-fit", ".", "output"),
        ("ca1-fit", "", "output"),
    ],
)
def test_what_cannot_be_packed_is_code_2_and_leaves_nothing(
    bspsa: Bspsa, folder: Path, tmp_path: Path, what: str, where: str, field: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    ran = bspsa("pack", tmp_path / what, "-o", tmp_path / where if where else "", "--json")
    assert ran.code == 2
    assert set(ran.document) == {"error", "job_may_exist"}
    assert f"bspsa: {field}: " in ran.err
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_file_name_it_says_what_to_give(bspsa: Bspsa, folder: Path) -> None:
    ran = bspsa("pack", folder)
    assert ran.code == 2
    assert "-o FILE.zip" in ran.err
    assert "--dry-run" in ran.err


def test_single_files_go_in_and_out(bspsa: Bspsa, folder: Path, tmp_path: Path) -> None:
    (folder / ".hidden.cfg").touch()
    target = tmp_path / "out.zip"
    ran = bspsa(
        "pack", folder, "-o", target, "--json", "--include", ".hidden.cfg",
        "--include-secret", "./.env", "--exclude", "model/na.mod", "--exclude", "init.py",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    names = [name for name in zipfile.ZipFile(target).namelist() if not name.endswith("/")]
    assert sorted(names) == ["ca1-fit/.env", "ca1-fit/.hidden.cfg"]
    reasons = {entry["path"]: entry["reason"] for entry in ran.document["left_out"]}
    assert reasons == {"init.py": "excluded by you", "model/na.mod": "excluded by you"}


def test_a_path_that_is_not_there_is_code_2(bspsa: Bspsa, folder: Path, tmp_path: Path) -> None:
    ran = bspsa("pack", folder, "-o", tmp_path / "out.zip", "--include", "no/such.py")
    assert ran.code == 2
    assert "no/such.py" in ran.err


def test_a_dry_run_writes_nothing_and_tells_all(bspsa: Bspsa, folder: Path, tmp_path: Path) -> None:
    (folder / "INIT.py").write_text("other")
    before = sorted(tmp_path.rglob("*"))
    ran = bspsa("pack", folder, "--dry-run", "--json")
    assert ran.code == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert set(ran.document) == {
        *("folder", "files", "left_out", "stuck", "size", "estimate", "warnings")
    }
    assert ran.document["files"] == [
        {"path": "INIT.py", "size": 5},
        {"path": "init.py", "size": 16},
        {"path": "model/na.mod", "size": 21},
    ]
    assert ran.document["left_out"] == [
        {"path": ".env", "reason": "looks like a secret", "size": 17, "may": "ask"}
    ]
    assert (ran.document["stuck"], ran.document["size"]) == ([], 42)
    assert ran.document["estimate"] > 0
    assert [advice["field"] for advice in ran.document["warnings"]] == ["folder"]


def test_for_people_the_biggest_files_are_shown_or_every_one(bspsa: Bspsa, folder: Path) -> None:
    for number in range(12):
        (folder / f"data_{number:02}.txt").write_text("x" * (1_000 + 1_000 * number))
    ran = bspsa("pack", folder, "--dry-run")
    assert ran.out.startswith("ca1-fit: 14 files, 78 kB (about ")
    assert ", 1 excluded\n" in ran.out
    assert "data_11.txt" in ran.out
    assert "data_00.txt" not in ran.out
    assert "and 4 more files: --all shows every one" in ran.out
    assert ".env  looks like a secret (--include-secret takes it along)" in ran.out
    assert "data_00.txt" in bspsa("pack", folder, "--dry-run", "--all").out


def test_what_is_stuck_is_shown_with_code_2(bspsa: Bspsa, folder: Path) -> None:
    (folder / "a\\b").touch()
    ran = bspsa("pack", folder, "--dry-run")
    assert ran.code == 2
    assert "Cannot be sent: fix it or exclude it with --exclude" in ran.out
    assert "a\\b  a backslash in its name" in ran.out
    document = bspsa("pack", folder, "--dry-run", "--json").document
    assert [entry["path"] for entry in document["stuck"]] == ["a\\b"]


def test_an_empty_folder_is_shown_with_code_2(bspsa: Bspsa, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = bspsa("pack", tmp_path / "empty", "--dry-run")
    assert (ran.code, ran.out) == (2, "empty: 0 files, 0 B (about 22 B packed)\n")


def test_ctrl_c_ends_it_at_once_and_leaves_nothing(bspsa: Bspsa, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    with (folder / "zeros").open("wb") as file:
        file.truncate(20 << 30)
    (tmp_path / "out").mkdir()
    process = bspsa.start("pack", folder, "-o", tmp_path / "out" / "a.zip", "--json")
    until_told(process, "Packing")
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.code == 130
    assert time.monotonic() - start < 5  # 0.1 s, where nothing else runs
    assert "error" in ran.document
    assert "Traceback" not in ran.err
    assert os.listdir(tmp_path / "out") == []


def test_it_imports_little(bspsa: Bspsa, folder: Path, tmp_path: Path) -> None:
    traced = bspsa.with_environment(PYTHONPROFILEIMPORTTIME="1")
    ran = traced.process("pack", folder, "-o", tmp_path / "out.zip")
    loaded = {line.rpartition("|")[2].strip() for line in ran.err.splitlines()}
    assert "bspsa_widgets.packaging.archive" in loaded
    assert not loaded & {"asyncio", "httpx", "anywidget", "ipywidgets", "traitlets", "stamina"}
