"""The form's traits can be set, observed and linked; wrong values are told, not raised."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import ipywidgets
import pytest
import traitlets

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.widgets.submitter.file_choice import no_choice
from bspsa_widgets.widgets.submitter.form import FORM, FormPanel
from tests.widgets.view import FORM_NAMES, View

SET = {
    "hpc": "nsg",
    "project": "p_1",
    "folder": "f",
    "command": "ls\npwd",
    "tool": "NEW_TG",
    "init_file": "a.py",
    "title": "ü",
    "node_number": 2,
    "core_number": 3,
    "runtime": 0.25,
    "options": {"queue": "long"},
}


def test_a_new_form_holds_the_systems_defaults() -> None:
    assert (FormPanel().core_number, FormPanel().runtime) == (12, 1.0)
    assert FormPanel().command == ""  # there is none that suits everybody
    for name in ("nsg", "NSG", " Nsg "):
        panel = FormPanel(hpc=name)
        assert (panel.hpc, panel.core_number, panel.runtime) == ("nsg", 1, 0.5)


@pytest.mark.parametrize("name", FORM)
def test_each_trait_can_be_given_set_observed_and_linked(name: str) -> None:
    assert FORM_NAMES[:2] + FORM[2:] == FORM
    value = SET[name]
    assert getattr(FormPanel(**{name: value}), name) == value

    class Other(traitlets.HasTraits):
        mine = traitlets.Any()

    panel, other, one_way = FormPanel(), Other(), Other()
    seen: list[Any] = []
    panel.observe(lambda change: seen.append(change["new"]), name)
    both = ipywidgets.link((panel, name), (other, "mine"))
    ipywidgets.dlink((panel, name), (one_way, "mine"))
    other.mine = value
    assert (getattr(panel, name), one_way.mine) == (value, value)
    assert seen == [value]
    both.unlink()


@pytest.mark.parametrize("name", ["nodes", "token", "job", "status", "Title", "_esm"])
def test_an_argument_that_is_no_field_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError, match="node_number"):
        FormPanel(**{name: "x"})


def test_another_system_brings_its_defaults_where_nothing_was_changed() -> None:
    panel = FormPanel(project="bsp_pizdaint_01")
    panel.hpc = "nsg"
    assert (panel.project, panel.core_number, panel.runtime) == ("", 1, 0.5)
    panel.hpc = "pizdaint"
    assert (panel.core_number, panel.runtime) == (12, 1.0)


def test_what_the_user_has_changed_stays_when_the_system_changes() -> None:
    panel = FormPanel(project="own_1", core_number=7, runtime=3, command="mine")
    panel.hpc = "NSG"
    assert panel.hpc == "nsg"
    assert (panel.project, panel.core_number, panel.runtime) == ("own_1", 7, 3)
    panel.hpc = "pizdaint"
    assert panel.command == "mine"


def test_a_project_that_only_the_service_knows_goes_with_its_system() -> None:
    panel = FormPanel(project="bsp_pizdaint_77")
    panel.projects = {"pizdaint": ["bsp_pizdaint_77"]}
    panel.hpc = "nsg"
    assert panel.project == ""


def test_an_unknown_system_is_kept_to_be_told() -> None:
    panel = FormPanel(hpc="summit")
    panel.hpc = "nsg"
    panel.hpc = "other"
    assert panel.hpc == "other"


def test_what_the_view_changes_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = FormPanel()
    View(panel).change(hpc="nsg", core_number=12, node_number="")
    assert (panel.hpc, panel.core_number, panel.node_number) == ("nsg", 12, "")


@pytest.mark.parametrize("wrong", ["abc", "", "-1", "1e400", "½", "1_000", " "])
def test_a_number_that_is_none_is_kept_and_can_be_sent_to_the_view(wrong: str) -> None:
    panel = FormPanel(node_number=wrong, core_number=wrong, runtime=wrong)
    assert panel.node_number == panel.runtime == wrong
    assert panel.warnings == {}


def test_warnings_come_while_typing_and_go_again() -> None:
    panel = FormPanel(command="true", node_number=9999)
    assert set(panel.warnings) == {"node_number"}
    panel.node_number = "99"
    assert panel.warnings == {}
    panel.core_number = 1
    assert set(panel.warnings) == {"core_number"}


def test_an_error_goes_when_its_field_is_changed_and_the_others_stay() -> None:
    panel = FormPanel()
    panel.errors = {"title": "Too long.", "runtime": "It is empty."}
    panel.title = "short"
    assert panel.errors == {"runtime": "It is empty."}


def test_the_form_comes_along_with_the_click() -> None:
    panel = FormPanel()
    panel._take_form({**SET, "job": {"evil": 1}, "unknown": 1})
    assert {name: getattr(panel, name) for name in FORM} == SET
    assert panel.job == {}


@pytest.mark.parametrize("form", [None, [], "x", 1, {}])
def test_a_form_that_is_none_changes_nothing(form: object) -> None:
    panel = FormPanel(title="mine")
    panel._take_form(form)
    assert panel.title == "mine"


@pytest.mark.parametrize("bad", [{"title": 5}, {"node_number": None}, {"runtime": [1]}])
def test_a_form_of_wrong_types_is_refused_as_a_whole(bad: dict[str, Any]) -> None:
    panel = FormPanel(title="mine", command="mine")
    with pytest.raises(InvalidInput):
        panel._take_form({"command": "theirs"} | bad)
    assert (panel.title, panel.command) == ("mine", "mine")


CHOICE = {"folder": "f", "include": ["a"], "exclude": ["old/"], "include_secrets": [".env"]}


def test_a_choice_of_files_counts_for_its_folder_only() -> None:
    panel = FormPanel(folder="f", choice=CHOICE)
    wanted = Choice(include=("a",), exclude=("old/",), include_secrets=(".env",))
    assert panel._chosen_files() == wanted
    panel.folder = "g"
    assert panel._chosen_files() == Choice()
    panel.folder = "f"
    assert panel._chosen_files() == wanted


def test_choose_replaces_what_is_given_and_leaves_the_rest() -> None:
    panel = FormPanel(folder="f", choice=CHOICE)
    panel.choose(exclude=(path for path in ("b", "b", "c/")), include=[])
    assert panel.choice == CHOICE | {"include": [], "exclude": ["b", "c/"]}
    panel.folder = "g"
    panel.choose(include=["x"])
    assert panel.choice == {"folder": "g", "include": ["x"], "exclude": [], "include_secrets": []}


def test_a_choice_that_is_none_is_refused_and_the_one_before_stays() -> None:
    panel = FormPanel(folder="f", choice=CHOICE)
    with pytest.raises(InvalidInput) as caught:
        panel.choose(exclude="old/")
    assert set(caught.value.errors) == {"exclude"}
    with pytest.raises(traitlets.TraitError, match="not a list of paths"):
        panel.choice = {"folder": "f", "include": 5}
    with pytest.raises(InvalidInput):
        panel._take_form({"title": "theirs", "choice": {"exclude": [5]}})
    assert (panel.choice, panel.title) == (CHOICE, "")


def test_the_choice_comes_along_with_the_click() -> None:
    panel = FormPanel()
    panel._take_form({"folder": "f", "choice": CHOICE})
    assert panel._chosen_files().exclude == ("old/",)


def test_no_two_panels_share_a_choice() -> None:
    one, other = FormPanel(), FormPanel()
    one.choice["exclude"].append("x")
    assert other.choice == FormPanel().choice == no_choice()


def test_another_choice_takes_back_what_was_wrong_with_the_folder() -> None:
    panel = FormPanel(folder="f")
    panel.errors = {"folder": "x cannot be sent.", "title": "Too long."}
    panel.choose(exclude=["x"])
    assert panel.errors == {"title": "Too long."}


def test_an_observer_that_fails_does_not_keep_the_others_from_being_shown(
    planted: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    planted.append("an observer of errors failed")
    panel = FormPanel()
    panel.observe(lambda _: 1 / 0, "errors")
    panel._show(errors={"title": "x"}, job={"job_id": "J"})
    assert (panel.errors, panel.job) == ({"title": "x"}, {"job_id": "J"})
    assert "an observer of errors failed" in caplog.text


def test_a_quota_that_looks_too_small_is_a_warning_that_names_both() -> None:
    panel = FormPanel(command="true", runtime=3.0)
    panel.quotas = {"pizdaint/bsp_pizdaint_01": {"hours_left": 2.5, "hours": 5000}}
    assert "3 h" in panel.warnings["runtime"]
    assert "2.5 h" in panel.warnings["runtime"]
    panel.runtime = 2.5
    assert panel.warnings == {}
    panel.runtime = 3.0
    panel.project = "another"  # of which nothing is known
    assert panel.warnings == {}


def test_a_panel_that_is_closed_is_let_go() -> None:
    panel = FormPanel()
    gone = weakref.ref(panel)
    panel.close()
    del panel
    gc.collect()
    assert gone() is None
