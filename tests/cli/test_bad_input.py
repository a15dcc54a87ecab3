"""Bad input: a clear word at the field or about the cause, code 2 or 3, nothing sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bspsa_widgets.domain.systems import SYSTEMS
from tests.cli.server import Server
from tests.cli.terminal import Bspsa

PIZDAINT = ("--hpc", "pizdaint", "--command", "true")
NSG = ("--hpc", "nsg", "--main-file", "init.py")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--hpc", "summit"), "hpc"),
        ((*PIZDAINT, "--nodes", "abc"), "node_number"),
        ((*PIZDAINT, "--nodes=-1"), "node_number"),
        ((*PIZDAINT, "--nodes", "0"), "node_number"),
        ((*PIZDAINT, "--cores", "1.5"), "core_number"),
        ((*PIZDAINT, "--runtime", "0"), "runtime"),
        ((*PIZDAINT, "--runtime", "nan"), "runtime"),
        ((*PIZDAINT, "--runtime", "1e309"), "runtime"),
        ((*PIZDAINT, "--title", "x" * 101), "title"),
        ((*PIZDAINT, "--title", "a\r\nAuthorization: x"), "title"),
        (("--hpc", "pizdaint"), "command"),
        (("--hpc", "pizdaint", "--yes", "--again"), "command"),
        (("--hpc", "pizdaint", "--command", ""), "command"),
        (("--hpc", "pizdaint", "--command", "a\x1b[2J"), "command"),
        (("--hpc", "pizdaint", "--command", "x" * 1500), "command"),
        ((*PIZDAINT, "--project", "../quotas"), "project"),
        ((*NSG, "--tool", "PY TG"), "tool"),
        (("--hpc", "nsg", "--main-file", "../init.py"), "init_file"),
        (("--hpc", "nsg", "--main-file", "no.py"), "init_file"),
        (("--hpc", "nsg", "--command", "ls"), "command"),
        (("--hpc", "pizdaint", "--tool", "PY_TG"), "tool"),
        ((*PIZDAINT, "--main-file", "init.py"), "init_file"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_field_is_named_and_nothing_is_sent(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    options: tuple[str, ...],
    field: str,
) -> None:
    server = serve()
    ran = remote(server)("submit", folder, *options, "--json")
    assert (ran.code, ran.document["outcome"]) == (2, "not_sent")
    assert f"bspsa: {field}: " in ran.err
    assert "Nothing was sent." in ran.document["message"]
    assert server.ledger == []
    assert "Traceback" not in ran.told


def test_without_a_command_it_is_said_what_to_do(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    ran = remote(serve())("submit", folder, "--hpc", "pizdaint", "--yes")
    assert ran.code == 2
    assert "Say what to run, for example: unzip -q {archive} && cd {folder}" in ran.err


@pytest.mark.parametrize("kind", ["missing", "empty", "file", "secrets only", "nothing", "root"])
def test_a_folder_that_cannot_be_sent_is_told(bspsa: Bspsa, tmp_path: Path, kind: str) -> None:
    place = tmp_path / kind
    if kind in ("empty", "secrets only"):
        place.mkdir()
    if kind == "secrets only":
        (place / ".env").write_text("x")
    if kind == "file":
        place.write_text("x")
    named = {"nothing": "", "root": "/"}.get(kind, str(place))
    there = bspsa.with_environment(BSPSA_ENDPOINT="http://127.0.0.1:9", BSPSA_TOKEN="t")
    ran = there("submit", named, *PIZDAINT, "--json")
    assert (ran.code, ran.document["outcome"], ran.document["archive"]) == (2, "not_sent", None)
    assert "bspsa: folder: " in ran.err


def test_all_wrong_fields_are_told_at_once(bspsa: Bspsa, tmp_path: Path) -> None:
    there = bspsa.with_environment(BSPSA_ENDPOINT="http://127.0.0.1:9", BSPSA_TOKEN="t")
    ran = there("submit", tmp_path / "no", *PIZDAINT, "--nodes", "x", "--runtime", "y")
    assert (ran.code, ran.out) == (2, "")
    assert "node_number: 'x' is not a number." in ran.err
    assert "runtime: 'y' is not a number." in ran.err


def test_no_token_is_code_2_and_says_how_to_give_one(
    serve: Callable[..., Server], bspsa: Bspsa, folder: Path
) -> None:
    server = serve()
    ran = bspsa("submit", folder, *PIZDAINT, "--endpoint", server.url, "--json")
    assert (ran.code, ran.document["outcome"]) == (2, "not_sent")
    assert "BSPSA_TOKEN" in ran.document["message"]
    assert server.ledger == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://bspsa.example",
        "http://127.0.0.1.evil.example",
        "ftp://bspsa.example",
        "https://me:secret@bspsa.example",
        "https://bspsa.example/\r\nX: y",
        "https://",
    ],
)
def test_an_address_that_would_show_the_token_is_not_used(
    bspsa: Bspsa, folder: Path, endpoint: str
) -> None:
    there = bspsa.with_environment(BSPSA_TOKEN="t")
    ran = there("submit", folder, *PIZDAINT, "--endpoint", endpoint, "--json")
    assert (ran.code, ran.document["outcome"]) == (2, "not_sent")
    assert "bspsa: endpoint: " in ran.err
    assert "secret@" not in ran.told


def test_no_local_service_is_code_3_and_says_how_to_start_one(tmp_path: Path, folder: Path) -> None:
    ran = Bspsa(tmp_path)("submit", folder, *PIZDAINT, "--endpoint", "local", "--json")
    assert (ran.code, ran.document["outcome"]) == (3, "not_sent")
    assert "bspsa service" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("submit", "--json"), "FOLDER"),
        (("--endpoint", "local", "--json", "submit"), "FOLDER"),
        (("submit", ".", "--json"), "--hpc"),
        (("submit", ".", *PIZDAINT, "--tool", "T", "--json"), "not allowed"),
        (("submit", ".", *PIZDAINT, "--end", "local", "--json"), "--end"),
        (("jobs", "extra", "--json"), "extra"),
        (("service", "--port", "x", "--json"), "--port"),
        (("nonsense", "--json"), "nonsense"),
        (("download", "--json"), "ID"),
    ],
)
def test_wrong_usage_is_code_2_and_one_document(
    bspsa: Bspsa, arguments: tuple[str, ...], words: str
) -> None:
    ran = bspsa(*arguments)
    assert ran.code == 2
    message = ran.document["message" if "submit" in arguments else "error"]
    assert words in message
    assert "usage: bspsa" in ran.err
    assert "Traceback" not in ran.told


def test_no_command_at_all_is_wrong_usage_and_shows_which_there_are(bspsa: Bspsa) -> None:
    ran = bspsa()
    assert (ran.code, ran.out) == (2, "")
    assert "COMMAND" in ran.err
    for command in ("submit", "cancel", "delete", "jobs"):
        assert f"\n    {command} " in ran.err


def test_the_help_of_submit_tells_the_systems_own_defaults(bspsa: Bspsa) -> None:
    text = " ".join(bspsa.process("submit", "--help").out.split())
    for name in ("core_number", "runtime"):
        daint, nsg = (f"{SYSTEMS[hpc].field(name).default:g}" for hpc in ("pizdaint", "nsg"))
        assert f"default: {daint}, on NSG {nsg}" in text
    assert {system.field("node_number").default for system in SYSTEMS.values()} == {1}
    assert "nodes (default: 1)" in text
    assert f"default: {SYSTEMS['nsg'].field('tool').default}" in text
