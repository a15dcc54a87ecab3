"""The view's end of the line: a comm that keeps what it gets, and clicks."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipywidgets import Widget

SECONDS = 20.0  # that anything awaited in these tests may take

_ids = itertools.count()


class RecordingComm(BaseComm):
    """Takes only what a kernel could send: JSON without NaN, in well-formed UTF-8."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.news = threading.Condition()
        super().__init__(*arguments, **options)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
        text.encode("utf-8")
        with self.news:
            self.sent.append(json.loads(text) or {})
            self.news.notify_all()

    def custom(self) -> list[dict[str, Any]]:
        return [data["content"] for data in self.sent if data.get("method") == "custom"]


def record(monkeypatch: Any) -> None:
    """From now on widgets talk to such a comm."""
    monkeypatch.setattr(comm, "create_comm", RecordingComm)


class View:
    """One page that shows a widget."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        assert isinstance(widget.comm, RecordingComm)
        self.comm: RecordingComm = widget.comm
        self.name = f"v{next(_ids)}"

    def send(self, content: Any) -> None:
        """A custom message, on this thread, as the kernel hands it over."""
        if isinstance(content, dict):
            content = content | {"view": self.name}
        self._hand_over({"method": "custom", "content": content})

    def leave(self, *, is_gone: bool = False) -> None:
        """It goes, as where its notebook is closed; or with its output, as a cell runs again."""
        self.send({"kind": "bye", "id": f"r{next(_ids)}", "is_gone": is_gone})

    def change(self, **state: Any) -> None:
        """Traits that the user has changed."""
        self._hand_over({"method": "update", "state": state, "buffer_paths": []})

    def request(self, kind: str, **more: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        name = more.pop("id", None) or f"r{next(_ids)}"
        self.send({"kind": kind, "id": name} | more)
        return self.answer(name)

    def submit(self, **more: Any) -> dict[str, Any]:
        form = {name: getattr(self.widget, name) for name in FORM_NAMES}
        return self.request("submit", form=form | more.pop("form", {}), **more)

    def answers(self, name: str) -> list[dict[str, Any]]:
        return [content for content in self.comm.custom() if content.get("id") == name]

    def answer(self, name: str) -> dict[str, Any]:
        with self.comm.news:
            there = self.comm.news.wait_for(lambda: self.answers(name), SECONDS)
        assert there, f"no answer to {name}"
        return self.answers(name)[0]

    def _hand_over(self, data: dict[str, Any]) -> None:
        self.widget._handle_msg({"content": {"data": data}, "buffers": []})


FORM_NAMES = (
    *("hpc", "project", "folder", "command", "tool", "init_file", "title"),
    *("node_number", "core_number", "runtime", "options"),
)


def until(widget: Any, trait: str, good: Callable[[Any], object]) -> Any:
    """Wait until a trait has a value that is good; returns it."""
    changed = threading.Event()
    found: list[Any] = []

    def look(_change: object = None) -> None:
        value = getattr(widget, trait)
        if not found and good(value):
            found.append(value)
            changed.set()

    widget.observe(look, trait)
    look()
    there = changed.wait(SECONDS)
    widget.unobserve(look, trait)
    assert there, f"{trait} stayed {getattr(widget, trait)!r}"
    return found[0]


def settled(look: Callable[[], object], what: str) -> None:
    """For what tells nobody when it changes: look until it is so, with a deadline."""
    deadline = time.monotonic() + SECONDS
    pause = threading.Event()
    while not look():
        assert time.monotonic() < deadline, f"{what} did not happen"
        pause.wait(0.005)
