"""`records`, `record`: what is kept of the submissions made here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from bspsa_widgets.cli.commands.records import _to_do
from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.records.store import Records
from bspsa_widgets.service import embedded
from tests.cli.conftest import TOKEN
from tests.cli.server import Server
from tests.cli.terminal import Bspsa
from tests.cli.test_told import FORGED
from tests.faulty_server import Account, Reply
from tests.records.kept import a_record

SUBMIT = ("--hpc", "pizdaint", "--command", "true", "--title", "A fit")


def test_they_are_listed_newest_first_and_damaged_files_are_named(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    there = remote(serve())
    for _ in range(2):
        there("submit", folder, *SUBMIT)
    newest = [record.marker for record in records.load().records]
    broken = f"nb-{'a' * 16}.json"
    (records.folder / broken).write_text("{")
    people, program = there("records"), there("records", "--json")
    assert (people.code, program.code) == (0, 0)
    assert [line.split()[0] for line in people.out.splitlines()] == ["RECORD", *newest]
    assert "accepted" in people.out
    assert "A fit" in people.out
    assert broken in people.err
    assert [record["marker"] for record in program.document] == newest


def test_none_is_no_failure(bspsa: Bspsa) -> None:
    assert (bspsa("records").code, bspsa("records").out) == (0, "No records.\n")
    assert bspsa("records", "--json").document == []
    assert bspsa("jobs", "--mine", "--json").document == []


def test_one_is_shown_by_how_its_id_begins(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    there = remote(serve())
    sent = there("submit", folder, *SUBMIT, "--json").document
    people, program = (
        there("record", sent["record"][:10]),
        there("record", sent["record"], "--json"),
    )
    assert (people.code, program.code) == (0, 0)
    assert program.document == json.loads(records.find(sent["record"]).to_json())
    for words in (
        sent["job"]["job_id"],
        "A fit",
        str(folder),
        sent["archive"]["sha256"],
        "sending",
    ):
        assert words in people.out


def test_what_was_chosen_in_or_out_is_shown(bspsa: Bspsa, records: Records) -> None:
    out = tuple(f"{number}.csv" for number in range(9))
    record = a_record(choice=Choice(exclude=out, include_secrets=(".env",)))
    records.save(record)
    shown = bspsa("record", record.marker).out
    assert f"{'Excluded':<20} 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 4 more files\n" in shown
    assert f"{'Secrets included':<20} .env\n" in shown
    assert "\nIncluded" not in shown


def test_an_unknown_one_is_wrong_input(bspsa: Bspsa) -> None:
    asked = bspsa("record", "nb-zzz", "--json")
    assert asked.code == 2
    assert "bspsa records" in asked.document["error"]


def test_an_open_one_says_what_can_be_done(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    there = remote(serve(Account().on("POST", "/", Reply.html(500))))
    marker = there("submit", folder, *SUBMIT, "--settle", "0", "--json").document["record"]
    shown = there("record", marker)
    assert "bspsa jobs --mine" in shown.out
    assert "--again" in shown.out


def test_an_open_one_is_closed_on_the_users_word_and_asked_about_no_more(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    server = serve(Account(creates=False).on("POST", "/", Reply.html(500)))
    there = remote(server)
    marker = there("submit", folder, *SUBMIT, "--settle", "0", "--json").document["record"]
    assert f"bspsa record {marker} --close" in there("record", marker).out
    assert there("submit", folder, *SUBMIT, "--json").code == 2

    asked = there("record", marker, "--close")
    assert asked.code == 2
    assert "Closing cancels nothing: if there is a job, it runs" in asked.err
    assert records.find(marker).state == "unconfirmed"

    closed = there("record", marker, "--close", "--yes")
    assert closed.code == 0
    assert "Closed by you" in closed.out
    assert records.find(marker).state == "closed"
    assert there("record", marker, "--close", "--yes").code == 0
    assert there("submit", folder, *SUBMIT, "--settle", "0", "--json").code == 4
    assert server.posts == 2


def test_what_is_not_open_is_not_closed(bspsa: Bspsa, records: Records) -> None:
    record = a_record("accepted")
    records.save(record)
    refused = bspsa("record", record.marker, "--close")
    assert refused.code == 2
    assert "It is not open: Submitted." in refused.err
    assert records.find(record.marker) == record


def test_one_whose_job_is_never_listed_names_the_job_and_whom_to_ask(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    answer = Reply.json({"job_id": "3621FE24"}, 400)
    there = remote(serve(Account(creates=False).on("POST", "/", answer)))
    sent = there("submit", folder, *SUBMIT, "--settle", "0", "--json")
    assert sent.code == 4
    shown = there("record", sent.document["record"])
    later = there("jobs", "--mine")
    for said in (sent.err, sent.document["message"], shown.out, later.err):
        assert "Ask EBRAINS support before you submit again" in said
        assert "3621FE24" in said
        assert "Check again later" not in said
    assert "--mine" not in sent.err + shown.out
    assert "--again" in shown.out


def test_the_folder_can_be_named(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path, tmp_path: Path
) -> None:
    there, place = remote(serve()), tmp_path / "kept here"
    marker = there("submit", folder, *SUBMIT, "--records", place, "--json").document["record"]
    assert (place / f"{marker}.json").is_file()
    assert there("records", "--json").document == []
    for command in (("records",), ("record", marker), ("jobs", "--mine")):
        assert marker in there(*command, "--records", place).out


@pytest.mark.parametrize("kind", ["empty", "file"])
def test_a_folder_that_cannot_be_one_is_told_and_nothing_is_sent(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    tmp_path: Path,
    kind: str,
) -> None:
    (tmp_path / "file").write_text("x")
    server = serve()
    named = "" if kind == "empty" else str(tmp_path / kind)
    ran = remote(server)("submit", folder, *SUBMIT, "--records", named, "--json")
    assert (ran.code, ran.document["outcome"], ran.document["record"]) == (2, "not_sent", None)
    assert server.posts == 0
    assert remote(server)("records", "--records", named).code == 2


def test_what_a_record_holds_steers_no_terminal(
    serve: Callable[..., Server],
    remote: Callable[[Server], Bspsa],
    folder: Path,
    records: Records,
) -> None:
    server = serve()
    there = remote(server)
    marker = there("submit", folder, *SUBMIT, "--json").document["record"]
    place = records.folder / f"{marker}.json"
    kept = json.loads(place.read_text())
    kept |= {"folder": FORGED, "notebook": FORGED, "problem": FORGED, "other_jobs": [FORGED]}
    kept["payload"] |= {"title": FORGED, FORGED: FORGED}
    kept["history"][0] |= {"at": FORGED, "words": FORGED}
    kept["job"] |= {"job_id": FORGED, "stage": FORGED}
    place.write_text(json.dumps(kept))
    for command in (("records",), ("record", marker), ("jobs", "--mine"), ("submit", folder)):
        ran = there(*command, *(SUBMIT if command[0] == "submit" else ()))
        assert not [sign for sign in ran.told if not sign.isprintable() and sign != "\n"], command
        assert not [text for text in ran.told.splitlines() if text.startswith("bspsa: forged")]
        assert TOKEN not in ran.told


def test_only_the_local_services_own_address_is_called_local(
    records: Records, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve().url
    record = a_record("unconfirmed", url)
    assert f"--endpoint {url}" in "".join(_to_do(record))
    known = [SimpleNamespace(url=url, token="t")]
    monkeypatch.setattr(embedded, "known_services", lambda: known)
    assert "--endpoint local" in "".join(_to_do(record))
