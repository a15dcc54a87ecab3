"""Fetching is resumed by file, replaces nothing without a word, and leaves nothing half."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import aclosing
from pathlib import Path

import pytest
from filelock import FileLock

from bspsa_widgets.client.bspsa.download_lock import DownloadLock
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import NotFound, ServiceFailure
from bspsa_widgets.results import index
from bspsa_widgets.results.api import (
    FileDownloaded,
    FileDownloading,
    FileLeft,
    FileUpToDate,
    FolderSkipped,
    Step,
    fetching,
)
from tests.faulty_server import FaultyServer, Received, Reply, run
from tests.results.results_server import NSG, REF, Results, noted, plain_files


def kinds(steps: list[Step]) -> dict[str, type]:
    return {step.name: type(step) for step in steps}


def test_what_came_is_remembered_with_its_hash(tmp_path: Path) -> None:
    (came,) = Results({"stdout": "hello"}).fetch(tmp_path)
    assert came == FileDownloaded("stdout", tmp_path / "stdout", 5, is_verified=True)
    entry = noted(tmp_path)["stdout"]
    assert entry["job"] == REF.job_id
    assert (entry["key"], entry["name"], entry["size"]) == ("stdout", "stdout", 5)
    assert entry["sha256"].startswith("2cf24dba5fb0a30e")


def test_the_last_files_are_remembered_also_where_writing_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "SHARE", 1e9)
    Results({"a": "1", "b": "2", "c": "3"}).fetch(tmp_path)
    assert set(noted(tmp_path)) == {"a", "b", "c"}


def test_what_is_here_whole_is_not_fetched_again(tmp_path: Path) -> None:
    service = Results({"a": "1", "b": "2"})
    service.fetch(tmp_path, "a")
    assert kinds(service.fetch(tmp_path)) == {"a": FileUpToDate, "b": FileDownloaded}
    assert service.fetched == ["a", "b"]
    assert kinds(service.fetch(tmp_path, replace="all")) == {"a": FileUpToDate, "b": FileUpToDate}


def test_a_copy_with_another_date_is_read_and_kept(tmp_path: Path) -> None:
    service = Results({"a": "1"})
    service.fetch(tmp_path)
    os.utime(tmp_path / "a", (1, 1))
    assert kinds(service.fetch(tmp_path)) == {"a": FileUpToDate}


def test_what_the_user_changed_is_left_until_it_may_be_replaced(tmp_path: Path) -> None:
    service = Results({"a": "1", "b": "2"})
    service.fetch(tmp_path)
    for name in "ab":
        (tmp_path / name).write_text("!")  # of the same length
    left = service.fetch(tmp_path)
    assert [(type(step), step.may_replace) for step in left if isinstance(step, FileLeft)] == [
        (FileLeft, True),
        (FileLeft, True),
    ]
    assert kinds(service.fetch(tmp_path, replace=["b"])) == {"a": FileLeft, "b": FileDownloaded}
    assert plain_files(tmp_path) == {"a": "!", "b": "2"}
    assert kinds(service.fetch(tmp_path, replace="all")) == {"a": FileDownloaded, "b": FileUpToDate}


def test_what_stands_there_of_anothers_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / "b").mkdir()
    (tmp_path / "c").symlink_to(tmp_path / "a")
    steps = Results({"a": "1", "b": "1", "c": "1"}).fetch(tmp_path, replace=["b", "c"])
    assert [(s.name, s.may_replace) for s in steps if isinstance(s, FileLeft)] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert (tmp_path / "a").read_text() == "mine"


def test_another_jobs_file_of_that_name_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    Results({"stdout": "of NSG"}, ref=NSG).fetch(tmp_path)
    assert kinds(Results({"stdout": "of PD"}).fetch(tmp_path)) == {"stdout": FileLeft}
    assert (tmp_path / "stdout").read_text() == "of NSG"


def test_what_came_while_the_job_went_on_is_fetched_anew(tmp_path: Path) -> None:
    service = Results({"stdout": "half"}, over=False)
    service.fetch(tmp_path)
    service.files["stdout"], service.over = "whole", True
    assert kinds(service.fetch(tmp_path)) == {"stdout": FileDownloaded}
    assert (tmp_path / "stdout").read_text() == "whole"


def test_old_output_that_was_changed_here_is_not_lost_for_new(tmp_path: Path) -> None:
    service = Results({"stdout": "half"}, over=False)
    service.fetch(tmp_path)
    modified = (tmp_path / "stdout").stat().st_mtime_ns
    (tmp_path / "stdout").write_text("mine")
    os.utime(tmp_path / "stdout", ns=(modified, modified))  # same length and date
    service.over = True
    assert kinds(service.fetch(tmp_path)) == {"stdout": FileLeft}
    assert (tmp_path / "stdout").read_text() == "mine"


def test_a_file_that_nsg_lists_with_another_length_is_fetched_anew(tmp_path: Path) -> None:
    def listed(length: int) -> list[dict[str, str]]:
        return [{"fileid": "7", "filename": "out.txt", "length": str(length)}]

    service = Results({"7": "1"}, listed=listed(1), ref=NSG)
    service.fetch(tmp_path)
    service.files["7"], service.listed = "22", listed(2)
    assert kinds(service.fetch(tmp_path)) == {"out.txt": FileDownloaded}
    assert plain_files(tmp_path) == {"out.txt": "22"}


def test_another_file_of_the_same_name_and_length_is_fetched_anew(tmp_path: Path) -> None:
    def listed(key: str) -> list[dict[str, str]]:
        return [{"fileid": key, "filename": "out.txt", "length": "1"}]

    service = Results({"7": "1", "8": "2"}, listed=listed("7"), ref=NSG)
    service.fetch(tmp_path)
    service.listed = listed("8")
    assert kinds(service.fetch(tmp_path)) == {"out.txt": FileDownloaded}
    assert plain_files(tmp_path) == {"out.txt": "2"}


def test_after_an_nsg_job_its_files_are_asked_by_id_also_those_chosen_before(
    tmp_path: Path,
) -> None:
    service = Results(
        {"42": "done"},
        listed=[{"fileid": "42", "filename": "STDOUT", "length": "4"}],
        ref=NSG,
    )
    assert kinds(service.fetch(tmp_path, "STDOUT")) == {"STDOUT": FileDownloaded}
    assert service.fetched == ["42"]


def test_a_file_whose_length_nobody_said_is_unverified_and_does_not_stay_for_good(
    tmp_path: Path,
) -> None:
    endless = Reply(200, "part", "application/octet-stream", length=-1, end="close")
    service = Results({"a": endless})
    (came,) = service.fetch(tmp_path)
    assert isinstance(came, FileDownloaded)
    assert not came.is_verified
    service.files["a"] = "part and rest"
    assert kinds(service.fetch(tmp_path)) == {"a": FileDownloaded}
    assert (tmp_path / "a").read_text() == "part and rest"


def test_a_short_file_is_told_and_the_others_come(tmp_path: Path) -> None:
    short = Reply(200, "half", "application/octet-stream", length=100, end="close")
    steps = Results({"a": short, "b": "2"}).fetch(tmp_path)
    assert kinds(steps) == {"a": FileLeft, "b": FileDownloaded}
    assert plain_files(tmp_path) == {"b": "2"}


def test_a_listed_name_that_is_none_may_have_been_cut(tmp_path: Path) -> None:
    service = Results({"my file.txt": "here"}, listed=["/my", "/my"])
    (left,) = service.fetch(tmp_path)
    assert isinstance(left, FileLeft)
    assert "type the whole name" in left.reason
    assert not left.may_replace
    assert kinds(service.fetch(tmp_path, "my file.txt")) == {"my file.txt": FileDownloaded}


def test_a_typed_name_in_a_folder_is_tried_with_its_slash_encoded_twice(tmp_path: Path) -> None:
    service = Results({"plots%2Fa.png": "x"}, listed=["/plots"])
    (came,) = service.fetch(tmp_path, "./plots/a.png")
    assert isinstance(came, FileDownloaded)
    assert came.path == tmp_path / "plots_a.png"


@pytest.mark.parametrize("name", ["..", "/", "a/../b", "../a", "", "a//b", " "])
def test_what_is_no_name_is_not_asked_for(name: str, tmp_path: Path) -> None:
    service = Results({}, listed=[])
    (left,) = service.fetch(tmp_path, name)
    assert isinstance(left, FileLeft)
    assert service.fetched == []


def test_a_folder_is_skipped(tmp_path: Path) -> None:
    steps = Results({"plots": Reply.json("", 406), "a": "1"}).fetch(tmp_path)
    assert kinds(steps) == {"plots": FolderSkipped, "a": FileDownloaded}


def test_a_service_that_fails_again_and_again_is_left_alone(tmp_path: Path) -> None:
    broken = Reply.json("no", 400)
    service = Results({name: broken for name in "abcdefgh"})
    with pytest.raises(ServiceFailure):
        service.fetch(tmp_path)
    assert len(service.fetched) == 3


def test_two_names_that_are_one_here_come_both_and_stay_apart(tmp_path: Path) -> None:
    service = Results({"Rates.csv": "1", "rates.csv": "2"})
    service.fetch(tmp_path, "rates.csv")
    (alone,) = plain_files(tmp_path)
    service.fetch(tmp_path)
    files = plain_files(tmp_path)
    assert len({name.lower() for name in files}) == 2
    assert files[alone] == "2"
    assert kinds(service.fetch(tmp_path)) == {"Rates.csv": FileUpToDate, "rates.csv": FileUpToDate}


def test_a_file_is_called_the_same_whichever_are_fetched(tmp_path: Path) -> None:
    service = Results({"Rates.csv": "1", "rates.csv": "2"})
    service.fetch(tmp_path / "all")
    service.fetch(tmp_path / "one", "rates.csv")
    assert plain_files(tmp_path / "one").items() < plain_files(tmp_path / "all").items()


def test_progress_counts_files_and_bytes(tmp_path: Path) -> None:
    listed = [{"fileid": "1", "filename": "a", "length": "3"}]
    first, *_ = Results({"1": "abc"}, listed=listed, ref=NSG).steps(tmp_path)
    assert first == FileDownloading("a", 0, 3, 1, 1)


def test_many_small_files_are_told_at_most_ten_times_a_second(tmp_path: Path) -> None:
    service = Results({f"out-{number}": "1" for number in range(100)})
    start = time.monotonic()
    steps = service.steps(tmp_path)
    seconds = time.monotonic() - start
    told = [step for step in steps if isinstance(step, FileDownloading)]
    assert len(steps) - len(told) == 100
    assert 1 <= len(told) <= 10 * seconds + 1
    assert told == sorted(told, key=lambda step: (step.number, step.done))


def test_who_waits_for_another_process_is_told_so(tmp_path: Path) -> None:
    elsewhere = Endpoint.parse("https://bspsa.example")
    steps: list[Step] = []

    async def work(client: ServiceAccountClient) -> None:
        client._files._download_lock = turn = DownloadLock(elsewhere, tmp_path / "locks")
        async with turn.acquire():
            pass
        (place,) = (tmp_path / "locks").glob("*.lock")
        other = FileLock(place)
        other.acquire()
        async with aclosing(fetching(client, REF, ["a"], tmp_path / "results")) as found:
            async for step in found:
                steps.append(step)
                if isinstance(step, FileDownloading) and step.waits:
                    other.release()

    Results({"a": "1"}).ask(work)
    waits = [step.waits for step in steps if isinstance(step, FileDownloading)]
    assert waits[:2] == [False, True]
    assert isinstance(steps[-1], FileDownloaded)


async def stalled(request: Received, service: Results, asked: asyncio.Event) -> Reply:
    reply = service(request)
    if request.target.endswith("/big/"):
        asked.set()
        return Reply(200, "half", "application/octet-stream", length=100, end="stall")
    return reply


@pytest.mark.parametrize("way", ["closed", "cancelled"])
def test_a_stop_leaves_what_came_whole_and_nothing_half(way: str, tmp_path: Path) -> None:
    service = Results({"a": "1", "big": "", "z": "3"})
    place = tmp_path / "here"
    left: list[str] = []

    async def main() -> None:
        asked = asyncio.Event()
        async with (
            FaultyServer(lambda request: stalled(request, service, asked)) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            if way == "closed":
                async with aclosing(fetching(client, REF, (), place)) as steps:
                    async for step in steps:
                        if step.name == "big" and isinstance(step, FileDownloading) and step.done:
                            break
            else:
                task = asyncio.create_task(drained(client, place))
                await asked.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            left.extend(os.listdir(place))  # at that moment, not once the client is closed

    run(main())
    assert plain_files(place) == {"a": "1"}
    assert sorted(left) == [".bspsa-results.json", "a"]
    assert set(noted(place)) == {"a"}


async def drained(client: ServiceAccountClient, place: Path) -> None:
    async for _ in fetching(client, REF, (), place):
        pass


def test_a_job_that_is_gone_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    service = Results({"a": "1"})
    service.job = {}

    async def gone(request: Received) -> Reply:
        return Reply.json("Job not found!", 404)

    async def main() -> None:
        async with (
            FaultyServer(gone) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            await drained(client, tmp_path / "x")

    with pytest.raises(NotFound):
        run(main())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1, "files": {"a": 1}}', "\x00" * 9])
def test_a_damaged_note_costs_the_resuming_and_nothing_else(damage: str, tmp_path: Path) -> None:
    service = Results({"a": "1"})
    (tmp_path / ".bspsa-results.json").write_text(damage)
    assert kinds(service.fetch(tmp_path)) == {"a": FileDownloaded}
    assert kinds(service.fetch(tmp_path)) == {"a": FileUpToDate}


def test_a_note_of_a_newer_release_is_left_as_it_is(tmp_path: Path) -> None:
    newer = json.dumps({"format": 2, "files": {}})
    (tmp_path / ".bspsa-results.json").write_text(newer)
    Results({"a": "1"}).fetch(tmp_path)
    assert (tmp_path / ".bspsa-results.json").read_text() == newer
