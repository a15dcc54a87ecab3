"""A job's file is looked at where it lies: here if it is whole, else at the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import NotFound
from bspsa_widgets.results.api import list_results
from bspsa_widgets.results.preview.preview import MOST_WHOLE, FilePreview, preview_of
from tests.faulty_server import Reply
from tests.results.preview.pictures import png
from tests.results.results_server import Results, plain_files


def look(service: Results, place: Path, name: str) -> FilePreview:
    async def work(client: ServiceAccountClient) -> FilePreview:
        job = await client.job(service.ref)
        listed = await list_results(client, service.ref, job, place)
        (file,) = [file for file in listed.files if file.file.name == name]
        found = await preview_of(client, service.ref, job, file, place)
        assert found == await preview_of(client, service.ref, job, file.file, place)
        return found

    return service.ask(work)


def test_what_is_here_whole_is_not_asked_for_again(tmp_path: Path) -> None:
    service = Results({"a:b.txt": "content"})
    service.fetch(tmp_path)
    assert look(service, tmp_path, "a:b.txt").text == "content"
    assert service.fetched == ["a:b.txt"]


def test_what_is_not_here_is_read_at_the_service_and_nothing_is_written(tmp_path: Path) -> None:
    service = Results({"a.csv": "t,v\n1,2\n"})
    assert look(service, tmp_path, "a.csv").rows == (("1", "2"),)
    assert list(tmp_path.iterdir()) == []


def test_what_was_changed_here_is_not_taken_for_the_jobs(tmp_path: Path) -> None:
    service = Results({"a.txt": "theirs"})
    service.fetch(tmp_path)
    (tmp_path / "a.txt").write_text("mine")
    assert look(service, tmp_path, "a.txt").text == "theirs"
    assert plain_files(tmp_path) == {"a.txt": "mine"}


def test_what_grew_since_it_came_is_read_anew(tmp_path: Path) -> None:
    service = Results({"stdout": "one"}, over=False)
    service.fetch(tmp_path)
    service.files["stdout"] = "one two"
    assert look(service, tmp_path, "stdout").text == "one two"


def test_of_a_long_file_the_beginning_is_shown(tmp_path: Path) -> None:
    long = Reply(200, "line\n" * 1_500_000, "application/octet-stream")
    found = look(Results({"a.txt": long, "a.json": long}), tmp_path, "a.txt")
    assert found.is_cut
    assert found.text.startswith("line\n")
    assert len(found.text) <= 200_000


def test_a_file_too_long_to_be_sent_for_a_look_is_told_with_its_size(tmp_path: Path) -> None:
    huge = Reply(200, "x", "application/octet-stream", length=MOST_WHOLE * 2 + 1, end="close")
    found = look(Results({"a.txt": huge}), tmp_path, "a.txt")
    assert (found.what, found.text) == ("", "")
    assert "100.0 MB" in found.note
    assert "ownload" in found.note


def test_a_picture_is_shown_without_being_fetched(tmp_path: Path) -> None:
    service = Results({"a.png": Reply(200, png(3, 2), "application/octet-stream")})
    assert look(service, tmp_path, "a.png").what == "image"


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    service = Results({}, listed=["/a.txt"])
    with pytest.raises(NotFound):
        look(service, tmp_path, "a.txt")
