"""A temporary zip lasts as long as its process: of a killed one nothing is left for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.packaging.temporary_zip import remove_zip, sweep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only there an open file can go")

_PACK = """
import sys
from pathlib import Path
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import select
print(pack(select(Path(sys.argv[1]))).archive.path, flush=True)
sys.stdin.read()
"""


@contextmanager
def packing(folder: Path, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that has packed, and still needs its zip."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PACK, str(folder)],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_the_next_process_removes_the_zip_of_a_killed_one(folder: Path, temporary: Path) -> None:
    with packing(folder, temporary) as (process, left):
        process.kill()
        process.wait()
        assert left.exists()
    archive = pack(select(folder)).archive
    assert list(temporary.iterdir()) == [archive.path]
    remove_zip(archive.path)
    assert list(temporary.iterdir()) == []


def test_the_zip_of_a_running_process_stays(folder: Path, temporary: Path) -> None:
    ours = pack(select(folder)).archive.path
    with packing(folder, temporary) as (_, theirs):
        assert ours.exists()  # they swept, too
        sweep()
        assert sorted(temporary.iterdir()) == sorted([ours, theirs])
    sweep()
    assert list(temporary.iterdir()) == [ours]


def test_only_regular_files_of_this_user_are_removed(tmp_path: Path, temporary: Path) -> None:
    mine = tmp_path / "mine.zip"
    mine.write_text("mine")
    (temporary / ".bspsa-locked-link.zip").symlink_to(mine)
    (temporary / ".bspsa-locked-folder.zip").mkdir()
    os.mkfifo(temporary / ".bspsa-locked-pipe.zip")
    (temporary / "other.zip").touch()
    (temporary / ".bspsa-locked-left.zip").touch()
    if os.geteuid() == 0:
        (temporary / ".bspsa-locked-theirs.zip").touch()
        os.chown(temporary / ".bspsa-locked-theirs.zip", 65534, 65534)
    before = set(temporary.iterdir())
    sweep()
    assert before - set(temporary.iterdir()) == {temporary / ".bspsa-locked-left.zip"}
    assert mine.read_text() == "mine"


def test_a_zip_removed_before_it_is_locked_is_created_again(
    folder: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dup = os.dup

    def swept_meanwhile(handle: int) -> int:
        monkeypatch.setattr(os, "dup", dup)
        sweep()
        return dup(handle)

    monkeypatch.setattr(os, "dup", swept_meanwhile)
    archive = pack(select(folder)).archive
    assert list(temporary.iterdir()) == [archive.path]
    remove_zip(archive.path)
