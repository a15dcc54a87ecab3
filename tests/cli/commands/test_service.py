"""`service` and `lab`."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bspsa_widgets.cli.commands.lab import copy_tutorials, signals_handed_on
from tests.cli.conftest import LocalService
from tests.cli.terminal import SECONDS, Bspsa

FAKE_LAB = """
import json, os, signal, sys, urllib.request
url = os.environ["BSPSA_ENDPOINT"]
status = urllib.request.urlopen(url + "/status/").status
seen = {"arguments": sys.argv[1:], "status": status, "environment": dict(os.environ)}
with open(os.environ["SEEN"], "w") as file:
    file.write(json.dumps(seen | {"pid": os.getpid()}))
if os.environ["ENDS_WITH"] == "a signal":
    sys.stderr.write("waits\\n")
    sys.stderr.flush()
    signal.pause()
sys.exit(int(os.environ["ENDS_WITH"]))
"""


def test_it_prints_its_url_and_keeps_its_token_to_the_user(
    service: LocalService,
) -> None:
    assert service.printed == service.url + "\n"
    assert service.url.startswith("http://127.0.0.1:")
    written = service.directory / "service.json"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert {"url", "token", "pid"} <= set(service.address)
    assert service.address["url"] == service.url
    assert service.address["pid"] == service.process.pid


def test_it_ends_with_ctrl_c_and_is_then_known_to_nobody(tmp_path: Path) -> None:
    bspsa = Bspsa(tmp_path)
    running = LocalService(bspsa, tmp_path / "service")
    token = running.token
    code, out, err = running.stop()
    assert (code, out) == (0, "")
    assert token not in err
    assert "Traceback" not in err
    assert not (tmp_path / "service" / "service.json").exists()
    assert bspsa("quotas", "--endpoint", "local").code == 3


def test_local_finds_a_service_started_with_a_directory_of_its_own(
    bspsa: Bspsa, service: LocalService
) -> None:
    # An account's token is neither needed there nor sent there: it would be refused.
    there = bspsa.with_environment(BSPSA_TOKEN="of-an-account")
    assert there("quotas", "--endpoint", "local").code == 0


def test_its_document_is_one_and_holds_no_token(tmp_path: Path) -> None:
    process = Bspsa(tmp_path).start("service", "--json", "--dir", tmp_path / "s")
    assert process.stdout is not None
    document = ""
    while not document.endswith("}\n"):
        document += process.stdout.readline()
    token = json.loads((tmp_path / "s" / "service.json").read_text())["token"]
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert set(json.loads(document)) == {"url", "dir", "pid"}
    assert (process.returncode, out) == (0, "")
    assert token not in document + err


def test_what_it_cannot_use_is_told_as_one_document(
    bspsa: Bspsa, service: LocalService, tmp_path: Path
) -> None:
    port = service.url.rpartition(":")[2]
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "mine.txt").write_text("x")
    for options in (
        ("--dir", str(service.directory)),
        ("--dir", str(tmp_path / "new"), "--port", port),
        ("--dir", str(tmp_path)),
    ):
        ran = bspsa.process("service", *options, "--json")
        assert ran.code == 3
        assert set(ran.document) == {"error", "job_may_exist"}
        assert "Traceback" not in ran.told
    assert (tmp_path / "jobs" / "mine.txt").read_text() == "x"


@pytest.fixture
def fake_lab(tmp_path: Path) -> Bspsa:
    """The command where JupyterLab is a program that tells how it was called."""
    fake = tmp_path / "fake" / "jupyterlab"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text("")
    (fake / "__main__.py").write_text(FAKE_LAB)
    bspsa = Bspsa(tmp_path / "home")
    bspsa.home.mkdir()
    return bspsa.with_environment(
        PYTHONPATH=os.pathsep.join([str(fake.parent), bspsa.environment["PYTHONPATH"]]),
        SEEN=str(tmp_path / "seen"),
        BSPSA_TOKEN="of-an-account",
        CLB_AUTH="of-an-account",
    )


@pytest.mark.parametrize("ends_with", [0, 7])
def test_the_lab_gets_the_tutorials_a_service_and_no_token_of_an_account(
    fake_lab: Bspsa, tmp_path: Path, ends_with: int
) -> None:
    there = fake_lab.with_environment(ENDS_WITH=str(ends_with))
    ran = there.process(
        "lab", "--dir", tmp_path / "tutorials", "--no-browser", "--port", "8899", "--json"
    )
    assert ran.code == ends_with, ran.err
    seen = json.loads((tmp_path / "seen").read_text())
    assert ran.document == {
        "tutorials": str(tmp_path / "tutorials"),
        "url": seen["environment"]["BSPSA_ENDPOINT"],
    }
    assert "of-an-account" not in json.dumps(seen)
    assert {"--no-browser", "--port=8899"} <= set(seen["arguments"])
    assert f"--ServerApp.root_dir={tmp_path / 'tutorials'}" in seen["arguments"]
    assert list((tmp_path / "tutorials").glob("*.ipynb"))


def test_a_folder_that_the_lab_cannot_write_to_is_told_with_what_to_set(
    fake_lab: Bspsa, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    ran = fake_lab.process("lab", "--dir", tmp_path / "file" / "tutorials")
    assert (ran.code, "bspsa lab --dir FOLDER" in ran.err) == (3, True), ran.err
    there = fake_lab.with_environment(JUPYTER_RUNTIME_DIR=str(tmp_path / "file" / "runtime"))
    ran = there.process("lab", "--dir", tmp_path / "tutorials")
    assert (ran.code, "Set JUPYTER_RUNTIME_DIR to" in ran.err) == (3, True), ran.err
    there = fake_lab.with_environment(BSPSA_SERVICE_DIR=str(tmp_path / "file" / "service"))
    ran = there.process("lab", "--dir", tmp_path / "tutorials")
    assert (ran.code, "Set BSPSA_SERVICE_DIR to" in ran.err) == (3, True), ran.err
    assert not (tmp_path / "seen").exists()


def test_the_lab_says_where_jobs_are_not_kept_apart(fake_lab: Bspsa, tmp_path: Path) -> None:
    there = fake_lab.with_environment(ENDS_WITH="0", PATH=str(tmp_path))
    ran = there.process("lab", "--dir", tmp_path / "tutorials")
    assert ran.code == 0, ran.err
    assert "Jobs are not kept apart from your files and the network: bubblewrap" in ran.err


@contextmanager
def handled_as(handler: signal.Handlers, number: signal.Signals) -> Iterator[None]:
    """What is started meanwhile is born so, whatever these tests themselves were born with."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP])
def test_the_lab_ends_with_the_command_that_started_it(
    fake_lab: Bspsa, tmp_path: Path, asked: signal.Signals
) -> None:
    there = fake_lab.with_environment(ENDS_WITH="a signal")
    with handled_as(signal.SIG_DFL, asked):
        process = there.start("lab", "--dir", tmp_path / "tutorials")
    assert process.stderr is not None
    assert "waits\n" in iter(process.stderr.readline, "")
    process.send_signal(asked)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    seen = json.loads((tmp_path / "seen").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(seen["pid"], 0)


def test_a_signal_that_the_command_was_to_ignore_stays_ignored() -> None:
    with handled_as(signal.SIG_IGN, signal.SIGHUP), signals_handed_on():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_the_lab_ends_where_its_end_was_asked_for_before_it_began() -> None:
    with signals_handed_on() as hand_to:
        os.kill(os.getpid(), signal.SIGTERM)
        with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as lab:
            try:
                hand_to(lab)
                assert lab.wait(timeout=SECONDS) == -signal.SIGTERM
            finally:
                lab.kill()


def test_copying_the_tutorials_again_keeps_what_the_user_has_changed(tmp_path: Path) -> None:
    first = copy_tutorials(tmp_path)
    (tmp_path / first).write_text("mine")
    assert copy_tutorials(tmp_path) == first
    assert (tmp_path / first).read_text() == "mine"


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_wrong_input(bspsa: Bspsa, tmp_path: Path, port: str) -> None:
    ran = bspsa("service", "--dir", str(tmp_path / "s"), f"--port={port}", "--json")
    assert ran.code == 2
    assert "0 to 65535" in ran.document["error"]
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("keep", ["", "30", "0d", "30m", "1.5d", "forever"])
def test_a_time_to_keep_jobs_for_that_is_none_is_wrong_input(
    bspsa: Bspsa, tmp_path: Path, keep: str
) -> None:
    ran = bspsa("service", "--dir", str(tmp_path / "s"), f"--keep={keep}", "--json")
    assert ran.code == 2
    assert f"{keep!r} is not how long jobs can be kept" in ran.document["error"]
    assert "as in 12h, 30d or 8w" in ran.document["error"]
    assert not (tmp_path / "s").exists()


def test_how_long_jobs_are_kept_is_said_at_the_start_and_done(tmp_path: Path) -> None:
    bspsa, directory = Bspsa(tmp_path), tmp_path / "s"
    running = LocalService(bspsa, directory)
    there = bspsa.with_environment(BSPSA_ENDPOINT="local")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "data").touch()
    asked = ("--hpc", "pizdaint", "--command", "true", "--wait", "--json")
    ran = there("submit", tmp_path / "job", *asked)
    assert ran.code == 0, ran.err
    assert "are removed" not in running.stop()[2]
    with sqlite3.connect(directory / "service.db") as database:
        database.execute("UPDATE jobs SET end_date = '2026-01-01T00:00:00Z'")
    database.close()
    running = LocalService(bspsa, directory, "--keep", "8w")
    deadline = time.monotonic() + SECONDS
    while list((directory / "jobs").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # between two looks; the deadline bounds them
    assert there("jobs", "--json").document == []
    _, _, told = running.stop()
    assert "Jobs are removed with their files 56 days after their end." in told


def test_the_tools_are_listed_with_what_to_install(tmp_path: Path) -> None:
    bspsa = Bspsa(tmp_path)
    (tmp_path / "service.toml").write_text('[tools]\nbrian = "/nowhere/brian"\n')
    ran = bspsa("service", "tools", "--dir", tmp_path)
    assert ran.code == 0
    lines = {line.split("  ")[0]: line for line in ran.out.splitlines()}
    assert "yes" in lines["Python"]
    assert "NEURON77_TG" in lines["NEURON"]
    assert "no: /nowhere/brian is missing" in lines["Brian 2"]
    assert "Brian 2: pip install brian2" in ran.out
    document = bspsa("service", "tools", "--dir", tmp_path, "--json").document
    assert {one["key"]: bool(one["missing"]) for one in document}["python"] is False
    (tmp_path / "service.toml").write_text("[tool]")
    wrong = bspsa("service", "--dir", tmp_path, "tools")
    assert wrong.code == 3
    assert "tool is not known" in wrong.err
