"""Seconds from the service, hours for people; what is not told stays unknown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.accounting import Project, Quota
from tests.faulty_server import contract


def test_projects_of_the_contract() -> None:
    found = [Project.parse(entry) for entry in contract("projects.json")["list"]["body"]]
    assert [(p.name, p.hpc, p.hours, p.hours_left, p.user_hours) for p in found] == [
        ("bsp_nsg_01", "nsg", 5000.0, 5000.0, 5000.0),
        ("bsp_pizdaint_01", "pizdaint", 5000.0, 4998.0, 5000.0),
    ]


def test_quotas_of_the_contract() -> None:
    entry = contract("quotas.json")["one"]["body"]
    quota = Quota.parse(entry)
    assert (quota.project, quota.hpc, quota.hours_left) == ("bsp_pizdaint_01", "pizdaint", 4998.0)
    assert quota.raw == entry


@pytest.mark.parametrize(
    ("seconds", "hours"),
    [
        (3600, 1.0),
        ("1800", 0.5),
        (-3600, -1.0),
        (0, 0.0),
        (None, None),
        ("", None),
        (True, None),
        ([], None),
        ("nan", None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_hours_are_numbers_or_unknown(seconds: Any, hours: float | None) -> None:
    body = {"project_name": "p", "project_hpc": "NSG", "time_left": seconds}
    assert Quota.parse(body).hours_left == hours


@pytest.mark.parametrize(
    "answer",
    [None, [], "x", {}, {"name": "p"}, {"name": "", "hpc": "NSG"}, {"name": 5, "hpc": "N"}],
)
def test_what_names_no_project_is_a_value_error(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Project.parse(answer)
    with pytest.raises(ValueError, match=r"."):
        Quota.parse(answer)


@given(
    st.dictionaries(
        st.sampled_from(["name", "hpc", "project_name", "project_hpc", "time_left", "init_time"]),
        st.none() | st.text(max_size=5) | st.floats() | st.integers() | st.lists(st.integers()),
    )
)
def test_any_object_is_read_or_a_value_error(answer: dict[str, Any]) -> None:
    for parse in (Project.parse, Quota.parse):
        try:
            assert parse(answer).raw == answer or answer != answer
        except ValueError:
            continue


def test_names_of_projects_are_clean() -> None:
    entry = {"name": "p\u202e\ud800", "hpc": "N\u200bSG"}
    assert (Project.parse(entry).name, Project.parse(entry).hpc) == ("p\ufffd\ufffd", "n\ufffdsg")
    quota = Quota.parse({"project_name": "p\u202e", "project_hpc": "NSG"})
    assert quota.project == "p\ufffd"
