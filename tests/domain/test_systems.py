"""The systems are data: complete, and true to the API document."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from bspsa_widgets.domain.payload import JobForm, JobRequest
from bspsa_widgets.domain.systems import NSG, PIZDAINT, SYSTEMS, find_system, system_of_job
from bspsa_widgets.errors import InvalidInput

TOOLS = [
    "BLUEPYOPT_TG",
    "BRIAN_TG",
    "CPIPELINE_TG",
    "EEGLAB_TG",
    "FREESURF_TG",
    "MOOSE_TG",
    "NEST_PY_TG",
    "NEST_TG",
    "NEURON73_PY_TG",
    "NEURON74_PY_TG",
    "NEURON75_TG",
    "NEURON77_TG",
    "OSBPYNEURON74",
    "PGENESIS_TG",
    "PYNN_TG",
    "PY_TG",
    "SINGULARITY_HNN_TG",
]


def test_systems_and_default_projects_are_the_seeds() -> None:
    assert {system.id: system.default_project for system in SYSTEMS.values()} == {
        "pizdaint": "bsp_pizdaint_01",
        "nsg": "bsp_nsg_01",
    }


def test_all_seventeen_tools_are_there_with_names_for_people() -> None:
    assert sorted(tool.id for tool in NSG.tools) == sorted(TOOLS)
    labels = [tool.label for tool in NSG.tools]
    assert len(set(labels)) == 17
    assert not set(labels) & set(TOOLS)
    assert PIZDAINT.tools == ()


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda system: system.id)
def test_every_field_is_one_that_forms_and_requests_have(system: object) -> None:
    names = [field.name for field in system.fields]
    assert len(set(names)) == len(names)
    assert set(names) <= set(JobForm.model_fields) & set(JobRequest.model_fields)
    assert {"node_number", "core_number", "runtime", "title"} <= set(names)
    assert all(field.label for field in system.fields)
    assert all(limit.source and limit.reason for f in system.fields for limit in f.limits)
    assert system.field("runtime").unit == "hours"


def test_labels_are_the_accessible_names_of_the_controls() -> None:
    assert [field.label for field in PIZDAINT.fields] == [
        "Command", "Title", "Nodes", "Cores per node", "Runtime",
    ]  # fmt: skip
    assert [field.label for field in NSG.fields] == [
        "Tool", "Main file", "Title", "Nodes", "Cores per node", "Runtime",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("system", "field", "inside", "outside"),
    [
        (PIZDAINT, "core_number", 12, 11),
        (NSG, "core_number", 24, 25),
        (NSG, "node_number", 72, 73),
        (NSG, "runtime", 48, 48.1),
        (PIZDAINT, "runtime", 1 / 60, 0.01),
    ],
)
def test_limits_include_their_bounds(
    system: object, field: str, inside: float, outside: float
) -> None:
    [limit] = system.field(field).limits
    assert not limit.broken_by(inside)
    assert limit.broken_by(outside)


def test_a_field_that_a_system_has_not_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PIZDAINT.field("tool")


@pytest.mark.parametrize("text", ["nsg", " NSG ", "Nsg"])
def test_a_system_is_found_in_any_case(text: str) -> None:
    assert find_system(text) is NSG


@pytest.mark.parametrize("text", ["", "nsg2", None, 0, "pizdaint\x00"])
def test_an_unknown_system_names_the_known(text: object) -> None:
    with pytest.raises(InvalidInput, match="pizdaint or nsg"):
        find_system(text)


def test_an_id_alone_finds_its_system() -> None:
    assert system_of_job("NGBW-JOB-NEURON75_TG-85CB59F5CD5A4FBCBCBA5DABCC420280") is NSG
    assert system_of_job("ngbw-job-x") is NSG
    assert system_of_job("AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA") is PIZDAINT


def test_systems_cannot_be_changed_by_accident() -> None:
    with pytest.raises(FrozenInstanceError):
        PIZDAINT.label = "mine"
