"""`pack`: the zip as it would be sent."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Here
from tests.cli.terminal import Bspsa


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
    assert "Left out: .env" in ran.err
    assert sorted(zipfile.ZipFile(target).namelist()) == [
        "ca1-fit/init.py",
        "ca1-fit/model/na.mod",
    ]


def test_for_people_it_is_one_line(here: Here, folder: Path, tmp_path: Path) -> None:
    ran = here("pack", folder, "-o", tmp_path / "out.zip")
    assert (ran.code, ran.out) == (0, f"{tmp_path / 'out.zip'}: 2 files, 285 B\n")


@pytest.mark.parametrize(
    ("what", "where", "field"),
    [
        ("missing", "out.zip", "folder"),
        ("ca1-fit", "no/such/out.zip", "output"),
        ("ca1-fit", ".", "output"),
    ],
)
def test_what_cannot_be_packed_is_code_2_and_leaves_nothing(
    here: Here, folder: Path, tmp_path: Path, what: str, where: str, field: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    ran = here("pack", tmp_path / what, "-o", tmp_path / where, "--json")
    assert ran.code == 2
    assert set(ran.document) == {"error", "job_may_exist"}
    assert f"bspsa: {field}: " in ran.err
    assert sorted(tmp_path.rglob("*")) == before
