"""What the command says: no terminal codes of a server's, no token, no traceback; soon."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import TOKEN
from tests.cli.server import Server
from tests.cli.terminal import Bspsa, forms_of
from tests.faulty_server import Account, Reply

UUID = "01234567-89AB-4CDE-8F01-23456789ABCD"
STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\r\x08"
FORGED = f"real\nbspsa: forged {STEERING}"


def hostile_account() -> Account:
    job = {
        "job_id": UUID,
        "project_hpc": "PIZDAINT",
        "project_name": FORGED,
        "title": FORGED,
        "stage": FORGED,
        "init_date": FORGED,
        "failed": True,
        "terminal_stage": True,
    }
    account = Account(jobs=[job])
    account.on("GET", f"/jobs/pizdaint/bsp_pizdaint_01/{UUID}", Reply.json(job))
    account.on("GET", "/files/", Reply.json([f"/{FORGED}"]))
    return account.on("POST", "/", Reply.json({"detail": FORGED}, 400))


def test_a_servers_strings_steer_no_terminal_and_forge_no_line(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    there = remote(serve(hostile_account()))
    for command in (
        ("jobs",),
        ("job", UUID),
        ("files", UUID),
        ("download", UUID, "-o", str(folder)),
        ("submit", str(folder), "--hpc", "pizdaint", "--command", "true", "--debug"),
    ):
        ran = there(*command)
        assert not [sign for sign in ran.told if not sign.isprintable() and sign != "\n"], command
        assert not [line for line in ran.told.splitlines() if line.startswith("bspsa: forged")]
        assert "forged" in ran.told


@pytest.mark.parametrize("options", [(), ("--json", "--debug")])
def test_the_token_is_told_nowhere(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    options: tuple[str, ...],
) -> None:
    echo = Reply.json({"detail": "No."}, 404, headers=(("X-Seen", "nothing"),))
    server = serve(Account().on("POST", "/", echo))
    for command in (
        ("submit", str(folder), "--hpc", "pizdaint", "--command", "true"),
        (
            "submit",
            str(folder),
            "--hpc",
            "pizdaint",
            "--command",
            "true",
            "--endpoint",
            "http://127.0.0.1:9",
        ),
        ("jobs",),
    ):
        ran = remote(server)(*command, *options)
        assert not [form for form in forms_of(TOKEN) if form in ran.told]
    assert f"Bearer {TOKEN}" in server.ledger[-1].header("Authorization")


def test_a_token_that_cannot_be_one_is_not_shown(bspsa: Bspsa) -> None:
    there = bspsa.with_environment(BSPSA_TOKEN="SENTINEL 7f3a\nX: y")
    ran = there("jobs", "--endpoint", "http://127.0.0.1:9", "--debug", "--json")
    assert ran.code == 2
    assert "BSPSA_TOKEN" in ran.document["error"]
    assert "7f3a" not in ran.told


def test_a_traceback_is_shown_only_for_debug(bspsa: Bspsa, folder: Path) -> None:
    there = bspsa.with_environment(BSPSA_TOKEN="t", BSPSA_ENDPOINT="http://127.0.0.1:9")
    for command in (("jobs",), ("submit", str(folder), "--hpc", "pizdaint", "--command", "true")):
        plain, debug = there(*command), there.process(*command, "--debug", "--json")
        assert "Traceback" not in plain.told
        assert "Traceback" in debug.err
        assert (plain.code, debug.code) == (3, 3)
        assert isinstance(debug.document, dict)


def test_a_fault_of_our_own_is_one_document_and_code_1(
    bspsa: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("planted")

    monkeypatch.setattr("bspsa_widgets.cli.commands.jobs.list_jobs", broken)
    ran = bspsa("jobs", "--json")
    assert ran.code == 1
    assert "planted" in ran.document["error"]
    assert "Traceback" not in ran.told


def test_a_fault_of_our_own_after_the_first_byte_is_never_called_not_sent(
    bspsa: Any,
    serve: Callable[..., Server],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_answer: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("bspsa_widgets.client.bspsa.outcomes.judge_submission", broken)
    there = bspsa.with_environment(BSPSA_ENDPOINT=serve().url, BSPSA_TOKEN=TOKEN)
    ran = there(
        "submit", folder, "--hpc", "pizdaint", "--command", "true", "--settle", "0", "--json"
    )
    assert (ran.code, ran.document["outcome"]) == (4, "unconfirmed")


def test_help_comes_soon_for_every_command(bspsa: Bspsa) -> None:
    took = []
    for command in ((), ("submit",), ("download",)):
        began = time.perf_counter()
        ran = bspsa.process(*command, "--help")
        took.append(time.perf_counter() - began)
        assert (ran.code, ran.err) == (0, "")
        assert "usage: bspsa" in ran.out
    print(f"bspsa --help: {statistics.median(took):.2f} s (aim: 0.4 s)")
    assert min(took) < 2


def test_the_version_is_told(bspsa: Bspsa) -> None:
    from bspsa_widgets import __version__

    ran = bspsa.process("--version")
    assert (ran.code, ran.out) == (0, f"bspsa {__version__}\n")
