"""A record goes only where a submission can go, and what is written can be read again."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.records.record import (
    FORMAT,
    MOST_JOB_CHARACTERS,
    MOST_OTHERS,
    NewerFormat,
    Record,
)
from bspsa_widgets.records.states import STATES, State
from tests.records.kept import WAYS, a_job, a_record

MARKER = "nb-aaaabbbbccccdddd"

ALLOWED: set[tuple[State, State]] = {
    ("prepared", "sending"),
    ("prepared", "not_sent"),
    ("sending", "sending"),
    ("sending", "accepted"),
    ("sending", "refused"),
    ("sending", "not_sent"),
    ("sending", "unconfirmed"),
    ("unconfirmed", "unconfirmed"),
    ("unconfirmed", "accepted"),
    ("accepted", "accepted"),
    ("accepted", "over"),
    ("over", "over"),
    ("refused", "refused"),
    ("sending", "closed"),
    ("unconfirmed", "closed"),
    ("closed", "closed"),
}


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_only_the_ways_of_a_submission_are_open(before: State, after: State) -> None:
    record = a_record(before)
    if (before, after) in ALLOWED:
        assert record.moved(after).state == after
    else:
        with pytest.raises(ValueError, match=f"{before} cannot become {after}"):
            record.moved(after)


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_the_history_grows_and_never_changes(asked: list[State]) -> None:
    record = a_record()
    for state in asked:
        before = record
        try:
            record = record.moved(state, "words")
        except ValueError:
            assert (before.state, state) not in ALLOWED
            continue
        assert record.history[: len(before.history)] == before.history
        assert record.history[-1].state == record.state
        assert len(record.history) == len(before.history) + (state != before.state)
    assert Record.from_json(record.to_json()) == record


def test_once_the_send_has_begun_nothing_makes_it_unprepared_or_forgets_a_job() -> None:
    for state in ("accepted", "over", "unconfirmed"):
        for gone in ("prepared", "sending", "not_sent", "refused"):
            with pytest.raises(ValueError, match="cannot become"):
                a_record(state).moved(gone)


@pytest.mark.parametrize("state", STATES)
def test_what_became_of_it_is_open_only_between_send_and_answer(state: State) -> None:
    assert a_record(state).is_open is (state in ("sending", "unconfirmed"))


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_written_and_read_again(state: State) -> None:
    record = a_record(state)
    assert Record.from_json(record.to_json()) == record
    assert [event.state for event in record.history] == ["prepared", *WAYS[state]]


@pytest.mark.parametrize(
    "form",
    [
        JobForm(tool=object()),
        JobForm(tool=b"\xff\xfe"),
        JobForm(tool={1, 2}),
        JobForm(tool=1 + 2j),
        JobForm(tool=10**5000),
        JobForm(tool=float("nan")),
        JobForm(tool=float("-inf")),
        JobForm(tool=[[[object()]]]),
    ],
    ids=["object", "bytes", "set", "complex", "huge", "nan", "inf", "nested"],
)
def test_a_form_value_that_no_file_can_hold_is_left_out(form: JobForm) -> None:
    record = a_record(form=form)
    read = Record.from_json(record.to_json())
    assert read == record
    assert read.form.tool is None


def test_half_characters_and_every_other_sign_come_back_as_they_were() -> None:
    folder = "/data/\udcff\ud800/日本/µ\x00\N{GRINNING FACE}"
    record = a_record(folder=folder, form=JobForm(tool="\ud800", title="é"))
    assert record.to_json().isascii()
    read = Record.from_json(record.to_json())
    assert read.folder == folder
    assert read.form == record.form


@given(st.text(), st.text(max_size=30))
def test_any_text_comes_back(folder: str, words: str) -> None:
    record = a_record(folder=folder).moved("not_sent", words, problem=words)
    assert Record.from_json(record.to_json().encode()) == record


def test_a_job_of_any_size_leaves_a_record_that_can_be_read() -> None:
    record = a_record("sending")
    job = a_job(record) | {"note": "x" * (8 << 20), "owner": "y" * (1 << 20)}
    moved = record.moved("accepted", job=job)
    assert len(moved.to_json()) < 2 * MOST_JOB_CHARACTERS
    found = moved.seen_job()
    assert found is not None
    assert (found.job_id, found.marker) == (job["job_id"], record.marker)


def test_of_very_many_further_jobs_some_are_kept() -> None:
    ids = tuple(f"JOB-{number}" for number in range(100_000))
    moved = a_record("sending").moved("accepted", other_jobs=ids)
    assert moved.other_jobs == ids[:MOST_OTHERS]


def as_written(**changes: Any) -> str:
    return json.dumps(json.loads(a_record("accepted", marker=MARKER).to_json()) | changes)


def test_a_file_without_the_later_fields_is_read() -> None:
    """What the first release wrote at the least."""
    whole = json.loads(a_record("sending").to_json())
    needed = ("marker", "endpoint", "folder", "form", "hpc", "payload", "archive", "manifest")
    least = {name: whole[name] for name in needed} | {"format": 1, "state": "sending"}
    read = Record.from_json(json.dumps(least))
    assert read.is_open
    assert read.began == ""
    assert read.choice == Choice()


def test_a_newer_format_is_told_from_damage_whatever_it_looks_like() -> None:
    for text in (
        as_written(format=FORMAT + 1),
        as_written(format=FORMAT + 1, state="paused", payload=[]),
        json.dumps({"format": 10**300}),
    ):
        with pytest.raises(NewerFormat, match="newer release"):
            Record.from_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[]",
        "1",
        '"nb"',
        "{}",
        "\x00" * 4096,
        b"\xff\xfe\xfd",
        b"PK\x03\x04",
        "[" * 100_000,
        '{"a":' * 100_000,
        as_written()[:-20],
        as_written()[:1],
        as_written(format=0),
        as_written(format=-1),
        as_written(format="two"),
        as_written(format=None),
        as_written(format=1.5),
        as_written(marker="nb-../../../etc/pass"),
        as_written(marker="nb-AAAAAAAAAAAAAAAA"),
        as_written(marker=None),
        as_written(state="lost"),
        as_written(endpoint="file:///etc/passwd"),
        as_written(endpoint="http://evil.example"),
        as_written(endpoint=5),
        as_written(payload={"title": {}}),
        as_written(history="long"),
        as_written(archive=[]),
    ],
    ids=lambda text: repr(text)[:30],
)
def test_a_damaged_file_is_a_value_error_and_nothing_else(text: str | bytes) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  of whatever kind
        Record.from_json(text)
    assert not isinstance(caught.value, NewerFormat)


@given(st.data())
def test_a_record_cut_or_changed_anywhere_never_crashes(data: st.DataObject) -> None:
    text = bytearray(a_record("unconfirmed").to_json().encode())
    place = data.draw(st.integers(0, len(text) - 1))
    if data.draw(st.booleans()):
        del text[place:]
    else:
        text[place] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        assert Record.from_json(bytes(text)).marker


def test_a_job_that_cannot_be_read_is_no_job() -> None:
    record = Record.from_json(as_written(job={"id": 1}))
    assert record.seen_job() is None
    assert record.job_ref() is None


def test_the_title_is_what_the_user_gave() -> None:
    record = a_record()
    assert record.title == "A fit"
    assert a_record(payload={"title": f"[{record.marker}]"}, marker=record.marker).title == ""
    assert a_record(payload={}).title == ""


def test_the_same_files_packed_to_other_bytes_are_the_same_job() -> None:
    record = a_record()
    archive = record.archive.model_copy(update={"sha256": "ef", "size": 8})
    assert record.is_same_job(record.model_copy(update={"archive": archive}))


def test_what_was_chosen_in_or_out_comes_back() -> None:
    choice = Choice(include=("a\udcff", "日本/\x00"), exclude=("b/",), include_secrets=(".env",))
    record = a_record(choice=choice)
    assert record.to_json().isascii()
    assert Record.from_json(record.to_json()).choice == choice


def test_a_local_service_is_known_at_another_port_and_no_other_service_is() -> None:
    record = a_record(url="http://127.0.0.1:4000")
    assert record.is_for(Endpoint.parse("http://127.0.0.1:5000"))
    assert not record.is_for(Endpoint.parse("https://bspsa.cineca.it"))
    assert not a_record(url="https://a.example").is_for(Endpoint.parse("https://b.example"))


def test_the_same_job_is_known_whatever_its_marker() -> None:
    def asked(**changes: Any) -> Record:
        record = a_record()
        name = record.archive.name
        payload = record.payload | {"command": f"unzip {name} && ls"}
        return record.model_copy(update={"payload": payload} | changes)

    first = asked()
    assert first.is_same_job(asked())
    assert first.is_same_job(asked(folder="elsewhere", notebook="other.ipynb"))
    assert not first.is_same_job(asked(project="p"))
    assert not first.is_same_job(asked(endpoint="https://bspsa.cineca.it"))
    assert not first.is_same_job(asked(manifest="ef"))
    for key, value in (("runtime", "3.0"), ("command", "rm"), ("title", "B")):
        changed = first.model_copy(update={"payload": first.payload | {key: value}})
        assert not first.is_same_job(changed)
