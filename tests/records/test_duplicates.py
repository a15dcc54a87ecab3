"""The very same is not sent twice without a word."""

from __future__ import annotations

import errno
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.marker import new_marker
from bspsa_widgets.errors import AlreadySubmitted, RecordError
from bspsa_widgets.records import folder_lock
from bspsa_widgets.records.duplicates import Repeat, admit
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import STATES, State
from bspsa_widgets.records.store import Records
from tests.records.kept import a_job, a_record


def again(earlier: Record, **changes: Any) -> Record:
    return a_record(url=earlier.endpoint, **changes)


@pytest.mark.parametrize("repeat", ["ask", "tell", "allow"])
def test_the_first_of_its_kind_is_admitted(repeat: Repeat, records: Records) -> None:
    record = a_record()
    assert admit(records, record, repeat) is None
    assert records.read(record.marker) == record


@pytest.fixture(params=["here", "elsewhere"])
def place(request: pytest.FixtureRequest, records: Records, tmp_path: Path) -> Records:
    """Where the earlier records are: in the same folder as the new one's, or in another."""
    return records if request.param == "here" else Records(tmp_path / "elsewhere")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("repeat", ["ask", "tell", "allow"])
def test_an_earlier_one_is_asked_about_told_or_let_pass(
    repeat: Repeat, state: State, place: Records, records: Records
) -> None:
    earlier = a_record(state)
    place.save(earlier)
    record = again(earlier)
    has_job = state in ("sending", "accepted", "unconfirmed", "over", "closed")
    is_open = state in ("sending", "unconfirmed")
    if has_job and (repeat == "ask" or (repeat == "tell" and is_open)):
        with pytest.raises(AlreadySubmitted) as caught:
            admit(records, record, repeat)
        assert caught.value.record == earlier.marker
        assert caught.value.is_open is is_open
        assert caught.value.folder == ("" if place is records else str(place.folder))
        assert place.load().records == [earlier]
        assert records.read(record.marker) is None
        return
    told = admit(records, record, repeat)
    assert told == (earlier if has_job and repeat == "tell" else None)
    assert records.read(record.marker) == record


def test_what_is_under_way_is_told_and_what_was_to_be_taken_back_is_asked(
    place: Records, records: Records
) -> None:
    earlier = a_record("sending")
    place.save(earlier)
    claim = place.claim(earlier.marker)
    assert claim is not None
    assert admit(records, again(earlier), "tell") == earlier
    place.save(earlier.moved("sending", problem="too late"))
    with pytest.raises(AlreadySubmitted) as caught:
        admit(records, again(earlier), "tell")
    assert caught.value.is_open
    claim.release()


def test_one_that_is_being_prepared_counts_and_one_that_was_left_does_not(
    place: Records, records: Records
) -> None:
    earlier = a_record("prepared")
    place.save(earlier)
    claim = place.claim(earlier.marker)
    assert claim is not None
    with pytest.raises(AlreadySubmitted):
        admit(records, again(earlier), "ask")
    claim.release()
    assert admit(records, again(earlier), "ask") is None


@pytest.mark.parametrize("state", STATES)
def test_one_whose_folder_is_gone_is_known_by_the_index(
    state: State, records: Records, tmp_path: Path
) -> None:
    place = Records(tmp_path / "gone")
    earlier = a_record("sending")
    if state != "sending":
        earlier = a_record(state, marker=earlier.marker)
    place.save(earlier.model_copy(update={"job": a_job(earlier)}))
    shutil.rmtree(place.folder)
    record = again(earlier)
    if state in ("prepared", "refused", "not_sent"):
        assert admit(records, record, "ask") is None
        return
    with pytest.raises(AlreadySubmitted) as caught:
        admit(records, record, "ask")
    assert (caught.value.record, caught.value.folder) == ("", "")
    assert a_job(earlier)["job_id"] in str(caught.value)
    assert "Its record is gone." in str(caught.value)
    assert not place.folder.exists()
    if state in ("sending", "unconfirmed"):
        with pytest.raises(AlreadySubmitted):
            admit(records, record, "tell")
    else:
        assert admit(records, record, "tell") is not None


def test_of_several_the_open_one_is_told(records: Records) -> None:
    for state in ("accepted", "unconfirmed", "accepted"):
        records.save(a_record(state))
    with pytest.raises(AlreadySubmitted) as caught:
        admit(records, a_record(), "tell")
    assert records.find(caught.value.record).state == "unconfirmed"


def test_the_archives_name_in_the_command_makes_no_difference(records: Records) -> None:
    def asked() -> Record:
        marker = new_marker()
        payload = {"command": f"unzip ca1-fit-{marker}.zip", "title": f"A [{marker}]"}
        return a_record(marker=marker, payload=payload)

    admit(records, asked(), "ask")
    [first] = records.load().records
    records.save(first.moved("sending").moved("accepted"))
    with pytest.raises(AlreadySubmitted):
        admit(records, asked(), "ask")
    assert admit(records, a_record(payload={"command": "ls"}), "ask") is None


def test_of_two_at_once_the_second_sees_the_first(records: Records) -> None:
    made = [a_record() for _ in range(8)]
    claims = [records.claim(record.marker) for record in made]
    ends: list[object] = []
    start = threading.Barrier(len(made))

    def submit(record: Record) -> None:
        start.wait()
        try:
            ends.append(admit(records, record, "ask"))
        except AlreadySubmitted as error:
            ends.append(error)

    threads = [threading.Thread(target=submit, args=[record]) for record in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count(None) == 1
    assert sum(isinstance(end, AlreadySubmitted) for end in ends) == 7
    assert len(records.load().records) == 1
    for claim in claims:
        assert claim is not None
        claim.release()


@pytest.mark.parametrize("repeat", ["ask", "tell", "allow"])
@pytest.mark.parametrize("whose", ["the folder's", "the user's"])
def test_nobody_passes_without_the_lock(
    whose: str, repeat: Repeat, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "MOST_WAIT", 0.0)
    taken, record = (
        records.alone() if whose == "the folder's" else records.index.alone(),
        a_record(),
    )
    with taken, pytest.raises(RecordError, match="Nothing was sent"):
        admit(records, record, repeat)
    assert records.read(record.marker) is None
    assert admit(records, record, repeat) is None


def test_without_a_home_the_folders_own_records_are_the_guard(
    tmp_path: Path, records: Records
) -> None:
    (tmp_path / "in-the-way").write_text("")
    records = Records(records.folder, SubmissionIndex(tmp_path / "in-the-way"))
    assert records.index.problem() != ""
    first = a_record("accepted")
    assert admit(records, first, "ask") is None
    with pytest.raises(AlreadySubmitted):
        admit(records, again(first), "ask")


@pytest.mark.skipif(sys.platform == "win32", reason="there are other locks")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_where_there_are_no_locks_one_that_is_being_prepared_is_asked_about(
    number: int, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(number, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    first = a_record()
    assert admit(records, first, "ask") is None
    with pytest.raises(AlreadySubmitted):
        admit(records, again(first), "ask")
    records.save(first.moved("sending"))
    with pytest.raises(AlreadySubmitted) as caught:
        admit(records, again(first), "tell")
    assert caught.value.is_open


def test_where_nothing_can_be_known_nothing_is_admitted(records: Records) -> None:
    records.folder.write_text("no folder")
    for repeat in ("ask", "tell", "allow"):
        with pytest.raises(RecordError):
            admit(records, a_record(), repeat)


def test_one_that_comes_to_its_end_while_it_is_looked_at_is_not_left_open(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = a_record("sending")
    records.save(earlier)
    claim = records.claim

    def ended_meanwhile(marker: str) -> Any:
        records.save(earlier.moved("accepted"))
        return claim(marker)

    monkeypatch.setattr(records, "claim", ended_meanwhile)
    assert admit(records, again(earlier), "tell") is not None
