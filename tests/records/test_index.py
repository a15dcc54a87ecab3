"""What this user has submitted is known in all folders, and the index stays small and harmless."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bspsa_widgets.records import index as module
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import STATES, State
from bspsa_widgets.records.store import Records
from tests.records.kept import a_job, a_record

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
SECRET = "export KEY=hunter2"


@pytest.fixture
def index(tmp_path: Path) -> SubmissionIndex:
    return SubmissionIndex(tmp_path / "index")


def files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "index").iterdir() if path.suffix == ".json")


@pytest.mark.parametrize("state", STATES)
def test_each_submission_that_may_have_a_job_is_found_by_the_like_of_it(
    state: State, index: SubmissionIndex, tmp_path: Path
) -> None:
    record = a_record("prepared")
    index.keep(record, tmp_path)
    later = a_record(state, marker=record.marker)
    index.keep(later, tmp_path)
    found = index.like(a_record())
    if state in ("refused", "not_sent"):
        assert found == []
        assert files(tmp_path) == []
        return
    [(excerpt, folder)] = found
    assert (excerpt.marker, excerpt.state, folder) == (record.marker, state, tmp_path)
    assert [event.state for event in excerpt.history] == [event.state for event in later.history]
    assert (excerpt.hours, excerpt.began) == (2.0, later.began)
    assert index.like(a_record(manifest="other files")) == []
    assert index.like(a_record(hpc="nsg")) == []


def test_saving_a_record_puts_it_into_the_users_index(records: Records) -> None:
    record = a_record("sending")
    records.save(record)
    accepted = record.moved("accepted", job=a_job(record))
    records.save(accepted)
    [(excerpt, folder)] = SubmissionIndex().like(a_record())
    assert folder == records.folder
    assert excerpt.state == "accepted"
    job = excerpt.seen_job()
    assert job is not None
    assert job.job_id == a_job(record)["job_id"]


@posix
def test_it_holds_no_command_and_only_the_user_may_read_it(
    index: SubmissionIndex, tmp_path: Path
) -> None:
    payload = {"command": SECRET, "runtime": "2.0", "title": SECRET}
    record = a_record("unconfirmed", payload=payload, problem=SECRET, folder=SECRET)
    index.keep(record, tmp_path)
    [place] = files(tmp_path)
    assert "hunter2" not in place.read_text() + place.name
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert index.like(a_record(payload=payload)) != []


def test_the_latest_are_kept(
    index: SubmissionIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    made = [a_record("accepted") for _ in range(6)]
    for age, record in enumerate(made):
        index.keep(record, tmp_path)
        for place in files(tmp_path):
            if record.marker in place.name:
                os.utime(place, (age, age))
    left = {entry.record.marker for entry in index.like(a_record())}
    assert left == {record.marker for record in made[3:]}
    assert {entry.record.marker for entry in index.since(5)} == {made[5].marker}


@posix
@pytest.mark.parametrize("kind", ["empty", "not text", "a list", "huge", "pipe", "folder", "gone"])
def test_what_is_no_entry_is_passed_over(kind: str, index: SubmissionIndex, tmp_path: Path) -> None:
    good, bad = a_record("accepted"), a_record("accepted")
    index.keep(good, tmp_path)
    index.keep(bad, tmp_path)
    [place] = [place for place in files(tmp_path) if bad.marker in place.name]
    place.unlink()
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "gone":
        place.symlink_to(tmp_path / "nowhere")
    else:
        data = {"empty": b"", "not text": b"\xff", "a list": b"[]", "huge": b" " * (1 << 20)}
        place.write_bytes(data[kind])
    assert [entry.record.marker for entry in index.like(a_record())] == [good.marker]
    index.keep(bad.moved("over"), tmp_path)  # no error


def test_where_it_cannot_be_written_it_says_why_and_keeps_nobody_from_sending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "index").write_text("in the way")
    index = SubmissionIndex(tmp_path / "index")
    records = Records(tmp_path / "records", index)
    assert index.problem() == "File exists"
    assert SubmissionIndex(tmp_path / "writable").problem() == ""
    with caplog.at_level(logging.WARNING), index.alone():
        records.save(a_record("accepted"))
    assert "is not in the index" in caplog.text
    assert index.like(a_record()) == index.since(0) == []
    assert len(records.load().records) == 1


ADMIT = """
import os, sys
from pathlib import Path
from bspsa_widgets.errors import AlreadySubmitted
from bspsa_widgets.records.duplicates import admit
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records

place = Path(sys.argv[1])
decided, all_decided = os.pipe(), os.pipe()


def is_admitted(record: Record) -> bool:
    records = Records(place / record.marker, SubmissionIndex(place / "index"))
    claim = records.claim(record.marker)
    try:
        return admit(records, record, "ask") is None
    except AlreadySubmitted:
        return False
    finally:
        os.write(decided[1], b".")
        os.read(all_decided[0], 1)  # until then it is tended
        claim.release()


made = []
for text in sys.argv[2:]:
    if not (child := os.fork()):
        os._exit(is_admitted(Record.from_json(text)))
    made.append(child)
for _ in made:
    os.read(decided[0], 1)
os.write(all_decided[1], b"." * len(made))
print(sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in made))
"""


@posix
def test_of_many_processes_with_folders_of_their_own_one_sends(tmp_path: Path) -> None:
    made: list[Record] = [a_record() for _ in range(4)]
    done = subprocess.run(
        [sys.executable, "-c", ADMIT, str(tmp_path), *(record.to_json() for record in made)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"
