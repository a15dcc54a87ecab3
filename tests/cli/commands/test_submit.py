"""`submit`: its one document in all four outcomes, and its exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.records.store import Records
from tests.cli.server import Server
from tests.cli.terminal import Bspsa, Ended, ended
from tests.faulty_server import Account, Reply

KEYS = {"outcome", "job", "archive", "record", "input", "warnings", "message"}
ARCHIVE_KEYS = {"name", "size", "sha256", "files"}
PIZDAINT = ("--hpc", "pizdaint", "--command", "true")


def outcome(ran: Ended) -> str:
    """The document's outcome, once its keys are exactly those of the README."""
    assert set(ran.document) == KEYS
    archive = ran.document["archive"]
    assert archive is None or set(archive) == ARCHIVE_KEYS
    record = ran.document["record"]
    assert record is None or MARKER.fullmatch(record)
    assert isinstance(ran.document["message"], str)
    assert ran.document["message"]
    assert (ran.document["job"] is not None) is (ran.document["outcome"] == "accepted")
    assert "Traceback" not in ran.told
    return str(ran.document["outcome"])


def test_an_accepted_job_is_printed_with_the_archive_that_was_sent(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve()
    ran = remote(server).process("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, outcome(ran)) == (0, "accepted")
    (post,) = [request for request in server.ledger if request.method == "POST"]
    archive = ran.document["archive"]
    assert archive["sha256"] == hashlib.sha256(post.body).hexdigest()
    assert archive["size"] == len(post.body)
    assert archive["files"] == len(zipfile.ZipFile(BytesIO(post.body)).namelist()) == 2
    assert ran.document["job"] == server.account.jobs[0]


def test_for_people_the_job_is_on_stdout_and_the_progress_on_stderr(
    local: Bspsa, folder: Path
) -> None:
    ran = local("submit", folder, *PIZDAINT)
    assert ran.code == 0
    assert ran.out.startswith("Submitted. Piz Daint has your job.\n")
    assert "Packing" in ran.err
    assert "Waiting for the service" in ran.err
    assert "\x1b" not in ran.err
    assert "\r" not in ran.err


def test_waiting_ends_with_the_job(local: Bspsa, folder: Path) -> None:
    ran = local("submit", folder, *PIZDAINT, "--wait", "--json")
    assert (ran.code, outcome(ran)) == (0, "accepted")
    assert ran.document["job"]["stage"] == "SUCCESSFUL"
    assert "SUCCESSFUL" in ran.err


def test_a_job_that_fails_is_code_5_but_only_where_it_was_waited_for(
    local: Bspsa, folder: Path
) -> None:
    command = ("submit", folder, "--hpc", "pizdaint", "--command", "exit 3", "--json")
    waited, left = local(*command, "--wait"), local(*command)
    assert (waited.code, outcome(waited)) == (5, "accepted")
    assert waited.document["job"]["stage"] == "FAILED"
    assert (left.code, outcome(left)) == (0, "accepted")


def test_a_job_of_nsg_runs_its_main_file(local: Bspsa, folder: Path) -> None:
    ran = local(
        "submit", folder, "--hpc", "nsg", "--tool", "PY_TG", "--main-file", "init.py",
        "--nodes", "1", "--cores", "2", "--runtime", "0.5", "--title", "Übung",
        "--project", "bsp_nsg_01", "--wait", "--yes", "--json",
    )  # fmt: skip
    assert (ran.code, outcome(ran)) == (0, "accepted")
    assert ran.document["job"]["stage"] == "COMPLETED"
    assert ran.document["job"]["title"] == f"Übung [{ran.document['record']}]"


@pytest.mark.parametrize(
    "reply",
    [
        Reply.json({"detail": "Not found."}, 404),
        Reply.json("You have not enough quota", 401),
        Reply.json({"detail": "Authentication credentials were not provided."}, 403),
        Reply.html(413, "<h1>Too large</h1>"),
    ],
    ids=lambda reply: str(reply.status),
)
def test_a_refusal_is_code_3(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    reply: Reply,
) -> None:
    server = serve(Account().on("POST", "/", reply))
    ran = remote(server)("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, outcome(ran)) == (3, "refused")
    assert "No job was created." in ran.document["message"]
    assert server.posts == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply.html(500),
        Reply.html(200, "<h1>Log in</h1>"),
        Reply.json({}, 201),
        Reply(201, "", end="reset", cut=0),
    ],
    ids=["500", "page", "empty", "reset"],
)
def test_what_does_not_say_whether_a_job_exists_is_code_4_and_never_sent_again(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    reply: Reply,
) -> None:
    server = serve(Account(creates=True).on("POST", "/", reply))
    ran = remote(server)("submit", folder, *PIZDAINT, "--settle", "0", "--json")
    assert (ran.code, outcome(ran)) == (4, "unconfirmed")
    assert "may have the job" in ran.document["message"]
    assert server.posts == len(server.account.jobs) == 1


def test_a_service_that_is_down_is_code_3_and_not_sent(bspsa: Bspsa, folder: Path) -> None:
    there = bspsa.with_environment(BSPSA_TOKEN="t", BSPSA_ENDPOINT="http://127.0.0.1:9")
    ran = there("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, outcome(ran)) == (3, "not_sent")
    assert ran.document["archive"] is not None


def test_a_service_that_answers_with_pages_is_sent_nothing(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(Account().on("GET", "/", Reply.html(502, "<h1>Bad gateway</h1>")))
    ran = remote(server)("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, outcome(ran)) == (3, "not_sent")
    assert server.posts == 0


def test_a_token_that_is_not_taken_is_told_before_anything_is_sent(
    local: Bspsa, service: Any, folder: Path
) -> None:
    there = local.with_environment(BSPSA_ENDPOINT=service.url, BSPSA_TOKEN="wrong")
    ran = there("submit", folder, *PIZDAINT, "--json")
    assert (ran.code, outcome(ran)) == (3, "refused")
    assert "token" in ran.err


def test_an_advisory_limit_warns_on_stderr_and_does_not_block(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    ran = remote(serve())("submit", folder, *PIZDAINT, "--nodes", "9999", "--json")
    assert (ran.code, outcome(ran)) == (0, "accepted")
    assert "Warning: node_number" in ran.err


def test_files_that_do_not_fit_the_settings_are_told_once_and_do_not_block(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    command = ("--hpc", "pizdaint", "--command", "cd {folder} && ./run.sh", "--nodes", "9999")
    ran = remote(serve())("submit", folder, *command, "--json")
    assert (ran.code, outcome(ran)) == (0, "accepted")
    assert ran.err.count("Warning: node_number") == 1
    assert ran.err.count("Warning: command: run.sh is not among the files that travel.") == 1
    assert [warning["field"] for warning in ran.document["warnings"]] == ["node_number", "command"]


def sent(server: Server) -> tuple[dict[str, str], dict[str, bytes]]:
    """The one submission's payload, and its files."""
    (post,) = [request for request in server.ledger if request.method == "POST"]
    with zipfile.ZipFile(BytesIO(post.body)) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    return json.loads(post.header("payload")[0]), files


def test_data_behind_a_link_is_told_before_it_is_sent_and_one_yes_takes_it_along(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "spikes.csv").write_text("t,v\n0,-65\n")
    (folder / "spikes.csv").symlink_to(tmp_path / "spikes.csv")
    server = serve()
    ran = remote(server)("submit", folder, *PIZDAINT, "--json")
    told = ran.err.index("Warning: folder: The target of a link is excluded: spikes.csv")
    assert told < ran.err.index("Packed: 2 files")
    assert "2 excluded" in ran.err
    assert "--include spikes.csv" in ran.document["warnings"][0]["message"]
    assert set(sent(server)[1]) == {"ca1-fit/init.py", "ca1-fit/model/na.mod"}
    server = serve()
    ran = remote(server)("submit", folder, *PIZDAINT, "--include", "spikes.csv", "--json")
    assert (ran.code, ran.document["warnings"]) == (0, [])
    assert sent(server)[1]["ca1-fit/spikes.csv"] == b"t,v\n0,-65\n"


@pytest.mark.parametrize(
    ("typed", "named"),
    [((), "init.py"), (("--main-file", ".\\Init.PY"), "init.py")],
)
def test_nsg_is_told_the_main_file_as_the_folder_spells_it(
    typed: tuple[str, ...],
    named: str,
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
) -> None:
    server = serve()
    ran = remote(server)("submit", folder, "--hpc", "nsg", *typed, "--json")
    assert (ran.code, outcome(ran)) == (0, "accepted")
    assert sent(server)[0]["init_file"] == named


def test_single_files_stay_and_are_kept_in_the_record(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    server = serve()
    ran = remote(server)("submit", folder, *PIZDAINT, "--exclude", "init.py", "--json")
    assert (ran.code, outcome(ran)) == (0, "accepted")
    (post,) = [request for request in server.ledger if request.method == "POST"]
    assert "ca1-fit/init.py" not in zipfile.ZipFile(BytesIO(post.body)).namelist()
    record = records.read(ran.document["record"])
    assert record is not None
    assert record.choice == Choice(exclude=("init.py",))


def test_the_default_project_takes_the_short_path(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve()
    for options, path in (((), "/jobs/pizdaint/"), (("--project", "p_2"), "/jobs/pizdaint/p_2/")):
        assert remote(server)("submit", folder, *PIZDAINT, *options, "--json").code == 0
        assert [one.target for one in server.ledger if one.method == "POST"][-1] == path


@pytest.mark.parametrize(("answer", "code", "posts"), [("n\n", 130, 0), ("y\n", 0, 1)])
def test_at_a_terminal_it_asks_first(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    answer: str,
    code: int,
    posts: int,
) -> None:
    server = serve()
    ours, theirs = pty.openpty()
    try:
        process = remote(server).start("submit", folder, *PIZDAINT, stdin=theirs, stderr=theirs)
        os.write(ours, answer.encode())
        ran = ended(process)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert "[y/N]" in shown
    question = " ".join(shown.split())
    assert "ca1-fit (2 files, 37 B (about " in question
    assert "packed), 1 excluded) to Piz Daint" in question
    assert (ran.code, server.posts) == (code, posts)


def test_a_reader_that_is_gone_changes_neither_the_submission_nor_the_exit_code(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(Account(creates=True).on("POST", "/", Reply.html(500)))
    read, write = os.pipe()
    os.close(read)
    try:
        for options in ((), ("--json", "--again")):
            process = remote(server).start(
                "submit", folder, *PIZDAINT, "--settle", "0", *options, stdout=write, stderr=write
            )
            assert ended(process).code == 4
    finally:
        os.close(write)
    assert server.posts == 2


def test_a_terminal_that_lacks_a_letter_does_not_turn_success_into_failure(
    local: Bspsa, folder: Path
) -> None:
    narrow = local.with_environment(PYTHONIOENCODING="ascii")
    ran = narrow.process("submit", folder, *PIZDAINT, "--title", "Übung 体")
    listed = narrow.process("jobs")
    assert (ran.code, listed.code) == (0, 0)
    assert "?bung ?" in listed.out
