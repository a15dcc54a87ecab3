"""The users' file is believed as it is at each request, or not at all."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service import users as users_module
from bspsa_widgets.service.user import digest_of
from bspsa_widgets.service.user_list import add_user, remove_user, renew_token, user_reports
from bspsa_widgets.service.users_file import FILE, read_users

from .conftest import App


def _now(app: App) -> list[str]:
    return [user.name for user in read_users(app.store.directory)]


def test_a_new_token_voids_the_old_one_at_once(app: App) -> None:
    ada = app.let_in("ada")
    job = ada.post().json()
    for _ in range(3):  # the file keeps its size, and may keep its times
        old, ada = ada, ada.by(renew_token(app.store.directory, "ada"))
        assert old.ask("GET", "/jobs/").status_code == 401
        assert ada.ask("GET", "/jobs/").json() == [job]


def test_a_change_within_the_same_instant_is_seen(app: App) -> None:
    ada = app.let_in("ada")
    path = app.store.directory / FILE
    other = ada.by("o" * 43)
    before = path.read_text()
    after = before.replace(digest_of(ada.token), digest_of(other.token))
    assert len(after) == len(before)
    for content, let_in, refused in ((before, ada, other), (after, other, ada)) * 5:
        path.write_text(content)  # in place, as an editor may
        assert let_in.ask("GET", "/jobs/").status_code == 200
        assert refused.ask("GET", "/jobs/").status_code == 401


def test_a_change_that_the_files_times_do_not_show_is_seen(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = app.let_in("ada")
    now = time.time_ns()
    monkeypatch.setattr(users_module, "_stamp", lambda path: (now, now))
    assert ada.ask("GET", "/jobs/").status_code == 200
    remove_user(app.store.directory, "ada")
    assert ada.ask("GET", "/jobs/").status_code == 401


def test_a_file_that_has_settled_is_read_once_after_each_change(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users_module, "_UNSETTLED", -1.0)
    directory, reads = app.store.directory, 0

    def counted(directory: Path) -> Any:
        nonlocal reads
        reads += 1
        return read_users(directory)

    monkeypatch.setattr(users_module, "read_users", counted)
    ada = app.let_in("ada")

    def is_let_in(who: App) -> bool:
        return [who.ask("GET", "/jobs/").status_code for _ in range(3)] == [200] * 3

    assert is_let_in(ada)
    renewed = ada.by(renew_token(directory, "ada"))
    assert is_let_in(renewed)
    assert not is_let_in(ada)
    (directory / FILE).chmod(0o644)
    assert not is_let_in(renewed)
    (directory / FILE).chmod(0o600)
    assert is_let_in(renewed)
    (directory / FILE).unlink()
    assert not is_let_in(renewed)
    assert reads == 5


_DAMAGED: dict[str, Any] = {
    "empty": "",
    "cut": '{"version": 1, "users": [{"name": "ada", "tok',
    "no list": '{"version": 1, "users": {}}',
    "another version": {"version": 2},
    "another key": {"admins": []},
    "deep": "[" * 100_000,
    "not text": b"\xff\xfe",
    "large": '{"version": 1, "users": []}' + " " * 2**20,
    "a number": "9" * 5000,
    "no hours": {"hours": None},
    "unknown project": {"hours": {"bsp_titan_01": 1}},
    "negative hours": {"hours": {"bsp_nsg_01": -1}},
    "nan hours": {"hours": {"bsp_nsg_01": float("nan")}},
    "endless hours": {"hours": {"bsp_nsg_01": float("inf")}},
    "hours of truth": {"hours": {"bsp_nsg_01": True}},
    "hours in words": {"hours": {"bsp_nsg_01": "1"}},
    "the owner's name": {"name": "local"},
    "the owner's name in capitals": {"name": "LOCAL"},
    "no name": {"name": ""},
    "name with a line break": {"name": "ada\n"},
    "name of a folder": {"name": "../ada"},
    "name that steers a terminal": {"name": "ada\x1b[2J"},
    "name of another script": {"name": "аda"},
    "long name": {"name": "a" * 65},
    "a number as name": {"name": 7},
    "no hash": {"token_sha256": ""},
    "hash in capitals": {"token_sha256": "A" * 64},
    "a token in place of its hash": {"token_sha256": "t" * 43},
    "twice": "twice",
}


def _damaged(app: App, how: Any) -> bytes:
    """The file as it is, with one thing wrong."""
    content = json.loads((app.store.directory / FILE).read_text())
    if how == "twice":
        content["users"].append(content["users"][0] | {"name": "eve"})
    elif isinstance(how, dict):
        in_row = set(how) & {"name", "token_sha256", "hours"}
        (content["users"][0] if in_row else content).update(how)
    else:
        return how if isinstance(how, bytes) else str(how).encode()
    return json.dumps(content).encode()


@pytest.mark.parametrize("how", _DAMAGED)
def test_a_damaged_file_lets_only_the_owner_in_and_is_told_once(
    app: App, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    ada, bob = app.let_in("ada"), app.let_in("bob")
    path = app.store.directory / FILE
    whole = path.read_bytes()
    assert ada.ask("GET", "/jobs/").status_code == 200
    path.write_bytes(_damaged(app, _DAMAGED[how]))
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            for who in (ada, bob, app.by(""), app.by("eve")):
                assert who.ask("GET", "/jobs/").status_code == 401
            assert app.ask("GET", "/jobs/").status_code == 200
    (told,) = [one.getMessage() for one in caplog.records if one.name.startswith("bspsa")]
    assert str(path) in told
    assert "only the directory's own token" in told
    assert told.isprintable()
    assert not [who for who in (ada, bob) if who.token in told or digest_of(who.token) in told]
    with pytest.raises(LocalServiceError, match="cannot be used"):
        user_reports(app.store.directory)
    with pytest.raises(LocalServiceError, match="cannot be used"):
        add_user(app.store.directory, "eve", {})
    path.write_bytes(whole)
    assert ada.ask("GET", "/jobs/").status_code == 200


def _as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir(0o700)


def _as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.chmod(0o644),
        lambda path: path.chmod(0o660),
        lambda path: path.chmod(0o602),
        lambda path: path.chmod(0o640),
        _as_pipe,
        _as_folder,
        _as_loop,
    ],
    ids=["0644", "0660", "0602", "0640", "pipe", "folder", "loop"],
)
def test_a_file_that_is_not_the_owners_alone_is_not_believed(
    app: App, change: Callable[[Path], None]
) -> None:
    ada = app.let_in("ada")
    assert ada.ask("GET", "/jobs/").status_code == 200
    change(app.store.directory / FILE)
    assert ada.ask("GET", "/jobs/").status_code == 401
    assert app.ask("GET", "/jobs/").status_code == 200
    words = "cannot be used: (other accounts can open it|it is not a file|Too many levels)"
    with pytest.raises(LocalServiceError, match=words):
        read_users(app.store.directory)


def test_a_file_of_another_account_is_not_believed(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = app.let_in("ada")
    here = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: here + 1)
    assert ada.ask("GET", "/jobs/").status_code == 401
    assert app.ask("GET", "/jobs/").status_code == 200


def test_a_file_that_is_taken_away_leaves_the_owner(app: App) -> None:
    ada = app.let_in("ada")
    (app.store.directory / FILE).unlink()
    assert ada.ask("GET", "/jobs/").status_code == 401
    assert app.ask("GET", "/jobs/").status_code == 200
    assert _now(app) == []
