"""The figures beside the folder follow the folder and the choice, the latest of them only."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.selection import Selection, scan
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.submitter import folder_summary
from bspsa_widgets.widgets.submitter.folder_summary import FolderSummary
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.form_warnings import WeighedFolder
from tests.widgets.view import SECONDS, until

Make = Callable[..., tuple[FormPanel, FolderSummary]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    tasks = OwnedTasks()

    def panel(**form: Any) -> tuple[FormPanel, FolderSummary]:
        made = FormPanel(**form)
        return made, FolderSummary(made, tasks, tmp_path)

    yield panel
    background().run(tasks.cancel(), "the end").result(SECONDS)


def counted(panel: FormPanel, **figures: Any) -> dict[str, Any]:
    return dict(until(panel, "folder_info", lambda info: figures.items() <= info.items()))


def test_figures_follow_the_folder(make: Make, tmp_path: Path) -> None:
    for name, size in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_bytes(b"x" * size)
    panel, _ = make(folder="one")
    counted(panel, state="ok", size=1)
    panel.folder = "two"
    counted(panel, state="ok", size=2)
    panel.folder = " "
    assert panel.folder_info["state"] == "none"


def test_figures_follow_the_choice_without_a_word_of_counting(make: Make, folder: Path) -> None:
    panel, _ = make(folder=folder.name)
    counted(panel, state="ok", files=2)
    states: list[str] = []
    panel.observe(lambda change: states.append(change["new"]["state"]), "folder_info")
    panel.choose(exclude=["init.py"])
    counted(panel, state="ok", files=1, left_out=2)
    assert states == ["ok"]


def test_a_choice_of_another_folder_changes_nothing(make: Make, folder: Path) -> None:
    panel, _ = make(folder=folder.name)
    counted(panel, state="ok", files=2)
    told: list[object] = []
    panel.observe(told.append, "folder_info")
    panel.choice = {"folder": "elsewhere", "exclude": ["init.py"]}
    assert told == []


def test_what_is_stuck_is_a_problem_until_it_is_left_out(make: Make, folder: Path) -> None:
    (folder / "back\\slash").write_bytes(b"")
    panel, _ = make(folder=folder.name)
    assert "back" in counted(panel, state="error", files=2)["message"]
    panel.choose(exclude=["back\\slash"])
    assert counted(panel, state="ok", files=2)["message"] == ""


def test_the_count_of_a_folder_that_was_left_is_called_off(
    make: Make, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, off = threading.Event(), threading.Event()

    def slow(place: Path, choice: Choice, *, stopped: Callable[[], bool]) -> Selection:
        if place.name != "slow":
            return scan(place, choice, stopped=stopped)
        begun.set()
        for _ in range(int(SECONDS * 1000)):
            if stopped():
                off.set()
                raise Stopped
            threading.Event().wait(0.001)
        raise AssertionError("nobody called it off")

    monkeypatch.setattr(folder_summary, "scan", slow)
    panel, _ = make(folder="slow")
    assert begun.wait(SECONDS)
    panel.folder = folder.name
    counted(panel, state="ok", files=2)
    assert off.wait(SECONDS)
    assert panel.folder_info["files"] == 2


def test_what_another_has_found_is_shown_where_it_is_of_the_same(make: Make, folder: Path) -> None:
    panel, count = make(folder=folder.name)
    counted(panel, state="ok", files=2)
    (folder / "new").write_bytes(b"12345")
    known = WeighedFolder.of(scan(folder))
    count.tell(folder.name, Choice(exclude=("x",)), known)
    assert panel.folder_info["files"] == 2
    count.tell(folder.name, Choice(), known)
    assert panel.folder_info["files"] == 3


def test_warnings_are_of_the_folder_that_is_shown(make: Make, tmp_path: Path) -> None:
    for name in ("cells", "plain"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "init.py").write_bytes(b"")
    (tmp_path / "cells" / "ih.mod").write_bytes(b"")
    panel, _ = make(folder="cells", hpc="nsg", tool="PY_TG", init_file="init.py")
    assert "ih.mod" in until(panel, "warnings", bool)["tool"]
    panel.tool = "NEURON77_TG"
    assert panel.warnings == {}
    panel.tool = "PY_TG"
    assert set(panel.warnings) == {"tool"}
    panel.folder = "plain"
    assert panel.warnings == {}
    counted(panel, state="ok")
    assert panel.warnings == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_hold_up_the_count(make: Make, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    panel, _ = make(folder=folder.name)
    until(panel, "folder_info", lambda info: info["state"] in ("ok", "error"))
