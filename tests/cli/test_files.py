"""`files`, `download`: whole files, inside the folder, nothing replaced without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ODD_NAMES, Here
from tests.cli.server import Server
from tests.cli.terminal import Bspsa
from tests.faulty_server import Account, Reply

UUID = "01234567-89AB-4CDE-8F01-23456789ABCD"
JOB = {"job_id": UUID, "project_hpc": "PIZDAINT", "project_name": "bsp_pizdaint_01", "stage": "X"}


def with_files(*names: Any, content: str = "content") -> Account:
    """An account with one job that has these files."""
    account = Account(jobs=[JOB])
    path = f"/files/pizdaint/bsp_pizdaint_01/{UUID}/"
    account.on("GET", path + "%", Reply(200, content, "application/octet-stream"))
    for name in names:
        if isinstance(name, str) and name.isascii() and name.isalnum():
            account.on("GET", path + name, Reply(200, content, "application/octet-stream"))
    return account.on("GET", path, Reply.json([f"/{name}" for name in names]))


def test_the_files_of_a_job_are_listed(local: Bspsa, finished: dict[str, Any]) -> None:
    people, program = (
        local("files", finished["job_id"]),
        local("files", finished["job_id"], "--json"),
    )
    assert (people.code, program.code) == (0, 0)
    assert {"stdout", "stderr"} <= {file["name"] for file in program.document}
    assert all(set(file) == {"name", "key", "length"} for file in program.document)
    assert "stdout" in people.out


def test_all_files_come_also_those_with_odd_names(
    local: Bspsa, finished: dict[str, Any], tmp_path: Path
) -> None:
    ran = local("download", finished["job_id"], "-o", tmp_path / "new" / "place", "--json")
    assert ran.code == 0, ran.err
    assert set(ran.document) == {"downloaded", "skipped"}
    came = {entry["name"]: Path(entry["path"]) for entry in ran.document["downloaded"]}
    assert came["stdout"].read_text() == "said\n"
    for name in ODD_NAMES:
        assert came[name].read_text() == "content"
        assert came[name].parent == tmp_path / "new" / "place"


def test_a_file_that_is_there_is_named_and_left_and_the_others_come(
    local: Bspsa, finished: dict[str, Any], tmp_path: Path
) -> None:
    mine = tmp_path / "stdout"
    mine.write_text("mine")
    ran = local("download", finished["job_id"], "stdout", "stderr", "-o", tmp_path, "--json")
    assert ran.code == 3
    assert [entry["name"] for entry in ran.document["skipped"]] == ["stdout"]
    assert [entry["name"] for entry in ran.document["downloaded"]] == ["stderr"]
    assert "stdout" in ran.err
    assert mine.read_text() == "mine"
    again = local("download", finished["job_id"], "stdout", "-o", tmp_path, "--overwrite")
    assert again.code == 0
    assert mine.read_text() == "said\n"


def test_a_name_that_the_job_has_not_is_code_3(
    local: Bspsa, finished: dict[str, Any], tmp_path: Path
) -> None:
    ran = local("download", finished["job_id"], "no-such", "stdout", "-o", tmp_path, "--json")
    assert ran.code == 3
    assert [entry["name"] for entry in ran.document["skipped"]] == ["no-such"]
    assert (tmp_path / "stdout").is_file()


def test_no_name_of_a_server_leads_out_of_the_folder(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    names = [
        "../../escaped",
        "..",
        "/etc/escaped",
        "C:\\escaped",
        "CON",
        "a\nb",
        ".bashrc",
        "x" * 300,
    ]
    place = tmp_path / "deep" / "place"
    ran = remote(serve(with_files(*names)))("download", UUID, "-o", place, "--json")
    assert ran.code in (0, 3)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) == len(ran.document["downloaded"]) > 5
    assert {path.parent for path in made} == {place}
    assert not any(path.name.startswith(".") for path in made)


def test_two_names_that_become_one_do_not_replace_each_other(
    serve: Callable[..., Server], remote_here: Callable[[Server], Here], tmp_path: Path
) -> None:
    server = serve(with_files("a:b", "a*b"))
    ran = remote_here(server)("download", UUID, "-o", tmp_path, "--overwrite", "--json")
    assert ran.code == 3
    assert [entry["name"] for entry in ran.document["downloaded"]] == ["a:b"]
    assert [entry["name"] for entry in ran.document["skipped"]] == ["a*b"]


def test_a_file_that_comes_short_is_thrown_away(
    serve: Callable[..., Server], remote_here: Callable[[Server], Here], tmp_path: Path
) -> None:
    account = with_files("stdout")
    short = Reply(200, "half", "application/octet-stream", length=100, end="close")
    account.replies["GET", f"/files/pizdaint/bsp_pizdaint_01/{UUID}/stdout"] = [short]
    ran = remote_here(serve(account))("download", UUID, "-o", tmp_path, "--json")
    assert ran.code == 3
    assert ran.document["downloaded"] == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_among_the_files_is_passed_over(
    serve: Callable[..., Server], remote_here: Callable[[Server], Here], tmp_path: Path
) -> None:
    account = with_files("folder", "stdout")
    path = f"/files/pizdaint/bsp_pizdaint_01/{UUID}/folder"
    account.replies["GET", path] = [Reply.json({"detail": "Not acceptable"}, 406)]
    ran = remote_here(serve(account))("download", UUID, "-o", tmp_path)
    assert (ran.code, ran.out) == (0, f"{tmp_path / 'stdout'}\n")
    assert "folder is a folder" in ran.err


def test_a_place_that_is_no_folder_is_told(
    local: Bspsa, finished: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("x")
    ran = local("download", finished["job_id"], "stdout", "-o", tmp_path / "taken", "--json")
    assert ran.code == 3
    assert ran.document["downloaded"] == []
    assert (tmp_path / "taken").read_text() == "x"


@pytest.mark.parametrize("command", [("files", UUID), ("download", UUID, "-o", ".")])
def test_a_job_without_files_is_no_failure(
    serve: Callable[..., Server], remote_here: Callable[[Server], Here], command: tuple[str, ...]
) -> None:
    ran = remote_here(serve(with_files()))(*command, "--json")
    assert ran.code == 0
    assert ran.document in ([], {"downloaded": [], "skipped": []})
