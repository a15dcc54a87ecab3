"""`bspsa service users`: who may use the local service, and how a user then does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.service.user import digest_of
from tests.cli.conftest import Here, LocalService
from tests.cli.terminal import Bspsa, Ended, forms_of


class Users:
    """`bspsa service users … --dir D`."""

    def __init__(self, here: Here, directory: Path) -> None:
        self._here = here
        self.directory = directory

    def __call__(self, *arguments: str) -> Ended:
        return self._here("service", "users", *arguments, "--dir", self.directory)

    @property
    def stored(self) -> dict[str, Any]:
        content = json.loads((self.directory / "users.json").read_text())
        return {row["name"]: row for row in content["users"]}


@pytest.fixture
def users(here: Here, tmp_path: Path) -> Users:
    return Users(here, tmp_path / "s")


def test_adding_prints_the_token_alone_and_says_the_rest_beside_it(users: Users) -> None:
    ran = users("add", "ada")
    assert ran.code == 0, ran.err
    token = ran.out.strip()
    assert ran.out == f"{token}\n"
    assert len(token) >= 43
    assert users.stored["ada"]["token_sha256"] == digest_of(token)
    assert users.stored["ada"]["hours"] == {"bsp_nsg_01": 5000.0, "bsp_pizdaint_01": 5000.0}
    for words in ("never again", "5000 h of bsp_nsg_01 and 5000 h of", "BSPSA_ENDPOINT", "as you"):
        assert words in ran.err
    assert token not in ran.err


def test_a_program_gets_one_document(users: Users) -> None:
    added = users("add", "ada", "--hours", "bsp_nsg_01=20.5", "--json").document
    assert set(added) == {"name", "token", "hours", "was_here", "earlier_jobs"}
    assert (added["name"], added["hours"], added["earlier_jobs"]) == (
        "ada", {"bsp_nsg_01": 20.5}, 0,
    )  # fmt: skip
    changed = users("set", "ada", "--hours", "bsp_pizdaint_01=3", "--json").document
    assert changed == {"name": "ada", "hours": {"bsp_nsg_01": 20.5, "bsp_pizdaint_01": 3.0}}
    renewed = users("token", "ada", "--json").document
    assert renewed["token"] not in (added["token"], "")
    listed = users("--json").document
    row = {"name": "ada", "project": "bsp_nsg_01", "hours": 20.5, "used": 0.0, "left": 20.5}
    assert row in listed
    assert {one["name"] for one in listed} == {"ada", "local"}
    told = json.dumps([listed, changed])
    for token in (added["token"], renewed["token"]):
        assert not [form for form in forms_of(token) if form in told]
        assert digest_of(token) not in told
    assert users("remove", "ada", "--json").document == {"name": "ada", "removed": True}
    assert {one["name"] for one in users("--json").document} == {"local"}


def test_the_list_is_a_table(users: Users) -> None:
    users("add", "ada", "--hours", "bsp_nsg_01=20.5")
    users("add", "bob", "--hours", "bsp_nsg_01=1")
    users("set", "bob", "--without", "bsp_nsg_01")
    ran = users()
    assert [line.split() for line in ran.out.splitlines()] == [
        ["USER", "PROJECT", "HOURS", "USED", "LEFT"],
        ["local", "bsp_nsg_01", "5000", "0", "5000"],
        ["local", "bsp_pizdaint_01", "5000", "0", "5000"],
        ["ada", "bsp_nsg_01", "20.5", "0", "20.5"],
        ["bob", "(none)", "0", "0", "0"],
    ]
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        (["add", "../ada"], "name", "'../ada'"),
        (["add", "a\x1b[2J\nb"], "name", "A-Z a-z 0-9"),
        (["add", "local"], "name", "yourself"),
        (["add", "bob"], "name", "already"),
        (["add", "ada", "--hours", "titan=1"], "hours", "there are bsp_nsg_01, bsp_pizdaint_01"),
        (["add", "ada", "--hours", "bsp_nsg_01=2,5"], "hours", "'2,5' is not a number of hours"),
        (["set", "bob"], "hours", "--without PROJECT"),
        (["set", "bob", "--without", "titan"], "without", "there are bsp_nsg_01"),
        (["set", "ada", "--hours", "bsp_nsg_01=1"], "name", "There are: bob"),
        (["token", "ada"], "name", "There are: bob"),
        (["remove", "local"], "name", "yourself"),
        (["add"], "usage", "NAME"),
        (["rename", "ada"], "usage", "rename"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_changes_nothing(
    users: Users, arguments: list[str], field: str, words: str
) -> None:
    users("add", "bob")
    before = (users.directory / "users.json").read_bytes()
    ran = users(*arguments)
    assert (ran.code, ran.out) == (2, "")
    told = ran.err.splitlines()
    assert [line for line in told if line.startswith(f"bspsa: {field}: ") and words in line]
    assert "\x1b" not in ran.err
    assert "error" in users(*arguments, "--json").document
    assert (users.directory / "users.json").read_bytes() == before


def test_a_damaged_file_is_told_and_left_alone(users: Users) -> None:
    users("add", "ada")
    path = users.directory / "users.json"
    path.write_text('{"version": 1, "users": [{"name": "a\\u001b[2J"')
    for arguments in ([], ["add", "bob"], ["set", "ada", "--hours", "bsp_nsg_01=1"],
                      ["token", "ada"], ["remove", "ada"]):  # fmt: skip
        ran = users(*arguments)
        assert (ran.code, ran.out) == (3, "")
        assert f"{path} cannot be used" in ran.err
        assert "only the directory's own token" in ran.err
        assert "\x1b" not in ran.err
    assert path.read_text().startswith('{"version"')
    path.unlink()
    assert users("add", "bob").code == 0


def test_a_user_works_with_what_they_were_given_and_sees_their_own_only(
    bspsa: Bspsa, service: LocalService, tmp_path: Path
) -> None:
    def manage(*arguments: str) -> Ended:
        return bspsa("service", "users", *arguments, "--dir", service.directory)

    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.txt").write_text("x")
    given = ("--hours", "bsp_pizdaint_01=2")
    token = manage("add", "ada", *given).out.strip()
    # On a machine of her own, where no service.json tells of another token.
    ada = bspsa.with_environment(
        BSPSA_ENDPOINT=service.url, BSPSA_TOKEN=token, XDG_STATE_HOME=str(tmp_path / "state")
    )
    try:
        sent = ada(
            "submit", tmp_path / "folder", "--hpc", "pizdaint", "--command", "echo hers",
            "--nodes", "1", "--cores", "12", "--runtime", "1", "--yes", "--wait", "--json",
        )  # fmt: skip
        assert sent.code == 0, sent.err
        job = sent.document["job"]
        assert job["owner"] == "ada"
        assert ada("logs", job["job_id"]).out == "hers\n"
        (quota,) = ada("quotas", "--json").document
        assert 7200 - 60 < quota["time_left"] < 7200
        elsewhere = ada(
            "submit", tmp_path / "folder", "--hpc", "nsg", "--tool", "PY_TG", "--main-file",
            "x.txt", "--nodes", "1", "--cores", "1", "--runtime", "1", "--yes",
        )  # fmt: skip
        assert elsewhere.code == 3
        assert "User has not quota!" in elsewhere.err
        own = bspsa.with_environment(BSPSA_ENDPOINT="local")
        assert job["job_id"] not in own("jobs").out
        assert own("cancel", job["job_id"], "--yes").code == 3
        (row,) = [one for one in json.loads(manage("--json").out) if one["name"] == "ada"]
        assert row["hours"] == 2.0
        assert row["left"] < 2.0
        assert manage("remove", "ada").code == 0
        assert ada("jobs").code == 3
        again = manage("add", "ada", *given)
        assert "an earlier user" in again.err
        assert job["job_id"] in ada.with_environment(BSPSA_TOKEN=again.out.strip())("jobs").out
    finally:
        manage("remove", "ada")
