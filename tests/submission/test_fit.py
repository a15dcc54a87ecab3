"""Folder and settings that do not go together are told before anything is sent."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import JobForm, JobRequest, check_form
from bspsa_widgets.domain.systems import NSG
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.entries import LeftOut, Member
from bspsa_widgets.packaging.selection import Selection, look
from bspsa_widgets.submission.fit import (
    MOST_CHOSEN,
    check_archive_name,
    check_choice,
    check_main_file,
    facts,
    weigh,
)

TUTORIALS = Path(__file__).parents[2] / "notebooks"
IN = "unzip -q {archive} && cd {folder} && "


def selection(*paths: str, size: int = 1, left_out: tuple[LeftOut, ...] = ()) -> Selection:
    members = tuple(Member(path, size) for path in sorted(paths))
    return Selection(Path("/data/ca1-fit"), members, left_out)


def request(**typed: Any) -> JobRequest:
    return check_form(JobForm(**typed)).request


def nsg(**typed: Any) -> JobRequest:
    return request(hpc="nsg", **typed)


def told(found: Selection, asked: JobRequest | None) -> dict[str, str]:
    return {advice.field: advice.message for advice in weigh(found, asked)}


@pytest.mark.parametrize(("size", "warns"), [(0, False), (500_000_000, False), (500_000_001, True)])
def test_more_than_500_mb_is_much(size: int, warns: bool) -> None:
    assert ("folder" in told(selection("a", size=size), None)) is warns


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("Readme.md", "readme.md", True),
        ("a/x.py", "A/x.py", True),
        ("é.txt", unicodedata.normalize("NFD", "é.txt"), True),
        ("É.txt", unicodedata.normalize("NFD", "é.txt"), True),
        ("a.txt", "b.txt", False),
        ("e.txt", "é.txt", False),
    ],
)
def test_names_that_are_one_name_elsewhere_are_told(one: str, other: str, clash: bool) -> None:
    assert ("folder" in told(selection(one, other), None)) is clash


def test_several_clashes_are_counted() -> None:
    assert "(2 such pairs)" in told(selection("a", "A", "b", "B"), None)["folder"]


@pytest.mark.parametrize(
    ("paths", "main", "warns"),
    [
        (("run.py",), "", True),
        (("run.py",), "run.py", False),
        (("init.py",), "", False),
        (("init.hoc",), "", False),
        (("sub/init.py",), "", True),
    ],
)
def test_nsg_needs_to_know_what_to_start(paths: tuple[str, ...], main: str, warns: bool) -> None:
    assert ("init_file" in told(selection(*paths), nsg(init_file=main))) is warns
    assert "init_file" not in told(selection(*paths), request(command="true"))


def test_what_could_be_started_is_named_the_top_first_and_not_all() -> None:
    paths = ["a/deep.py", "z.hoc", *(f"m{number}.py" for number in range(9)), "data.csv"]
    words = told(selection(*paths), nsg())["init_file"]
    assert words.endswith("Choose one of m0.py, m1.py, m2.py, m3.py, m4.py.")
    assert "Choose" not in told(selection("data.csv"), nsg())["init_file"]


@pytest.mark.parametrize("tool", [tool.id for tool in NSG.tools] + ["NEW_TG"])
def test_a_mechanism_wants_neuron(tool: str) -> None:
    runs_it = "NEURON" in tool or tool in (
        *("BLUEPYOPT_TG", "PYNN_TG", "SINGULARITY_HNN_TG"),
        "NEW_TG",  # nobody knows
    )
    asked = nsg(tool=tool, init_file="init.py")
    assert ("tool" in told(selection("init.py", "mod/na.mod"), asked)) is not runs_it
    assert told(selection("init.py"), asked) == {}


def test_a_command_that_starts_what_does_not_travel_is_told_with_the_reason() -> None:
    left_out = (LeftOut("old/", "left out by you"), LeftOut(".run.sh", "hidden"))
    found = selection("fit.py", left_out=left_out)
    assert told(found, request(command=IN + "python fit.py")) == {}
    words = told(found, request(command=IN + "python fti.py"))["command"]
    assert words == "fti.py is not among the files that travel."
    words = told(found, request(command=IN + "./.run.sh"))["command"]
    assert words.endswith("It is left out (hidden).")
    words = told(found, request(command="{folder}/old/run.sh"))["command"]
    assert words.endswith("It is left out (left out by you).")


def cells_of(name: str) -> str:
    notebook = json.loads((TUTORIALS / name).read_text())
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def test_the_tutorials_never_warn() -> None:
    first, second = look(TUTORIALS / "first-job"), look(TUTORIALS / "squid-axon")
    command = IN + "python simulate.py ../rates.csv"
    assert command in cells_of("01_first_job_on_piz_daint.ipynb")
    assert weigh(first, request(command=command)) == ()
    assert 'tool="NEURON77_TG"' in cells_of("02_first_neuron_job_on_nsg.ipynb")
    assert weigh(second, nsg(tool="NEURON77_TG", init_file="init.py")) == ()
    assert weigh(second, nsg(tool="NEURON77_TG")) == ()


def test_20_000_files_are_weighed_between_two_keystrokes() -> None:
    found = selection(*(f"column_{number % 200}/cell_{number}.swc" for number in range(20_000)))
    asked = request(command=IN + "cd column_199 && python fit.py")
    known = facts(found)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        weigh(found, asked, known)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.02


def test_a_main_file_that_is_not_there_is_an_error() -> None:
    found = selection("init.py", "sub/run.hoc")
    for there in ("init.py", "./init.py", "sub\\run.hoc", "sub/run.hoc", ""):
        check_main_file(nsg(init_file=there), found)
    with pytest.raises(InvalidInput, match=r"Choose one of init.py, sub/run.hoc\.") as caught:
        check_main_file(nsg(init_file="run.hoc"), found)
    assert caught.value.field == "init_file"


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("unzip ca1-fit.zip", True),
        ("unzip -q 'ca1-fit.zip' && ls", True),
        ("unzip {archive}", False),
        ("unzip my-ca1-fit.zip", False),
        ("unzip data/ca1-fit.zip", False),
    ],
)
def test_the_archives_name_cannot_be_known(command: str, wrong: bool) -> None:
    if not wrong:
        return check_archive_name(request(command=command), selection("a"))
    with pytest.raises(InvalidInput, match=r"Write \{archive\}"):
        check_archive_name(request(command=command), selection("a"))
    return None


def test_a_choice_too_long_for_a_record_is_an_error() -> None:
    check_choice(Choice(exclude=("a" * MOST_CHOSEN,)))
    with pytest.raises(InvalidInput, match=r"\.bspsaignore"):
        check_choice(Choice(include=("a" * MOST_CHOSEN,), exclude=("b",)))
