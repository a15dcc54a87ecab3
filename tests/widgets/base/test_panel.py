"""What panels have in common: traits set from any thread, and what is there to be set."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import traitlets
from anywidget import AnyWidget
from ipywidgets import FloatSlider, Layout, link

from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.form_fields import FORM, FormFields
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from bspsa_widgets.widgets.submitter.status_state import IDLE
from tests.widgets.conftest import MakePanel
from tests.widgets.view import View

ROUNDS = 300


@pytest.fixture
def _hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*works: Callable[[int], object]) -> None:
    together = threading.Barrier(len(works))

    def go(work: Callable[[int], object]) -> None:
        together.wait()
        for number in range(ROUNDS):
            work(number)

    threads = [threading.Thread(target=go, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("_hasty")
def test_nothing_that_is_shown_is_lost_or_rolled_back_while_the_view_sets_the_form() -> None:
    """The loop tells of a submission while the user types, a wrong value now and then."""
    panel = FormPanel()
    view = View(panel)
    told: list[int] = []
    panel.observe(lambda change: told.append(change["new"]["done"]), "status")

    def show(number: int) -> None:
        panel._show(status=IDLE | {"done": number + 1}, job={"id": number + 1})

    def type_in(number: int) -> None:
        view.change(title=f"{number}", runtime=number)

    def type_wrongly(number: int) -> None:
        with suppress(traitlets.TraitError):
            panel._fill({"command": f"{number}", "choice": number})

    def set_here(number: int) -> None:
        panel.project = f"{number}"

    at_once(show, type_in, type_wrongly, set_here)
    assert told == list(range(1, ROUNDS + 1))
    last = {"status": IDLE | {"done": ROUNDS}, "job": {"id": ROUNDS}, "project": f"{ROUNDS - 1}"}
    assert {name: getattr(panel, name) for name in last} == last
    seen: dict[str, Any] = {}
    for message in view.comm.sent:
        if message.get("method") == "update":
            seen |= message["state"]
    assert {name: seen[name] for name in last} == last
    assert panel.title == f"{ROUNDS - 1}"
    panel.close()


def test_a_folder_may_be_a_path() -> None:
    panel = FormPanel(folder=Path("models") / "ca1")
    assert panel.folder == str(Path("models/ca1"))
    panel.folder = Path("other")
    assert panel.folder == "other"
    with pytest.raises(traitlets.TraitError):
        panel.folder = 7
    panel.close()


@pytest.mark.parametrize("name", ["disabled", "run_time", "nodes"])
def test_what_a_panel_does_not_have_cannot_be_set(name: str) -> None:
    """It would do nothing, and say nothing."""
    panel = FormPanel()
    with pytest.raises(AttributeError, match=f"no {name}.*runtime"):
        setattr(panel, name, True)
    assert not hasattr(panel, name)
    panel.close()


def test_a_number_that_is_half_typed_does_not_break_what_is_linked_to_it() -> None:
    panel = FormPanel(runtime=2.0)
    view = View(panel)
    slider = FloatSlider(min=0, max=10)
    both = link((panel, "runtime"), (slider, "value"))
    for typed in ("", "3.", "3.5x"):
        view.change(runtime=typed, title=typed)
        assert (panel.runtime, panel.title, slider.value) == (typed, typed, 2.0)
    view.change(runtime=3.5)
    assert slider.value == 3.5
    slider.value = 4.0
    assert panel.runtime == 4.0
    both.unlink()
    panel.close()
    slider.close()


def test_an_error_at_a_number_goes_as_soon_as_something_is_typed() -> None:
    panel = FormPanel()
    panel._show(errors={"runtime": "It is empty."})
    panel.runtime = "3."
    assert panel.errors == {}
    panel.close()


def test_panels_take_a_layout_as_every_widget_does(panel: MakePanel, known: LocalService) -> None:
    assert panel(layout={"width": "50%"}).layout.width == "50%"
    assert panel(layout=Layout(height="9em")).layout.height == "9em"
    monitor = JobMonitor(layout={"width": "50%"})
    assert monitor.layout.width == "50%"
    monitor.close()


def test_editors_know_the_fields_that_may_be_given() -> None:
    assert set(get_type_hints(FormFields)) == set(FORM) - {"folder"}
    for function in (JobSubmitter.__init__, JobSubmitter.from_record):
        assert "Unpack" in str(function.__annotations__)


@pytest.mark.parametrize(
    ("panel_class", "public"),
    [
        (
            JobSubmitter,
            {"cancel", "choose", "close_record", "done", "download", "from_record", "look"}
            | {"on_done", "plan", "submit", "use_record", "use_token"},
        ),
        (
            JobMonitor,
            {"cancel", "done", "download", "job", "on_done", "refresh", "to_frame", "use_token"},
        ),
    ],
)
def test_beside_the_traits_completion_shows_what_is_for_users_alone(
    panel_class: type[Panel], public: set[str]
) -> None:
    """Whatever is added is for users, or has a name that says that it is not."""
    of_every_widget = {*dir(AnyWidget), *panel_class.class_trait_names()}
    names = {name for name in dir(panel_class) if not name.startswith("_")}
    assert names - of_every_widget == public


def test_what_is_in_a_panel_is_not_shown_by_completion_either(
    panel: MakePanel, known: LocalService
) -> None:
    made = panel()
    assert {name for name in vars(made) if not name.startswith("_")} <= set(dir(AnyWidget))
