"""What would be sent is known before anything is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import InvalidInput, Stopped
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.submission.plan import plan


def test_it_tells_what_travels_what_stays_and_how_much(folder: Path, tmp_path: Path) -> None:
    (folder / "big.txt").write_text("spike " * 10_000)
    found = plan(folder)
    archive = pack(select(folder), tmp_path / "a.zip").archive
    assert [file.path for file in found.files] == ["big.txt", "init.py", "model/na.mod"]
    assert [(entry.path, entry.may) for entry in found.left_out] == [(".env", "ask")]
    assert found.stuck == ()
    assert found.size == found.selection.size > 60_000
    assert found.estimate == pytest.approx(archive.size, rel=0.2)
    assert found.warnings == ()


def test_the_biggest_come_first_and_ties_by_path(folder: Path) -> None:
    for name in ("b", "a"):
        (folder / name).write_text("x" * 1_000)
    found = plan(folder)
    assert [file.path for file in found.biggest(2)] == ["a", "b"]
    assert len(found.biggest()) == 4


def test_warnings_of_form_and_files_come_together(folder: Path) -> None:
    form = JobForm(hpc="pizdaint", command="cd {folder} && ./run.sh", core_number=1)
    assert {advice.field for advice in plan(folder, form=form).warnings} == {
        "command",
        "core_number",
    }
    wrong = form.model_copy(update={"runtime": 0})
    assert plan(folder, form=wrong).warnings == ()


def test_an_empty_folder_is_a_plan_too(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = plan(tmp_path / "empty")
    assert (found.files, found.size) == ((), 0)


def test_what_is_stuck_is_told_and_no_error(folder: Path) -> None:
    (folder / "a\\b").touch()
    assert [entry.path for entry in plan(folder).stuck] == ["a\\b"]


def test_what_the_user_chose_is_heard(folder: Path) -> None:
    found = plan(folder, Choice(exclude=("init.py",), include_secrets=(".env",)))
    assert [file.path for file in found.files] == [".env", "model/na.mod"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        plan(tmp_path / "missing")


def test_it_can_be_stopped(folder: Path) -> None:
    with pytest.raises(Stopped):
        plan(folder, stopped=lambda: True)
