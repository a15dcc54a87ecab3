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
from bspsa_widgets.packaging.entries import Excluded, Member
from bspsa_widgets.packaging.selection import Selection, scan
from bspsa_widgets.packaging.source import Sources
from bspsa_widgets.submission.checks import (
    MOST_CHOSEN,
    check_archive_name,
    check_choice,
    weigh,
    with_main_file,
)
from bspsa_widgets.submission.folder_facts import facts
from tests.packaging.folders import write

TUTORIALS = Path(__file__).parents[2] / "notebooks"
IN = "unzip -q {archive} && cd {folder} && "


def selection(*paths: str, size: int = 1, left_out: tuple[Excluded, ...] = ()) -> Selection:
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
        (("input.py",), "", False),
        (("init.hoc", "init.py"), "", True),
        (("init.hoc", "init.py"), "init.py", False),
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
    left_out = (Excluded("old/", "excluded by you"), Excluded(".run.sh", "hidden"))
    found = selection("fit.py", left_out=left_out)
    assert told(found, request(command=IN + "python fit.py")) == {}
    words = told(found, request(command=IN + "python fti.py"))["command"]
    assert words == "fti.py is not among the files that travel."
    words = told(found, request(command=IN + "./.run.sh"))["command"]
    assert words.endswith("It is excluded (hidden).")
    words = told(found, request(command="{folder}/old/run.sh"))["command"]
    assert words.endswith("It is excluded (excluded by you).")


def cells_of(name: str) -> str:
    notebook = json.loads((TUTORIALS / name).read_text())
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def test_the_tutorials_never_warn() -> None:
    first, second = scan(TUTORIALS / "first-job"), scan(TUTORIALS / "squid-axon")
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


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("sub/sim.py", "sub/sim.py"),
        ("sub\\sim.py", "sub/sim.py"),
        (".\\sub\\sim.py", "sub/sim.py"),
        ("./sub//./sim.py", "sub/sim.py"),
        ("Sub/SIM.py", "sub/sim.py"),
        ("Größe.py", unicodedata.normalize("NFD", "größe.py")),
        ("a.py", "a.py"),
        ("", ""),
    ],
)
def test_a_main_file_is_sent_as_it_is_spelled_in_the_folder(typed: str, sent: str) -> None:
    accented = unicodedata.normalize("NFD", "größe.py")
    known = facts(selection("sub/sim.py", accented, "a.py", "A.py"))
    assert with_main_file(nsg(init_file=typed), known).init_file == sent


@pytest.mark.parametrize(
    ("paths", "sent"),
    [
        (("init.py", "other.py"), "init.py"),
        (("init.hoc",), "init.hoc"),
        (("input.py", "a.py"), "input.py"),
        (("init.py", "init.hoc"), ""),
        (("init.py", "input.py"), ""),
        (("sub/init.py",), ""),
        (("run.py",), ""),
    ],
)
def test_the_one_usual_main_file_is_named_to_nsg(paths: tuple[str, ...], sent: str) -> None:
    known = facts(selection(*paths))
    assert with_main_file(nsg(), known).init_file == sent
    assert with_main_file(request(command="true"), known).init_file == ""
    assert ("init_file" in told(selection(*paths), nsg())) is not bool(sent)


@pytest.mark.parametrize("typed", ["run.hoc", "B.PY", "."])
def test_a_main_file_that_is_not_there_is_an_error(typed: str) -> None:
    """Also one that could be either of two."""
    known = facts(selection("init.py", "sub/run.hoc", "b.py", "B.py"))
    with pytest.raises(InvalidInput, match=r"Choose one of B.py, b.py, init.py") as caught:
        with_main_file(nsg(init_file=typed), known)
    assert caught.value.field == "init_file"


def test_a_notebook_is_no_main_file() -> None:
    found = selection("analysis 1.ipynb", "data.csv")
    for asked in (nsg(), nsg(init_file="analysis 1.ipynb")):
        words = told(found, asked)["init_file"]
        assert "analysis 1.ipynb is a notebook. NSG's tools start .py or .hoc files." in words
        assert "nbconvert" in words


@pytest.mark.parametrize(
    ("paths", "main", "warns"),
    [
        (("init.py", "mod/leaky.mod"), "", True),
        (("init.py", "mod/leaky.mod", "mod/na.mod"), "init.py", True),
        (("init.py", "leaky.mod"), "", False),
        (("init.py", "leaky.mod", "old/leaky.mod"), "", False),
        (("sub/sim.py", "sub/leaky.mod"), "sub/sim.py", False),
        (("sub/sim.py", "leaky.mod"), "sub/sim.py", True),
        (("init.py",), "", False),
        (("a.py", "mod/leaky.mod"), "", False),  # that no main file is named is told
    ],
)
def test_mechanisms_elsewhere_than_beside_the_main_file_are_told(
    paths: tuple[str, ...], main: str, warns: bool
) -> None:
    words = told(selection(*paths), nsg(tool="NEURON77_TG", init_file=main)).get("init_file", "")
    assert ("leaky.mod" in words) is warns
    assert ("Only .mod files beside the main file" in words) is warns
    assert "leaky" not in told(selection(*paths), request(command="true")).get("init_file", "")


def test_a_main_file_that_compiles_its_mechanisms_itself_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "mod/leaky.mod")
    (tmp_path / "init.py").write_text("import os\nos.system('nrnivmodl mod')\n")
    assert told(scan(tmp_path), nsg(tool="NEURON77_TG")) == {}


def test_an_argument_that_is_left_out_is_told(tmp_path: Path) -> None:
    write(tmp_path, "opt.py", "cp/last.pkl", "data/a.csv")
    (tmp_path / "cp/.gitignore").write_text("/*\n!.gitignore\n")
    (tmp_path / ".gitignore").write_text("data/\nout.csv\n")
    found = scan(tmp_path)
    words = told(found, request(command=IN + "python3 opt.py --continu --checkpoint cp/last.pkl"))
    assert words["command"] == (
        "cp/last.pkl is named in the command, and is excluded (ignored by cp/.gitignore). "
        "Include it, if the job needs it."
    )
    for named in ("data/a.csv", "data", "data/"):
        words = told(found, request(command=IN + f"python opt.py {named}"))
        assert "excluded (ignored by .gitignore)" in words["command"]
    for made in ("out.csv", "data/b.csv", "cp/next.pkl"):  # not there: the job may make it
        assert told(found, request(command=IN + f"python opt.py {made}")) == {}


CRLF = "#!/bin/bash\r\necho hi\r\n"


@pytest.mark.parametrize(
    ("name", "text", "command", "warns"),
    [
        ("run.sh", CRLF, "./run.sh", True),
        ("run.sh", CRLF, "bash run.sh", True),
        ("run", CRLF, "srun ./run 3", True),
        ("run.sh", "echo a\necho b\r\n", "bash run.sh", True),
        ("fit.py", "#!/usr/bin/env python3\r\n", "./fit.py", True),
        ("fit.py", "#!/usr/bin/env python3\r\n", "python fit.py", False),
        ("run.sh", "#!/bin/bash\necho hi\n", "./run.sh", False),
        ("run.sh", CRLF, "bash other.sh", False),
        ("run.sh", CRLF, "dos2unix run.sh && ./run.sh", False),
        ("run.sh", CRLF, "sed -i 's/\\r$//' run.sh && bash run.sh", False),
    ],
)
def test_a_script_with_windows_line_ends_is_told(
    name: str, text: str, command: str, warns: bool, tmp_path: Path
) -> None:
    write(tmp_path, "other.sh")
    (tmp_path / name).write_bytes(text.encode())
    words = told(scan(tmp_path), request(command=IN + command)).get("command", "")
    assert (f"{name}: written with Windows line ends" in words) is warns


def lfs(size: int) -> str:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize {size}\n"


def test_data_that_git_has_not_fetched_is_told_with_the_command_that_does(tmp_path: Path) -> None:
    write(tmp_path, "init.py", "small.csv", ".git/config")
    for name in ("w.h5", "sub/big.h5"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(lfs(123456))
    words = told(scan(tmp_path), None)["folder"]
    assert words.startswith("Git LFS has not fetched sub/big.h5, w.h5:")
    assert "git lfs pull" in words
    (tmp_path / "w.h5").write_text("/annex/objects/MD5E-s12--d41d8cd98f00b204e9800998ecf8427e.h5\n")
    (tmp_path / "sub/big.h5").unlink()
    (tmp_path / "gone.csv").symlink_to(".git/annex/objects/a/b/K/K")
    words = told(scan(tmp_path), None)["folder"]
    assert words.startswith("git-annex has not fetched gone.csv, w.h5:")
    assert "datalad get" in words


def test_links_whose_content_stays_are_told_with_the_yes_that_takes_it_along(
    tmp_path: Path,
) -> None:
    write(tmp_path, "ds/init.py", "ds/v1/x", "ds/.env", "ds/.git/annex/objects/a/K", "store/a.csv")
    links = {"data.csv": ".git/annex/objects/a/K", "latest": "v1", "outside": "../store"}
    for link, target in {**links, "harmless": ".env", "nowhere": "gone"}.items():
        (tmp_path / "ds" / link).symlink_to(target)
    words = told(scan(tmp_path / "ds"), None)["folder"]
    for link in links:
        assert f"{link} (a link to" in words or f"{link} (a link that leads out" in words
    assert words.endswith("--include data.csv.")
    assert "harmless" not in words
    assert "nowhere" not in words
    choice = Choice(include=tuple(links))
    assert told(scan(tmp_path / "ds", choice), None) == {}
    assert told(scan(tmp_path / "ds", Choice(exclude=tuple(links))), None) == {}


def test_what_a_cloud_drive_holds_or_has_doubled_is_told(tmp_path: Path) -> None:
    write(tmp_path, "init.py", "sub/.spikes.csv.icloud", ".DS_Store", "notes (copy).txt")
    words = told(scan(tmp_path), None)["folder"]
    assert "in iCloud only, and is excluded: sub/spikes.csv." in words
    (tmp_path / "sub/.spikes.csv.icloud").unlink()
    assert told(scan(tmp_path), None) == {}
    for name in (
        "fit (Anna's conflicted copy 2024-01-01).py",
        "fit (conflicted copy 2021-03-04 101112).py",
        "fit.sync-conflict-20240101-120000-ABCDEFG.py",
    ):
        write(tmp_path, name)
        assert f"changed a file: {name}." in told(scan(tmp_path), None)["folder"]
        (tmp_path / name).unlink()


def test_of_many_small_files_few_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, *(f"{number % 7}/{'x' * 60}_{number}.k{number % 3}" for number in range(600)))
    write(tmp_path, *(f"s{number}.sh" for number in range(300)))
    opened: list[str] = []
    first = Sources.open

    def counting(sources: Sources, path: str) -> int:
        opened.append(path)
        return first(sources, path)

    monkeypatch.setattr(Sources, "open", counting)
    facts(scan(tmp_path))
    assert len(opened) == 100 + 3 * 20


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
