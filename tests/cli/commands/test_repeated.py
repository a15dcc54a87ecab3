"""The very same is not sent twice without a word."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.commands.test_unknown import SUBMIT, at_a_terminal, until_shown
from tests.cli.server import Server
from tests.cli.terminal import Bspsa, ended
from tests.faulty_server import Account, Reply


def test_a_script_is_warned(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve()
    there = remote(server)
    first = there("submit", folder, *SUBMIT, "--json")
    second = there("submit", folder, *SUBMIT, "--json")
    assert (first.code, second.code, server.posts) == (0, 0, 2)
    assert "submitted before" not in first.err
    assert "Warning: " in second.err
    assert first.document["job"]["job_id"] in second.err


def test_other_settings_are_no_repetition(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    there = remote(serve())
    there("submit", folder, *SUBMIT)
    assert "submitted before" not in there("submit", folder, *SUBMIT, "--nodes", "2").err


def test_a_script_is_refused_where_the_end_of_the_first_is_unknown(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve(Account().on("POST", "/", Reply.html(500)))
    there = remote(server)
    submit = ("submit", folder, *SUBMIT, "--settle", "0", "--json")
    first = there(*submit).document["record"]
    second = there(*submit)
    assert (second.code, second.document["outcome"], server.posts) == (2, "not_sent", 1)
    assert second.document["record"] is None
    assert f"bspsa record {first}" in second.document["message"]
    assert "--again" in second.err
    assert (there(*submit, "--again").code, server.posts) == (4, 2)


def test_a_script_is_refused_also_where_the_first_has_its_record_elsewhere(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    tmp_path: Path,
) -> None:
    server = serve(Account().on("POST", "/", Reply.html(500)))
    there = remote(server)
    submit = ("submit", folder, *SUBMIT, "--settle", "0", "--json")
    first = there(*submit, "--records", tmp_path / "a b").document["record"]
    second = there(*submit)
    assert (second.code, second.document["outcome"], server.posts) == (2, "not_sent", 1)
    named = f"bspsa record {first} --records '{tmp_path / 'a b'}'"
    assert named in second.document["message"]


def test_a_script_is_told_where_nothing_is_known_of_other_folders(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "no-folder").write_text("")
    there = remote(serve()).with_environment(XDG_DATA_HOME=str(tmp_path / "no-folder"))
    ran = there("submit", folder, *SUBMIT)
    assert ran.code == 0
    assert "Warning: folder: Only the submissions recorded in" in ran.err


@pytest.mark.parametrize(("answer", "code", "posts"), [("n", 130, 1), ("y", 0, 2)])
def test_at_a_terminal_it_is_asked(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    answer: str,
    code: int,
    posts: int,
) -> None:
    server = serve()
    there = remote(server)
    assert there("submit", folder, *SUBMIT).code == 0
    with at_a_terminal() as (ours, theirs):
        process = there.start("submit", folder, *SUBMIT, stdin=theirs, stderr=theirs)
        os.write(ours, b"y\n")
        until_shown(ours, "Submit it again? [y/N]", process)
        os.write(ours, f"{answer}\n".encode())
        assert ended(process).code == code
    assert server.posts == posts
