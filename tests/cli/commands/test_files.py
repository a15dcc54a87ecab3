"""`files`, `download`: whole files, inside the folder, nothing replaced without a word."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.cli.commands.download import _words
from bspsa_widgets.results.download import FileDownloading
from tests.cli.conftest import ODD_NAMES
from tests.cli.server import Server
from tests.cli.terminal import SECONDS, Bspsa
from tests.faulty_server import Account, Reply
from tests.results.archives import file, packed

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


def with_one(name: str, content: str | bytes) -> Account:
    """An account with one job that has one file."""
    path = f"/files/pizdaint/bsp_pizdaint_01/{UUID}/"
    account = Account(jobs=[JOB | {"terminal_stage": True}])
    account.on("GET", path + name, Reply(200, content, "application/octet-stream"))
    return account.on("GET", path, Reply.json([f"/{name}"]))


def test_a_download_that_waits_for_another_process_says_so() -> None:
    words = _words(FileDownloading("a\x1b", 0, None, 2, 3, waits=True))
    assert words.startswith("a�: waiting for another program of yours")
    assert words.endswith("(2 of 3)")


def test_the_files_of_a_job_are_listed(local: Bspsa, finished: dict[str, Any]) -> None:
    people, program = (
        local("files", finished["job_id"]),
        local("files", finished["job_id"], "--json"),
    )
    assert (people.code, program.code) == (0, 0)
    assert {"stdout", "stderr"} <= {file["name"] for file in program.document}
    assert all(set(file) == {"name", "key", "length", "state", "path"} for file in program.document)
    assert "stdout" in people.out


def test_all_files_come_also_those_with_odd_names(
    local: Bspsa, finished: dict[str, Any], tmp_path: Path
) -> None:
    ran = local.process("download", finished["job_id"], "-o", tmp_path / "new" / "place", "--json")
    assert ran.code == 0, ran.err
    assert set(ran.document) == {"folder", "downloaded", "kept", "skipped", "unpacked"}
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
    made.remove(place / ".bspsa-results.json")
    assert len(made) == len(ran.document["downloaded"]) > 5
    assert {path.parent for path in made} == {place}
    assert not any(path.name.startswith(".") for path in made)


def test_two_names_that_become_one_do_not_replace_each_other(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    server = serve(with_files("a:b", "a*b"))
    ran = remote(server)("download", UUID, "-o", tmp_path, "--overwrite", "--json")
    assert ran.code == 0
    assert {entry["name"] for entry in ran.document["downloaded"]} == {"a:b", "a*b"}
    assert len({entry["path"] for entry in ran.document["downloaded"]}) == 2


def test_a_file_that_comes_short_is_thrown_away(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    account = with_files("stdout")
    short = Reply(200, "half", "application/octet-stream", length=100, end="close")
    account.replies["GET", f"/files/pizdaint/bsp_pizdaint_01/{UUID}/stdout"] = [short]
    ran = remote(serve(account))("download", UUID, "-o", tmp_path, "--json")
    assert ran.code == 3
    assert ran.document["downloaded"] == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_among_the_files_is_passed_over(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    account = with_files("folder", "stdout")
    path = f"/files/pizdaint/bsp_pizdaint_01/{UUID}/folder"
    account.replies["GET", path] = [Reply.json({"detail": "Not acceptable"}, 406)]
    ran = remote(serve(account))("download", UUID, "-o", tmp_path)
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
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], command: tuple[str, ...]
) -> None:
    ran = remote(serve(with_files()))(*command, "--json")
    assert ran.code == 0
    nothing = {"downloaded": [], "kept": [], "skipped": [], "unpacked": [], "folder": "."}
    assert ran.document in ([], nothing)


def test_without_a_place_results_go_beside_where_the_command_runs(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    account = with_files("stdout")
    account.jobs[0] |= {"title": "../fit", "terminal_stage": True}
    bspsa = remote(serve(account))
    ran = bspsa("download", UUID, "--json")
    assert (ran.code, ran.document["folder"]) == (0, "results/_fit-789ABCD")
    (file,) = bspsa("files", UUID, "--json").document
    assert (file["state"], file["length"]) == ("here", 7)
    assert "yes" in bspsa("files", UUID).out


def test_the_job_is_read_once_before_its_files(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    server = serve(with_files("a"))
    assert remote(server)("download", UUID, "-o", tmp_path).code == 0
    kinds = [request.target.split("/")[1] for request in server.ledger]
    assert kinds == ["jobs", "files", "files"]


def test_what_is_here_is_named_and_not_fetched_again(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    account = with_files("a", "b")
    account.jobs[0]["terminal_stage"] = True
    server = serve(account)
    bspsa = remote(server)
    bspsa("download", UUID, "a", "-o", tmp_path)
    ran = bspsa("download", UUID, "-o", tmp_path)
    assert ran.code == 0
    assert "Already here, whole: 1 file (a)" in ran.err
    assert ran.out.splitlines() == [str(tmp_path / "b"), str(tmp_path / "a")]
    assert [request.target.split("/")[-2] for request in server.ledger].count("a") == 1
    kept = bspsa("download", UUID, "-o", tmp_path, "--json").document["kept"]
    assert {entry["name"] for entry in kept} == {"a", "b"}


def test_an_archive_is_unpacked_on_request_and_once(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    data = gzip.compress(packed(file("./spikes.csv", b"1,2"), file("../\x1b[2J", b"x")))
    bspsa = remote(serve(with_one("output.tar.gz", data)))
    ran = bspsa("download", UUID, "-o", tmp_path, "--unpack", "--json")
    assert ran.code == 0, ran.err
    (unpacked,) = ran.document["unpacked"]
    assert unpacked["folder"] == str(tmp_path / "output")
    assert (unpacked["files"], len(unpacked["left"])) == (1, 1)
    assert "\x1b" not in ran.err
    assert (tmp_path / "output" / "spikes.csv").read_text() == "1,2"
    again = bspsa("download", UUID, "-o", tmp_path, "--unpack")
    assert again.code == 0
    assert "not unpacked again" in again.err


def test_an_archive_that_is_none_is_told_and_stays(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    account = with_one("output.tar.gz", "no tar")
    ran = remote(serve(account))("download", UUID, "-o", tmp_path, "--unpack")
    assert ran.code == 3
    assert "cannot be unpacked" in ran.err
    assert (tmp_path / "output.tar.gz").read_text() == "no tar"


def test_a_service_that_goes_away_half_way_leaves_what_came_and_says_so(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    account = with_files("a", *"bcdefg")
    path = f"/files/pizdaint/bsp_pizdaint_01/{UUID}/"
    for name in "bcdefg":
        account.replies["GET", path + name] = [Reply.json("No.", 400)]
    ran = remote(serve(account))("download", UUID, "-o", tmp_path, "--json")
    assert ran.code == 3
    assert [entry["name"] for entry in ran.document["downloaded"]] == ["a"]
    assert "No." in ran.document["error"]


def test_the_beginning_of_a_file_is_shown_and_cannot_steer_the_terminal(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    bspsa = remote(serve(with_files("stdout", content="one\x1b]0;title\x07\ntwo\n")))
    ran = bspsa("preview", UUID, "stdout")
    assert ran.code == 0
    assert ran.out == "one\ufffd]0;title\ufffd\ntwo\n"
    assert bspsa("preview", UUID, "stdout", "--json").document["what"] == "text"


def test_tables_and_notebooks_are_shown_as_text(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    notebook = {"cells": [{"cell_type": "code", "source": "1+1", "outputs": [{"text": "2"}]}]}
    for name, content, words in (
        ("rates.csv", "t,rate\n1,20.5\n", "t  rate\n1  20.5"),
        ("rates.csv", "1,2\n3\n", "1  2\n1  2\n3"),
        ("a.ipynb", json.dumps(notebook), "[code]\n1+1\n→ 2"),
        ("a.json", "[1]", "[\n  1\n]"),
    ):
        ran = remote(serve(with_one(name, content)))("preview", UUID, name)
        assert (ran.code, ran.out.strip()) == (0, words)


def test_what_cannot_be_shown_is_code_1(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa]
) -> None:
    ran = remote(serve(with_one("core", "\0\1")))("preview", UUID, "core")
    assert ran.code == 1
    assert "no other preview" in ran.err


@pytest.mark.parametrize("command", ["preview", "download"])
def test_what_is_no_files_name_is_wrong_input(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], command: str
) -> None:
    assert remote(serve(with_files()))(command, UUID, "../x").code == 2


def test_an_interrupted_download_leaves_nothing_half(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], tmp_path: Path
) -> None:
    account = with_files("a", "big")
    stalled = Reply(200, "half", "application/octet-stream", length=100, end="stall")
    account.replies["GET", f"/files/pizdaint/bsp_pizdaint_01/{UUID}/big"] = [stalled]
    process = remote(serve(account)).start("download", UUID, "-o", tmp_path)
    assert process.stderr is not None
    while "big" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == [".bspsa-results.json", "a"]
