"""A review is asked for in the view or in Python, and answered from a worker thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import InvalidInput, Stopped
from bspsa_widgets.submission.plan import plan
from bspsa_widgets.widgets.submitter import review
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from bspsa_widgets.widgets.submitter.review import SUPERSEDED
from tests.widgets.conftest import MakePanel
from tests.widgets.view import SECONDS, View, until

Shown = Callable[..., tuple[JobSubmitter, View]]


class Slow:
    """The plan as it is, once it is set free; says whether it was called off."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.free = threading.Event()
        self.off = threading.Event()

    def __call__(self, *arguments: Any, stopped: Callable[[], bool]) -> Any:
        self.begun.set()
        while not self.free.wait(0.001):
            if stopped():
                self.off.set()
                raise Stopped
        return plan(*arguments, stopped=stopped)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(review, "plan", made)
    return made


def test_a_link_is_warned_of_until_it_is_ticked(shown: Shown, folder: Path) -> None:
    (folder.parent / "spikes.csv").write_text("0,-65")
    (folder / "spikes.csv").symlink_to("../spikes.csv")
    panel, view = shown()
    until(panel, "warnings", lambda told: "folder" in told)
    assert "spikes.csv (a link that leads out of the folder)" in panel.warnings["folder"]
    answer = view.request("review")
    assert [w for w in answer["warnings"] if "The target of a link is excluded" in w]
    link = next(entry for entry in answer["left_out"] if entry["path"] == "spikes.csv")
    assert (link["may"], link["size"]) == ("yes", 5)
    panel.choose(include=["spikes.csv"])
    until(panel, "warnings", lambda told: "folder" not in told)
    assert ["spikes.csv", 5] in view.request("review")["files"]


def test_a_review_names_what_travels_and_what_stays(shown: Shown, folder: Path) -> None:
    _, view = shown()
    (folder / "big.dat").write_bytes(bytes(1000))
    answer = view.request("review")
    assert (answer["kind"], answer["error"]) == ("review", "")
    paths = [path for path, _ in answer["files"]]
    assert paths == sorted(paths)
    assert ["big.dat", 1000] in answer["files"]
    assert answer["size"] == sum(size for _, size in answer["files"])
    assert 0 < answer["estimate"] < 2000
    assert [entry["may"] for entry in answer["left_out"]] != []
    assert answer["stuck"] == []


def test_the_form_that_comes_along_is_what_is_reviewed(shown: Shown, folder: Path) -> None:
    panel, view = shown("")
    choice = {"folder": folder.name, "include": [], "exclude": ["init.py"], "include_secrets": []}
    form = {"folder": folder.name, "choice": choice, "hpc": "nsg", "init_file": ""}
    answer = view.request("review", form=form)
    assert "init.py" not in [path for path, _ in answer["files"]]
    mine = {"path": "init.py", "reason": answer["user_reason"], "may": "yes", "by_user": True}
    assert any(mine.items() <= entry.items() for entry in answer["left_out"])
    assert any("main file" in warning for warning in answer["warnings"])
    assert panel.choice == choice


def test_a_review_brings_the_figures_beside_the_folder_up_to_date(
    shown: Shown, folder: Path
) -> None:
    panel, view = shown()
    until(panel, "folder_info", lambda info: info["state"] == "ok")
    (folder / "new.py").write_bytes(b"")
    answer = view.request("review")
    until(panel, "folder_info", lambda info: info["files"] == len(answer["files"]) == 3)


@pytest.mark.parametrize("place", ["", "missing", "ca1-fit/init.py", "\0"])
def test_a_folder_that_is_none_is_told_in_the_answer(shown: Shown, place: str) -> None:
    _, view = shown()
    answer = view.request("review", form={"folder": place})
    assert (answer["kind"], answer["files"]) == ("review", [])
    assert answer["error"]


@pytest.mark.parametrize(
    "form",
    [
        {"title": 5},
        {"choice": 5},
        {"choice": {"folder": 5}},
        {"choice": {"exclude": "init.py"}},
        {"choice": {"exclude": [None]}},
    ],
    ids=str,
)
def test_a_form_that_cannot_be_one_is_told_in_the_answer(shown: Shown, form: Any) -> None:
    panel, view = shown()
    answer = view.request("review", form=form)
    assert (answer["kind"], bool(answer["error"])) == ("review", True)
    assert panel.choice["exclude"] == []


def test_a_newer_review_calls_off_an_older_one_which_is_answered_all_the_same(
    shown: Shown, slow: Slow
) -> None:
    _, view = shown()
    view.send({"kind": "review", "id": "old"})
    assert slow.begun.wait(SECONDS)
    view.send({"kind": "review", "id": "new"})
    assert view.answer("old")["error"] == SUPERSEDED
    slow.free.set()
    assert view.answer("new")["error"] == ""
    assert [len(view.answers(name)) for name in ("old", "new")] == [1, 1]


def test_a_fault_in_a_review_is_told_in_the_answer(
    shown: Shown, monkeypatch: pytest.MonkeyPatch, planted: list[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    monkeypatch.setattr(review, "plan", broken)
    _, view = shown()
    answer = view.request("review")
    assert (answer["kind"], "RuntimeError" in answer["error"]) == ("review", True)


def test_python_gets_the_same_plan(panel: MakePanel, folder: Path) -> None:
    made = panel(exclude=["init.py"])
    found = asyncio.run(made.plan())
    assert found.selection.folder == folder
    assert "init.py" not in [file.path for file in found.files]
    assert found.size == sum(file.size for file in found.files)


def test_a_plan_of_no_folder_is_an_error(panel: MakePanel) -> None:
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(panel("").plan())
    assert set(caught.value.errors) == {"folder"}


def test_a_plan_whose_cell_is_interrupted_is_called_off(panel: MakePanel, slow: Slow) -> None:
    made = panel()

    async def cell() -> None:
        going = asyncio.ensure_future(made.plan())
        await asyncio.to_thread(slow.begun.wait, SECONDS)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    asyncio.run(cell())
    assert slow.off.wait(SECONDS)


def test_a_review_ends_with_its_panel(shown: Shown, slow: Slow) -> None:
    panel, view = shown()
    view.send({"kind": "review", "id": "r"})
    assert slow.begun.wait(SECONDS)
    panel.close()
    assert slow.off.wait(SECONDS)


def test_a_review_of_many_files_is_one_answer(shown: Shown, folder: Path) -> None:
    for number in range(1000):
        (folder / f"{number}.txt").touch()
    _, view = shown()
    answer = view.request("review")
    assert (len(answer["files"]), answer["error"]) == (1002, "")
    assert len(view.answers(answer["id"])) == 1
