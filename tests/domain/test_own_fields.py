"""The fields that only one system has: checked, warned about and sent by their declaration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bspsa_widgets.domain.fields.declaration import NAMED, Field
from bspsa_widgets.domain.payload import JobForm, JobRequest, check_form
from bspsa_widgets.domain.systems import NSG, SYSTEMS, HpcSystem
from bspsa_widgets.errors import InvalidForm, InvalidInput
from tests.made_up_system import OPTIONS, PAYLOAD

pytestmark = pytest.mark.usefixtures("cluster")


def form(**options: Any) -> JobForm:
    return JobForm(hpc="cluster", command="ls", options=options)


def test_they_are_sent_beside_the_others() -> None:
    sent = check_form(form(**OPTIONS)).request.payload()
    assert list(sent) == ["command", "node_number", "core_number", "runtime", *PAYLOAD, "title"]
    assert {name: sent[name] for name in PAYLOAD} == PAYLOAD


def test_what_is_not_given_has_the_declared_default() -> None:
    request = check_form(form(memory_per_node=None)).request
    assert request.options == {"partition": "short", "memory_per_node": 4, "exclusive": False}


def test_a_request_is_checked_again_wherever_it_comes_from() -> None:
    request = check_form(form(**OPTIONS)).request
    assert JobRequest(**request.model_dump()) == request
    with pytest.raises(InvalidForm) as caught:
        JobRequest(**request.model_dump() | {"options": OPTIONS | {"partition": "x"}})
    assert list(caught.value.errors) == ["partition"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("partition", "huge", "'huge' cannot be a partition. Use one of short, long."),
        ("partition", "", "No partition is chosen. Use one of short, long."),
        ("partition", 5, "5 is not text. Write it as text."),
        (
            "memory_per_node",
            0,
            "0 GB is not possible. Give a whole number of GB between 1 and 2048.",
        ),
        (
            "memory_per_node",
            "much",
            "'much' is not a number. Give a whole number of GB between 1 and 2048.",
        ),
        ("exclusive", "yes", "'yes' is neither True nor False. Give True or False."),
    ],
)
def test_an_error_names_the_field_the_value_and_what_is_allowed(
    field: str, value: object, told: str
) -> None:
    with pytest.raises(InvalidForm) as caught:
        check_form(form(**{field: value}))
    assert caught.value.errors == {field: told}


def test_all_wrong_fields_are_told_at_once_in_the_forms_order() -> None:
    with pytest.raises(InvalidForm) as caught:
        check_form(
            JobForm(hpc="cluster", runtime=0, options={"exclusive": 1, "partition": "x", "y": 1})
        )
    assert list(caught.value.errors) == ["options", "command", "runtime", "partition", "exclusive"]


@pytest.mark.parametrize(
    ("hpc", "options", "told"),
    [
        (
            "cluster",
            {"memory": 4},
            "Cluster — Lab has no option 'memory'. "
            "Cluster has partition, memory_per_node, exclusive.",
        ),
        ("cluster", {"command": "ls"}, "Cluster — Lab has no option 'command'."),
        (
            "pizdaint",
            OPTIONS,
            "has no option 'partition', 'memory_per_node', 'exclusive'. Leave it out.",
        ),
        ("cluster", ["partition"], "['partition'] is no dictionary of names and values."),
    ],
)
def test_options_that_the_system_has_not_are_told(hpc: str, options: object, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_form(JobForm(hpc=hpc, command="ls", options=options))
    assert list(caught.value.errors) == ["options"]
    assert told in caught.value.errors["options"]


def test_a_value_outside_its_limits_is_a_warning() -> None:
    [warning] = check_form(form(memory_per_node=513)).warnings
    assert (warning.field, warning.source) == ("memory_per_node", "Lab")


def test_a_field_of_one_tool_is_of_no_importance_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpus = Field(name="gpus", label="GPUs", kind="integer", default=1, tools=("PYNN_TG",))
    monkeypatch.setitem(SYSTEMS, "nsg", replace(NSG, fields=(*NSG.fields, gpus)))

    def sent(tool: str, number: object) -> dict[str, str]:
        given = JobForm(hpc="nsg", tool=tool, options={"gpus": number})
        return check_form(given).request.payload()

    assert sent("PYNN_TG", 2)["gpus"] == "2"
    assert "gpus" not in sent("PY_TG", 2)
    assert "gpus" not in sent("PY_TG", "many")
    with pytest.raises(InvalidForm, match="Give a whole number of GPUs between 0 and 100000"):
        sent("PYNN_TG", "many")


def test_what_is_optional_may_be_empty_and_is_not_sent(
    cluster: HpcSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    optional = tuple(replace(field, is_optional=True) for field in cluster.options[:2])
    script = Field(name="setup", label="Setup", kind="script", example="module load x")
    fields = (*cluster.fields[:5], *optional, script)
    monkeypatch.setitem(SYSTEMS, "cluster", replace(cluster, fields=fields))
    empty = {"partition": "", "memory_per_node": ""}
    sent = check_form(form(setup="cd {folder}", **empty)).request.for_archive("a.zip", "f")
    assert not empty.keys() & sent.payload().keys()
    assert sent.payload()["setup"] == "cd f"
    with pytest.raises(InvalidForm, match=r"There is no setup\. Say what to run, for example: mod"):
        check_form(form(**empty))


@pytest.mark.parametrize("hpc", SYSTEMS)
def test_no_field_has_a_name_that_the_form_needs_itself(hpc: str) -> None:
    used = {"hpc", "project", "folder", "choice", "options", "marker"}
    assert not used & {field.name for field in SYSTEMS[hpc].fields}


def test_the_arguments_of_their_own_are_those_of_the_form() -> None:
    assert set(JobForm.model_fields) == {"hpc", "project", "options", *NAMED}
    assert set(JobRequest.model_fields) == {*JobForm.model_fields, "marker"}
