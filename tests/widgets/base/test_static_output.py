"""The output beside a widget: there once it was shown, changed as there is news."""

from __future__ import annotations

import contextvars
import itertools
import logging
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.base import static_output
from bspsa_widgets.widgets.base.saved_html import SavedHtml, SavedRow
from bspsa_widgets.widgets.base.static_output import StaticOutput, new_name
from tests.widgets.conftest import MakePanel

QUEUED = SavedRow("NSG", "p", "t", "J1", "QUEUE", "Waiting.", "2026-11-25T12:00:00+00:00")


class Notebook:
    """Stands for IPython's shell in a kernel; keeps what was published, and in which context."""

    def __init__(self) -> None:
        self.cell = contextvars.ContextVar("cell", default="the one that runs")
        self.published: list[tuple[str, bool, str]] = []
        self.kernel = object()
        self.display_pub = self

    def publish(self, *, data: Any, metadata: Any, transient: Any, update: bool) -> None:
        assert set(data) == {"text/html", "text/plain"}
        assert transient["display_id"].startswith("bspsa-")
        self.published.append((data["text/plain"], update, self.cell.get()))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setattr(static_output, "_shell", lambda: made)
    return made


@pytest.fixture
def output() -> tuple[StaticOutput, list[SavedHtml]]:
    """The output of a widget, and the copy that the widget would make now."""
    now = [SavedHtml("Submitted.", (QUEUED,))]
    return StaticOutput(new_name(), lambda: now[0]), now


def test_nothing_is_published_before_the_widget_is_shown(
    notebook: Notebook, output: tuple[StaticOutput, list[SavedHtml]]
) -> None:
    output[0].update()
    assert notebook.published == []


def test_a_stage_changes_it_once_and_another_look_at_the_same_does_not(
    notebook: Notebook, output: tuple[StaticOutput, list[SavedHtml]]
) -> None:
    shown, now = output
    shown.show()
    now[0] = SavedHtml("Submitted.", (QUEUED._replace(at="2026-11-25T12:05:00+00:00"),))
    shown.update()
    now[0] = SavedHtml("Done.", (QUEUED._replace(stage="COMPLETED"),))
    shown.update()
    shown.update()
    assert [(text.split("\n")[0], update) for text, update, _ in notebook.published] == [
        ("Submitted.", False),
        ("Done.", True),
    ]


def test_each_cell_that_shows_it_gets_it(
    notebook: Notebook, output: tuple[StaticOutput, list[SavedHtml]]
) -> None:
    output[0].show()
    output[0].show()
    assert [update for _, update, _ in notebook.published] == [False, False]


def test_it_is_shown_in_the_cell_that_asks_and_changed_in_the_one_that_runs(
    notebook: Notebook, output: tuple[StaticOutput, list[SavedHtml]]
) -> None:
    shown, now = output

    def cell() -> None:
        notebook.cell.set("the one that began it")
        shown.show()
        now[0] = SavedHtml("Done.")
        shown.update()

    contextvars.copy_context().run(cell)
    assert [where for _, _, where in notebook.published] == [
        "the one that began it",
        "the one that runs",
    ]


def test_many_threads_at_once_publish_each_change_once(notebook: Notebook) -> None:
    number = [0]
    output = StaticOutput(new_name(), lambda: SavedHtml(f"{number[0]}"))
    output.show()

    def change() -> None:
        for _ in range(50):
            number[0] += 1
            output.update()

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = [text for text, _, _ in notebook.published]
    assert all(one != next_one for one, next_one in itertools.pairwise(texts))
    assert texts[-1] == f"{number[0]}"


def test_the_copy_that_the_view_has_is_never_older_than_the_panel(
    notebook: Notebook, panel: MakePanel, known: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = panel()
    made._repr_mimebundle_()
    is_slow, goes_on = threading.Event(), threading.Event()
    bundle = made._static.bundle

    def slow() -> dict[str, str]:
        found = bundle()
        if "first" in found["text/plain"] and not is_slow.is_set():
            is_slow.set()
            goes_on.wait(0.5)  # the other thread may come between, if anything lets it
        return found

    monkeypatch.setattr(made._static, "bundle", slow)
    status = made.status | {"outcome": "refused"}
    first = threading.Thread(target=lambda: made._show(status=status | {"headline": "first"}))
    first.start()
    assert is_slow.wait(5)
    second = threading.Thread(target=lambda: made._show(status=status | {"headline": "second"}))
    second.start()
    second.join(0.3)
    goes_on.set()
    first.join()
    second.join()
    assert made.saved_bundle["text/plain"].startswith("second")


def test_a_notebook_that_takes_nothing_breaks_nothing(
    notebook: Notebook,
    output: tuple[StaticOutput, list[SavedHtml]],
    planted: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    planted.append("could not be given its static copy")

    def fail(**_: object) -> None:
        raise OSError("the kernel's socket is closed")

    monkeypatch.setattr(notebook, "publish", fail)
    output[0].show()
    output[0].update()
    assert "static copy" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


def test_outside_a_kernel_nothing_is_published_or_printed(
    panel: MakePanel,
    known: LocalService,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = SimpleNamespace(kernel=None, display_pub=None)
    for shell in (None, terminal, SimpleNamespace()):
        monkeypatch.setattr("IPython.get_ipython", lambda shell=shell: shell)
        made = panel()
        bundle = made._repr_mimebundle_()
        made._show(status=made.status)
        assert bundle is not None
        assert bundle[0]["text/plain"].startswith("A panel to submit a job.")
    assert capsys.readouterr() == ("", "")


def test_two_panels_have_names_of_their_own_that_the_view_knows(
    panel: MakePanel, known: LocalService
) -> None:
    one, other = panel(), panel()
    assert one.saved_as != other.saved_as
    assert one.get_state()["saved_as"] == one.saved_as
    assert one.get_state()["known_at"].endswith("+00:00")
