"""Results come into a folder of their own, whole, and replace nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import DownloadError
from bspsa_widgets.results.api import fetch_results
from tests.faulty_server import Account, FaultyServer, Reply, run

REF = JobRef("pizdaint", "bsp_pizdaint_01", "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA")
HERE = "/pizdaint/bsp_pizdaint_01/AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA/"
JOB = {"job_id": REF.job_id, "title": "../fit", "project_hpc": "PIZDAINT"}


def account() -> Account:
    return (
        Account()
        .on("GET", f"/jobs{HERE}", Reply.json(JOB))
        .on("GET", f"/files{HERE}stdout/", Reply(200, "hello", "application/octet-stream"))
        .on("GET", f"/files{HERE}plots/", Reply.json("", 406))
        .on("GET", f"/files{HERE}", Reply.json(["/plots", "/stdout"]))
    )


def fetch(root: Path, answers: Account | None = None, **options: Any) -> list[Path]:
    async def main() -> list[Path]:
        async with (
            FaultyServer(answers or account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await fetch_results(client, REF, root, **options)

    return run(main())


def test_all_files_come_and_folders_are_passed_over(tmp_path: Path) -> None:
    (path,) = fetch(tmp_path)
    assert path.read_text() == "hello"
    assert path.parent.parent == tmp_path / "results"
    assert path.parent.name.endswith("CC94AA")


def test_of_a_job_that_cannot_be_read_the_files_come_into_its_usual_folder(tmp_path: Path) -> None:
    usual = fetch(tmp_path)
    broken = account().on("GET", f"/jobs{HERE}", Reply.html(500))
    assert fetch(tmp_path, broken, seen=Job.parse(JOB)) == usual
    (path,) = fetch(tmp_path, broken)
    assert path.parent.name == "job-4CC94AA"


def test_a_folder_of_choice_is_used(tmp_path: Path) -> None:
    assert fetch(tmp_path, folder="here", names=["stdout"]) == [tmp_path / "here" / "stdout"]


def test_a_name_that_is_not_listed_is_tried_and_told_if_there_is_none(tmp_path: Path) -> None:
    answers = account().on("GET", f"/files{HERE}rates.csv/", Reply.json("", 404))
    answers.replies = dict(sorted(answers.replies.items(), key=lambda item: -len(item[0][1])))
    with pytest.raises(DownloadError, match=r"1 of 2 files came\. rates\.csv: The job has no file"):
        fetch(tmp_path, answers, names=["stdout", "rates.csv"], folder="x")
    assert (tmp_path / "x" / "stdout").read_text() == "hello"


def test_a_folder_that_is_named_is_told(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"plots: It is a folder"):
        fetch(tmp_path, names=["plots"])


def test_what_is_here_already_is_among_the_paths(tmp_path: Path) -> None:
    assert fetch(tmp_path) == fetch(tmp_path)


def test_what_is_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_text("mine")
    with pytest.raises(DownloadError, match="already"):
        fetch(tmp_path, folder=tmp_path)
    assert (tmp_path / "stdout").read_text() == "mine"
    fetch(tmp_path, folder=tmp_path, overwrite=True)
    assert (tmp_path / "stdout").read_text() == "hello"


def test_one_file_that_is_there_does_not_keep_the_others_away(tmp_path: Path) -> None:
    answers = account()
    files = f"/files{HERE}"
    answers.replies.pop(("GET", files))
    answers.on("GET", f"{files}rates.csv/", Reply(200, "1,2", "application/octet-stream"))
    answers.on("GET", files, Reply.json(["/stdout", "/rates.csv"]))
    (tmp_path / "stdout").write_text("mine")
    with pytest.raises(DownloadError, match=r"1 of 2 files came\. stdout: Another file is already"):
        fetch(tmp_path, answers, folder=tmp_path)
    assert (tmp_path / "rates.csv").read_text() == "1,2"
    assert (tmp_path / "stdout").read_text() == "mine"
