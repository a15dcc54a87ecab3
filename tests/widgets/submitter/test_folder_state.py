"""The figures beside the folder, and why it cannot be sent as it is."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

from bspsa_widgets.packaging.entries import Excluded, Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.widgets.submitter import folder_state
from bspsa_widgets.widgets.submitter.contract import FolderInfo
from tests.widgets.submitter.test_view_state import names_in

FOLDER = Path("/home/u/ca1")
MEMBERS = (Member("a.py", 10), Member("b/c.dat", 5))
LEFT_OUT = (Excluded(".git/", "version control"),)
STUCK = (Excluded("pipe", "a pipe"), Excluded("x" * 500, "cannot be read"))


def test_what_travels_is_told_in_figures() -> None:
    info = folder_state.folder_info(Selection(FOLDER, MEMBERS, LEFT_OUT))
    assert info == {
        "state": "ok",
        "files": 2,
        "size": 15,
        "left_out": 1,
        "message": "",
    }


def test_what_is_stuck_is_a_problem_that_says_how_much_there_is() -> None:
    info = folder_state.folder_info(Selection(FOLDER, MEMBERS, LEFT_OUT, (), STUCK))
    assert (info["state"], info["files"]) == ("error", 2)
    assert "pipe (a pipe) and 1 more" in info["message"]
    only = Selection(FOLDER, MEMBERS, (), (), STUCK[1:])
    message = folder_state.folder_info(only)["message"]
    assert "more" not in message
    assert len(message) < 200


def test_a_folder_of_which_nothing_travels_is_a_problem() -> None:
    info = folder_state.folder_info(Selection(FOLDER, (), LEFT_OUT))
    assert info["state"] == "error"
    assert "nothing to send in ca1" in info["message"]


def test_every_state_is_in_the_shape_of_the_contract() -> None:
    for info in (
        folder_state.NO_FOLDER,
        folder_state.COUNTING,
        folder_state.folder_info(Selection(FOLDER, MEMBERS, ())),
        folder_state.folder_info(Selection(FOLDER, (), ())),
        folder_state.uncounted("It is not there."),
    ):
        assert set(info) == names_in(FolderInfo)
        assert info["state"] in get_args(get_type_hints(FolderInfo)["state"])
