"""Each request of the view gets exactly one answer, whatever it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.widgets.view import SECONDS, View, settled, until

Shown = Callable[..., tuple[JobSubmitter, View]]


def test_a_view_that_asks_whether_somebody_listens_is_told_so(shown: Shown) -> None:
    panel, view = shown()
    before = panel.status
    answer = view.request("hello")
    assert (answer["kind"], answer["comm"]) == ("hello", panel.comm.comm_id)
    assert panel.status == before


def test_a_hello_is_told_which_requests_have_no_answer_yet(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the view waits for and is not among them was lost on the way."""
    going, reading = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[str, Any]:
        reading.set()
        assert going.wait(SECONDS)
        return {"path": "", "error": ""}

    monkeypatch.setattr("bspsa_widgets.widgets.submitter.requests.listing", slow)
    _, view = shown()
    view.send({"kind": "browse", "id": "slow", "path": ""})
    assert reading.wait(SECONDS)
    assert view.request("hello")["under_way"] == ["slow"]
    going.set()
    view.answer("slow")
    settled(lambda: view.request("hello")["under_way"] == [], "the end of the request")


@pytest.mark.parametrize("kind", ["browse", "review", "cancel", "look", "nonsense", "submit"])
def test_no_request_stays_under_way_once_it_is_answered(shown: Shown, kind: str) -> None:
    _, view = shown()
    view.request(kind, id="asked", record="none", path="", form={"title": 5})
    settled(lambda: view.request("hello")["under_way"] == [], f"the end of {kind}")


def test_a_view_that_goes_is_known_and_one_that_comes_as_well(shown: Shown) -> None:
    panel, view = shown()
    other = View(panel)
    views = panel._requests.views
    view.request("hello")
    other.request("hello")
    view.leave(is_gone=True)
    assert (views.is_watched, views.is_gone) == (True, False)
    other.leave(is_gone=True)
    assert (views.is_watched, views.is_gone) == (False, True)
    view.request("hello")
    assert (views.is_watched, views.is_gone) == (True, False)


def test_browsing_is_answered_with_a_listing_of_the_same_id(shown: Shown, folder: Path) -> None:
    _, view = shown()
    top = view.request("browse", path="")
    assert (top["kind"], top["path"]) == ("listing", "")
    assert {"name": folder.name, "path": folder.name} in top["folders"]
    inside = view.request("browse", path=folder.name)
    assert [file["name"] for file in inside["files"]] == ["init.py"]


@pytest.mark.parametrize("path", ["..", "/etc", None, 5, ["x"], {"a": 1}, "\0", "\ud800"])
def test_browsing_outside_or_nowhere_is_answered_with_an_error(shown: Shown, path: Any) -> None:
    _, view = shown()
    answer = view.request("browse", path=path)
    assert answer["kind"] == "listing"
    assert answer["folders"] == answer["files"] == []
    assert answer["error"]


def test_a_fault_while_browsing_is_answered(
    shown: Shown, monkeypatch: pytest.MonkeyPatch, planted: list[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    monkeypatch.setattr("bspsa_widgets.widgets.submitter.requests.listing", broken)
    _, view = shown()
    answer = view.request("browse", path="")
    assert (answer["kind"], answer["ok"]) == ("reply", False)
    assert answer["message"]


def test_a_fault_while_answering_is_answered(
    shown: Shown, monkeypatch: pytest.MonkeyPatch, planted: list[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    panel, view = shown()
    actions = panel._requests._actions._replace(cancel=broken)
    monkeypatch.setattr(panel._requests, "_actions", actions)
    answer = view.request("cancel")
    assert (answer["ok"], "planted" in answer["message"]) == (False, False)


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "nonsense", "id": "x1"},
        {"id": "x1"},
        {"kind": None, "id": "x1"},
        {"kind": ["submit"], "id": "x1"},
        {"kind": "token", "id": "x1"},
        {"kind": "token", "id": "x1", "token": None},
        {"kind": "<img src=x onerror=alert(1)>" * 100, "id": "x1"},
        {"kind": "submit", "id": "x1", "form": {"title": 5}},
        {"kind": "submit", "id": "x1", "form": {"node_number": None}},
    ],
)
def test_what_is_not_understood_is_answered_with_no(shown: Shown, message: Any) -> None:
    panel, view = shown()
    view.send(message)
    answer = view.answer("x1")
    assert (answer["kind"], answer["ok"]) == ("reply", False)
    assert 0 < len(answer["message"]) < 300
    assert not panel.status["busy"]


@pytest.mark.parametrize(
    "message",
    [None, 5, "submit", [], {}, {"kind": "submit"}, {"kind": "submit", "id": 5}, {"id": None}],
)
def test_what_has_no_id_is_passed_over(shown: Shown, message: Any) -> None:
    panel, view = shown()
    view.send(message)
    assert view.comm.custom() == []
    assert panel.status["step"] == "idle"
    assert view.request("browse", path="")["kind"] == "listing"


def test_the_same_message_twice_is_answered_and_done_once(shown: Shown) -> None:
    _, view = shown()
    for _ in range(3):
        view.send({"kind": "browse", "id": "same", "path": ""})
        view.send({"kind": "cancel", "id": "same-2"})
    view.answer("same")
    view.request("browse", path="")
    assert [len(view.answers(name)) for name in ("same", "same-2")] == [1, 1]


def test_many_requests_at_once_are_each_answered_once(shown: Shown) -> None:
    _, view = shown()
    names = [f"n{number}" for number in range(50)]
    for name in names:
        view.send({"kind": "browse", "id": name, "path": ""})
    settled(lambda: len(view.comm.custom()) >= 50, "fifty answers")
    assert sorted(answer["id"] for answer in view.comm.custom()) == sorted(names)


def test_cancel_without_a_submission_is_answered_and_does_nothing(shown: Shown) -> None:
    panel, view = shown()
    assert view.request("cancel")["ok"] is True
    assert panel.status["step"] == "idle"


def test_a_token_message_is_answered_and_the_token_kept_out_of_sight(
    shown: Shown, serve: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    panel, view = shown(endpoint=server.url)
    until(panel, "connection", lambda value: value.get("state") == "no_token")
    answer = view.request("token", token=" Bearer SENTINEL-7f3a\n")
    assert answer["ok"] is True
    until(panel, "connection", lambda value: value.get("state") == "connected")
    assert server.ledger[-1].header("Authorization") == ["Bearer SENTINEL-7f3a"]
    assert "7f3a" not in str([view.comm.sent, panel.get_state(), panel._trait_values, caplog.text])


@pytest.mark.parametrize("token", ["two words 7f3a", "x\nY: 7f3a", "ü7f3a"])
def test_a_token_that_cannot_be_one_is_told_and_not_repeated(
    shown: Shown, serve: Callable[..., Any], token: Any
) -> None:
    server = serve()
    panel, view = shown(endpoint=server.url)
    assert view.request("token", token=token)["ok"] is True
    told = until(panel, "connection", lambda value: "the panel" in value.get("message", ""))
    assert told["state"] == "no_token"
    assert "7f3a" not in str([told, view.comm.sent])
    assert server.ledger == []


def test_a_token_for_a_local_service_that_does_not_run_is_told(shown: Shown) -> None:
    panel, view = shown(endpoint="local")
    assert view.request("token", token="t")["ok"] is True
    until(panel, "connection", lambda value: value.get("state") == "offline")
