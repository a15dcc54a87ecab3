"""Which files travel; every other one is named with its reason."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.packaging.exclusions import is_usual, looks_secret, why_not_file
from bspsa_widgets.packaging.selection import check_folder, select
from bspsa_widgets.results.index import KeptFile, KeptFiles
from tests.packaging.folders import stays, travels, write, wrong


def test_regular_files_are_selected_in_a_stable_order_with_their_sizes(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a.py", "z/c.py", "B.txt", "ünï/ö.txt", "with space/x")
    selection = select(tmp_path)
    assert [m.path for m in selection.members] == sorted(
        ["b.py", "a.py", "z/c.py", "B.txt", "ünï/ö.txt", "with space/x"]
    )
    assert selection.size == sum(len(m.path.encode()) for m in selection.members)
    assert selection.left_out == ()


@pytest.mark.parametrize(
    ("name", "left_out", "reason"),
    [
        (".git/config", ".git/", "version control"),
        ("sub/.hg/x", "sub/.hg/", "version control"),
        (".ipynb_checkpoints/a.ipynb", ".ipynb_checkpoints/", "checkpoints"),
        ("sub/__pycache__/a.pyc", "sub/__pycache__/", "cache"),
        (".venv/lib/x.py", ".venv/", "environment"),
        ("venv/lib/x.py", "venv/", "environment"),
        ("myenv/pyvenv.cfg", "myenv/", "environment"),
        ("conda/conda-meta/history", "conda/", "environment"),
        ("node_modules/x.js", "node_modules/", "environment"),
        (".ssh/config", ".ssh/", "secret"),
        (".hidden/x", ".hidden/", "hidden"),
        (".DS_Store", ".DS_Store", "hidden"),
        ("nb-aaaabbbbccccdddd.json", "nb-aaaabbbbccccdddd.json", "record"),
        (".env", ".env", "secret"),
        ("sub/.env.local", "sub/.env.local", "secret"),
        ("id_rsa", "id_rsa", "secret"),
        ("keys/server.PEM", "keys/server.PEM", "secret"),
        (".netrc", ".netrc", "secret"),
        ("credentials.json", "credentials.json", "secret"),
    ],
)
def test_unneeded_entries_are_excluded_with_a_reason(
    name: str, left_out: str, reason: str, tmp_path: Path
) -> None:
    write(tmp_path, "keep.py", name)
    assert travels(tmp_path) == ["keep.py"]
    assert reason in stays(tmp_path)[left_out]


@pytest.mark.parametrize(
    "name",
    [
        *("token", "Token", "ebrains_token", "hbp-token", "my_token.txt", "mytoken.txt"),
        *("access_token.json", "secret.txt", "secrets.txt", "client_secret.txt", "password.txt"),
        *("passwords.csv", "password_old.txt", "api_key.txt", "api_keys.txt", "apikey.json"),
        *("aws_credentials", "google-credentials.json", "kaggle.json", "putty.ppk"),
        *("server.jks", "release.keystore"),
    ],
)
def test_likely_secrets_are_excluded_everywhere(name: str, tmp_path: Path) -> None:
    assert looks_secret(name)
    write(tmp_path, "keep.py", name, f"sub/{name}")
    assert travels(tmp_path) == ["keep.py"]
    assert stays(tmp_path)[f"sub/{name}"] == "looks like a secret"


@pytest.mark.parametrize("marks", [["service.db"], ["service.json", "lock"]], ids="+".join)
def test_a_local_services_directory_is_excluded(marks: list[str], tmp_path: Path) -> None:
    write(tmp_path, "keep.py", "svc/jobs/1/stdout", *(f"svc/{mark}" for mark in marks))
    assert travels(tmp_path) == ["keep.py"]
    assert stays(tmp_path) == {"svc/": "a local service's own files"}
    assert "local service" in str(wrong(tmp_path / "svc"))


def test_only_a_private_service_json_is_excluded(tmp_path: Path) -> None:
    write(tmp_path, "a/service.json", "b/service.json")
    (tmp_path / "a" / "service.json").chmod(0o600)
    (tmp_path / "b" / "service.json").chmod(0o644)
    assert travels(tmp_path) == ["b/service.json"]
    assert "secret" in stays(tmp_path)["a/service.json"]


@pytest.mark.parametrize(
    "name",
    [
        *("tokenizer.py", "keys.py", "environment.yml", "git.py", "secretary.txt", "monkey.dat"),
        *("tokens.py", "tokens.txt", "token_count.csv", "secretion.py", "secretory_cells.csv"),
        *("password_model.ipynb", "service.py", "locked.csv", "credentialing.csv", "lock"),
    ],
)
def test_usual_names_are_not_excluded(name: str, tmp_path: Path) -> None:
    assert not looks_secret(name)
    write(tmp_path, name)
    assert travels(tmp_path) == [name]


def test_only_links_to_files_of_the_folder_are_sent(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write(root, "real.txt", "sub/other.txt", ".env")
    write(outside, "secret.txt")
    (root / "in").symlink_to("real.txt")
    (root / "out").symlink_to(outside / "secret.txt")
    (root / "sneaky").symlink_to("../root/../outside/secret.txt")
    (root / "dir").symlink_to("sub")
    (root / "outdir").symlink_to(outside)
    (root / "up").symlink_to("..")
    (root / "self").symlink_to(".")
    (root / "sub" / "back").symlink_to("..")
    (root / "loop").symlink_to("loop")
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    (root / "nowhere").symlink_to("gone")
    (root / "harmless").symlink_to(".env")
    assert travels(root) == ["in", "real.txt", "sub/other.txt"]
    reasons = stays(root)
    assert set(reasons) == {
        *(
            "self",
            "sub/back",
            "out",
            "sneaky",
            "dir",
            "outdir",
            "up",
            "loop",
            "a",
            "b",
            "nowhere",
            "harmless",
            ".env",
        )
    }
    assert "out of the folder" in reasons["sneaky"]
    assert {reasons[name] for name in ("dir", "self", "sub/back")} == {"a link to a folder"}


@pytest.mark.parametrize(
    "target",
    ["venv/lib/x.py", "svc/jobs/1/out", "env2/x", "sub/token", "node_modules/a.js", "pipe"],
)
def test_a_link_to_an_excluded_file_is_excluded(target: str, tmp_path: Path) -> None:
    write(tmp_path, "keep.py", "svc/service.db", "env2/pyvenv.cfg")
    if target == "pipe":
        os.mkfifo(tmp_path / target)
    else:
        write(tmp_path, target)
    (tmp_path / "harmless.py").symlink_to(target)
    (tmp_path / "by_a_link.py").symlink_to("harmless.py")
    assert travels(tmp_path) == ["keep.py"]
    for name in ("harmless.py", "by_a_link.py"):
        assert stays(tmp_path)[name] == "a link to a file that is excluded"


def test_a_link_to_a_link_to_a_sent_file_is_sent(tmp_path: Path) -> None:
    write(tmp_path, "sub/real.txt")
    (tmp_path / "dir").symlink_to("sub")
    (tmp_path / "a").symlink_to("dir/real.txt")
    (tmp_path / "b").symlink_to("a")
    assert travels(tmp_path) == ["a", "b", "sub/real.txt"]


def test_pipes_and_sockets_are_listed_and_never_opened(tmp_path: Path) -> None:
    write(tmp_path, "keep.py")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        here = os.getcwd()
        os.chdir(tmp_path)  # a socket's path is short
        try:
            sock.bind("sock")
        finally:
            os.chdir(here)
        assert travels(tmp_path) == ["keep.py"]
        assert set(stays(tmp_path)) == {"pipe", "sock"}


def test_a_file_removed_during_the_scan_is_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "keep.py", "passing.tmp")

    def gone(name: str) -> bool:
        (tmp_path / "passing.tmp").unlink(missing_ok=True)
        return True

    monkeypatch.setattr("bspsa_widgets.packaging.walk.is_usual", gone)
    assert "passing.tmp" not in travels(tmp_path)


@pytest.mark.parametrize(
    "folder",
    ["", "  ", "/no/such/folder", "~nobody-of-this-name/x", "a\0b", "\ud800", "x" * 5000, "/"],
    ids=lambda folder: ascii(folder)[:20],
)
def test_an_unsendable_folder_is_an_error_of_its_field(folder: str) -> None:
    wrong(folder)


@pytest.mark.parametrize("folder", [None, 5, b"bytes", ["a"], object], ids=repr)
def test_an_invalid_path_is_an_error_of_its_field(folder: Any) -> None:
    wrong(folder)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write(tmp_path, "file.py")
    assert "not a folder" in str(wrong(tmp_path / "file.py"))


@pytest.mark.parametrize("name", ["model.zip", "MODEL.ZIP", "model.tar.gz", "model.7z"])
def test_an_archive_as_the_folder_is_an_error_with_advice(name: str, tmp_path: Path) -> None:
    write(tmp_path, name)
    error = wrong(tmp_path / name)
    assert "is an archive, not a folder" in error.message
    assert "Unpack it" in str(error)


LEFTOVERS = [
    *(".DS_Store", "._run.py", "Icon\r", "desktop.ini", "Thumbs.db", "~$fit.docx", ".~lock.a.ods#"),
    ".spikes.csv.icloud",
]


@pytest.mark.parametrize("name", LEFTOVERS, ids=repr)
def test_files_of_other_programs_are_excluded(name: str, tmp_path: Path) -> None:
    write(tmp_path, "keep.py", name, f"sub/{name}", "~not_office.txt", "Icon.png")
    assert travels(tmp_path) == ["Icon.png", "keep.py", "~not_office.txt"]
    assert len(stays(tmp_path)) == 2


def mark(folder: Path, *names: str) -> None:
    """As a download leaves it."""
    kept = KeptFiles(folder)
    for name in names:
        kept.note(
            name,
            KeptFile(
                job="J",
                key=name,
                name=name,
                size=1,
                sha256="0" * 64,
                is_verified=True,
                is_final=True,
                at="2026-01-01T00:00:00Z",
                modified=1,
            ),
        )
    kept.save()


def test_a_folder_of_fetched_results_is_excluded_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "keep.py", "run7/rates.csv", "run7/output.tar.gz", "run7/output/a/b.txt")
    mark(tmp_path / "run7", "rates.csv", "output.tar.gz")
    assert travels(tmp_path) == ["keep.py"]
    assert stays(tmp_path) == {"run7/": "results of an earlier job"}
    taken = select(tmp_path, Choice(include=("run7/",)))
    assert "run7/rates.csv" in [member.path for member in taken.members]


def test_files_beside_fetched_results_are_sent(tmp_path: Path) -> None:
    write(tmp_path, "fit.py", "stdout", "output.tar.gz", "output/x", "src/fit.py", "src/rates.csv")
    mark(tmp_path, "stdout", "output.tar.gz")
    mark(tmp_path / "src", "rates.csv")
    assert travels(tmp_path) == ["fit.py", "src/fit.py"]
    results = {path for path, why in stays(tmp_path).items() if why == "results of an earlier job"}
    assert results == {"stdout", "output.tar.gz", "output/", "src/rates.csv"}
    assert "stdout" in [m.path for m in select(tmp_path, Choice(include=("stdout",))).members]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 3}', '{"files": [1]}', "\xff"])
def test_a_damaged_list_of_results_excludes_nothing(text: str, tmp_path: Path) -> None:
    write(tmp_path, "a/keep.py")
    (tmp_path / "a/.bspsa-results.json").write_bytes(text.encode("latin-1"))
    assert travels(tmp_path) == ["a/keep.py"]


def test_an_empty_folder_has_nothing_to_send(tmp_path: Path) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    assert "nothing to send" in str(wrong(tmp_path / "empty"))


def test_a_folder_with_only_excluded_entries_reports_their_number(tmp_path: Path) -> None:
    write(tmp_path, ".env", ".git/config")
    assert "2 entries are excluded" in str(wrong(tmp_path))


@pytest.mark.parametrize("name", [b"caf\xe9", b"line\nbreak", b"bell\x07"])
def test_an_invalid_folder_name_is_an_error_of_its_field(name: bytes, tmp_path: Path) -> None:
    """Its name becomes the job's title: half a character starts a job that is lost."""
    folder = tmp_path / os.fsdecode(name)
    write(folder, "a.py")
    assert "name" in str(wrong(folder))


def test_a_link_loop_as_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    wrong(tmp_path / "loop")


def test_a_link_to_a_folder_is_that_folder(tmp_path: Path) -> None:
    write(tmp_path / "real", "a.py")
    (tmp_path / "link").symlink_to("real")
    assert check_folder(tmp_path / "link") == (tmp_path / "real").resolve()
    assert travels(tmp_path / "link") == ["a.py"]


def test_a_deep_tree_is_walked(tmp_path: Path) -> None:
    name = "/".join(["d"] * 200) + "/x"
    write(tmp_path, name)
    assert travels(tmp_path) == [name]


def test_folders_without_a_member_are_known(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "full/deep/x", "venv/x", "hidden_only/.DS_Store")
    (tmp_path / "results" / "png").mkdir(parents=True)
    selection = select(tmp_path)
    assert selection.empty_folders == ("hidden_only", "results", "results/png")
    assert selection.folders == (*("full", "full/deep", "hidden_only", "results", "results/png"),)


@pytest.mark.parametrize("name", ["run.py", "data.csv", "tokenizer.py", "monkey.py", "x.swc"])
def test_most_names_need_no_further_check(name: str) -> None:
    assert is_usual(name)
    assert why_not_file(name) is None


@given(st.text(st.sampled_from("aent.vkrsdjsoickpmwTOKEN_-"), min_size=1, max_size=14))
def test_an_excluded_name_is_always_checked(name: str) -> None:
    assert why_not_file(name) is None or not is_usual(name)
