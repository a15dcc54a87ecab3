"""Warnings by field: of the form, of the files that go with it, and of the quota."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.widgets.submitter import form_warnings
from bspsa_widgets.widgets.submitter.form_warnings import WeighedFolder, warnings_of

MOD = WeighedFolder.of(Selection(Path("/u/ca1"), (Member("init.py", 1), Member("ih.mod", 1)), ()))
BIG = WeighedFolder.of(Selection(Path("/u/ca1"), (Member("A", 600_000_000), Member("a", 1)), ()))
NSG = JobForm(hpc="nsg", tool="PY_TG", init_file="init.py")


def test_files_that_do_not_go_with_the_settings_are_told_at_the_setting() -> None:
    assert warnings_of(NSG, None, {}) == {}
    assert set(warnings_of(NSG, MOD, {})) == {"tool"}
    assert warnings_of(NSG.model_copy(update={"tool": "NEURON77_TG"}), MOD, {}) == {}


def test_a_form_that_is_wrong_is_not_weighed_and_its_folder_is() -> None:
    wrong = JobForm(command="true", node_number="abc", runtime=9999)
    assert set(warnings_of(wrong, BIG, {})) == {"folder"}


def test_all_that_is_to_be_said_of_one_field_is_said() -> None:
    told = warnings_of(JobForm(command="true"), BIG, {})["folder"]
    assert "600.0 MB" in told
    assert "A and a are the same name" in told


def test_advice_that_fails_takes_nothing_down(
    monkeypatch: pytest.MonkeyPatch, planted: list[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    planted.append("planted")
    monkeypatch.setattr(form_warnings, "weigh", broken)
    form = JobForm(command="true", node_number=9999)
    assert set(warnings_of(form, BIG, {})) == {"node_number"}


def test_warnings_of_20000_files_keep_up_with_typing() -> None:
    members = tuple(Member(f"data/{n % 100}/{n}.dat", n) for n in range(20_000))
    known = WeighedFolder.of(Selection(Path("/u/ca1"), members, ()))
    forms = [JobForm(command=f"cd {{folder}} && python fit{n}.py") for n in range(20)]
    took = []
    for form in forms:
        began = time.perf_counter()
        assert "fit" in warnings_of(form, known, {})["command"]
        took.append(time.perf_counter() - began)
    print(f"warnings: {min(took) * 1000:.1f} ms")
    assert min(took) < 0.02
