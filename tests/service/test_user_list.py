"""Changing the file of users: what is allowed, what is kept, and two who change it at once."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from bspsa_widgets.errors import InvalidInput, LocalServiceError
from bspsa_widgets.service.catalogue import QUOTA_SECONDS, find_project
from bspsa_widgets.service.executors import Phase, Progress
from bspsa_widgets.service.grants import in_hours, typed_grants, typed_projects
from bspsa_widgets.service.settings import Settings
from bspsa_widgets.service.store import NewJob, Store
from bspsa_widgets.service.user import digest_of
from bspsa_widgets.service.user_list import (
    UserReport,
    add_user,
    remove_user,
    renew_token,
    set_grants,
    user_reports,
)
from bspsa_widgets.service.users_file import FILE, read_users

NSG, DAINT = find_project("nsg", None), find_project("pizdaint", None)
assert NSG is not None
assert DAINT is not None


def test_a_new_user_has_a_token_of_256_bits_of_which_only_the_hash_is_kept(tmp_path: Path) -> None:
    ada, bob = add_user(tmp_path, "ada", {NSG: 3600}), add_user(tmp_path, "bob", {})
    assert len({ada.token, bob.token}) == 2
    assert min(len(ada.token), len(bob.token)) >= 43
    content = json.loads((tmp_path / FILE).read_text())
    assert content["users"][0] == {
        "name": "ada",
        "token_sha256": digest_of(ada.token),
        "hours": {"bsp_nsg_01": 1.0},
    }
    assert read_users(tmp_path) == (ada.user, bob.user)
    assert ada.token not in (tmp_path / FILE).read_text()
    assert digest_of(ada.token) not in repr(ada.user)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_without_hours_a_user_gets_the_real_services_usual_quota_of_all(tmp_path: Path) -> None:
    assert add_user(tmp_path, "ada", {}).user.grants == {NSG: QUOTA_SECONDS, DAINT: QUOTA_SECONDS}


def test_hours_survive_the_file_to_the_second(tmp_path: Path) -> None:
    for seconds in (0, 1, 59, 3601, 12_345_678):
        add_user(tmp_path, f"u{seconds}", {NSG: seconds})
        assert read_users(tmp_path)[-1].grants == {NSG: seconds}


@pytest.mark.parametrize(
    "name",
    ["", " ", "local", "Local", "../ada", "..", ".ada", "-x", "a/b", "a\\b", "a b", "a\nb", "a\0",
     "\x1b[2Jada", "ada\u202e", "adä", "a" * 65, "--json"],
)  # fmt: skip
def test_a_name_that_could_do_harm_or_confuse_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_user(tmp_path, name, {})
    assert caught.value.field == "name"
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("name", ["a", "7", "ada.lovelace@example.org", "A-b_c", "a" * 64])
def test_usual_names_are_taken(tmp_path: Path, name: str) -> None:
    add_user(tmp_path, name, {})
    assert [user.name for user in read_users(tmp_path)] == [name]


def test_a_name_is_given_once_in_whatever_case(tmp_path: Path) -> None:
    ada = add_user(tmp_path, "ada", {})
    for name in ("ada", "ADA"):
        with pytest.raises(InvalidInput, match="already"):
            add_user(tmp_path, name, {})
    assert read_users(tmp_path) == (ada.user,)


def test_set_changes_what_is_named_and_nothing_else(tmp_path: Path) -> None:
    ada, bob = add_user(tmp_path, "ada", {NSG: 3600}), add_user(tmp_path, "bob", {NSG: 3600})
    assert set_grants(tmp_path, "ada", {DAINT: 7200}).grants == {NSG: 3600, DAINT: 7200}
    assert set_grants(tmp_path, "ada", {}, [NSG]).grants == {DAINT: 7200}
    assert set_grants(tmp_path, "ada", {NSG: 1}, [DAINT]).grants == {NSG: 1}
    first, second = read_users(tmp_path)
    assert (first.name, first.digest) == ("ada", ada.user.digest)
    assert second == bob.user
    for grants, without in (({}, []), ({NSG: 1}, [NSG])):
        with pytest.raises(InvalidInput) as caught:
            set_grants(tmp_path, "ada", grants, without)
        assert caught.value.field == "hours"


def test_who_is_not_there_is_not_changed_and_the_owner_neither(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There are none"):
        remove_user(tmp_path, "ada")
    add_user(tmp_path, "ada", {})
    before = (tmp_path / FILE).read_bytes()
    for name, words in (
        ("bob", "There are: ada"),
        ("local", "yourself"),
        ("ADA", "There are: ada"),
    ):
        for change in (
            lambda name: remove_user(tmp_path, name),
            lambda name: renew_token(tmp_path, name),
            lambda name: set_grants(tmp_path, name, {NSG: 1}),
        ):
            with pytest.raises(InvalidInput, match=words):
                change(name)
    assert (tmp_path / FILE).read_bytes() == before


def test_who_is_removed_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    for name in ("ada", "bob", "eve"):
        add_user(tmp_path, name, {})
    remove_user(tmp_path, "bob")
    assert [user.name for user in read_users(tmp_path)] == ["ada", "eve"]


def test_changes_at_once_lose_nobody(tmp_path: Path) -> None:
    def add(part: int) -> None:
        for number in range(10):
            add_user(tmp_path, f"{part}-{number}", {})

    threads = [threading.Thread(target=add, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_users(tmp_path)) == 40


def test_a_change_that_cannot_be_written_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user(tmp_path, "ada", {})
    before = (tmp_path / FILE).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalServiceError, match="No space left"):
        add_user(tmp_path, "bob", {})
    assert (tmp_path / FILE).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE, "users.lock"]


def test_the_report_tells_hours_used_and_left_also_beside_a_running_service(
    tmp_path: Path,
) -> None:
    add_user(tmp_path, "ada", {NSG: 3600, DAINT: 7200})
    add_user(tmp_path, "bob", {})
    set_grants(tmp_path, "bob", {}, [NSG, DAINT])
    own = [
        UserReport("local", one, 5000.0, 0.0, 5000.0) for one in ("bsp_nsg_01", "bsp_pizdaint_01")
    ]
    nobody = UserReport("bob", "", 0.0, 0.0, 0.0)
    assert user_reports(tmp_path) == [
        *own,
        UserReport("ada", "bsp_nsg_01", 1.0, 0.0, 1.0),
        UserReport("ada", "bsp_pizdaint_01", 2.0, 0.0, 2.0),
        nobody,
    ]
    store = Store(tmp_path)
    try:
        for job_id, owner, hours in (("A", "ada", 0.5), ("B", "gone", 1.0)):
            job = NewJob(job_id, owner, NSG, Settings(hours), "a.zip", 1, "0" * 64)
            store.add(job, 3600)
        set_grants(tmp_path, "ada", {NSG: 900})
        assert UserReport("ada", "bsp_nsg_01", 0.25, 0.5, 0.0) in user_reports(tmp_path)
        known, new = add_user(tmp_path, "gone", {}), add_user(tmp_path, "new", {})
        assert (known.was_here, known.jobs, new.was_here, new.jobs) == (True, 1, False, 0)
        remove_user(tmp_path, "gone")
        store.record("B", Progress(Phase.SUCCEEDED, 1))
        store.forget("B")
        known = add_user(tmp_path, "gone", {})
        assert (known.was_here, known.jobs) == (True, 0)
    finally:
        store.close()
    assert UserReport("ada", "bsp_nsg_01", 0.25, 0.5, 0.0) in user_reports(tmp_path)


def test_a_database_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "service.db").write_bytes(b"no database at all, and longer than a header " * 10)
    with pytest.raises(LocalServiceError, match=r"service\.db cannot be read"):
        user_reports(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "bsp_nsg_01", "bsp_nsg_01=", "bsp_nsg_01=x", "bsp_nsg_01=-1", "bsp_nsg_01=nan",
     "bsp_nsg_01=inf", "bsp_nsg_01=1e3", "bsp_nsg_01=2,5", "bsp_nsg_01=1_0", "bsp_nsg_01= 1",
     "bsp_nsg_01=1000001", "bsp_nsg_01=1=2", "bsp_nsg_01=１", "titan=1", "=1", "BSP_NSG_01=1",
     "bsp_nsg_01=" + "9" * 5000, "bsp_nsg_01=\x1b[2J"],
)  # fmt: skip
def test_hours_that_are_none_are_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        typed_grants([text])
    assert caught.value.field == "hours"
    assert "bsp_nsg_01=20.5" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_hours_are_read_to_the_second() -> None:
    assert typed_grants(["bsp_nsg_01=20.5", "bsp_pizdaint_01=0"]) == {NSG: 73_800, DAINT: 0}
    assert typed_grants(["bsp_nsg_01=.25"]) == {NSG: 900}
    assert typed_grants(["bsp_nsg_01=1000000"]) == {NSG: 3_600_000_000}
    with pytest.raises(InvalidInput, match="named twice"):
        typed_grants(["bsp_nsg_01=1", "bsp_nsg_01=2"])


def test_projects_to_be_taken_away_must_be_there() -> None:
    assert typed_projects(["bsp_nsg_01"]) == {NSG}
    with pytest.raises(InvalidInput, match="'titan' is not a project; there are bsp_nsg_01"):
        typed_projects(["titan"])


def test_hours_are_shown_rounded_down() -> None:
    assert [in_hours(seconds) for seconds in (0, 35, 36, 3599, 3600)] == [0, 0, 0.01, 0.99, 1]
