"""Each fault that `tests.faults` plants has a place where it can be planted."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

import bspsa_widgets
from tests.checks.command import ROOT
from tests.faults.kernels import background_faults, monitor_plants, sweep_plants
from tests.faults.planted_bugs import MUTANTS, Edit, Mutant

PACKAGE = Path(bspsa_widgets.__file__).parent
TARGETS = [
    *(background_faults.PLACE + plant.target for plant in background_faults.PLANTS if plant.target),
    *(f"bspsa_widgets.{plant.target}" for plant in monitor_plants.PLANTS if plant.target),
    *(sweep_plants.PLACE + plant.target for plant in sweep_plants.PLANTS),
]
EDITS = [edit for mutant in MUTANTS for edit in mutant.edits]


@pytest.mark.parametrize("target", sorted(set(TARGETS)))
def test_what_breaks_is_there(target: str) -> None:
    assert pkgutil.resolve_name(target)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.file)
def test_what_a_planted_bug_changes_is_there_once(edit: Edit) -> None:
    assert (PACKAGE / edit.file).read_text(encoding="utf-8").count(edit.old) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_are_to_see_a_planted_bug_are_there(mutant: Mutant) -> None:
    files = [part.split("::")[0] for part in mutant.check if part.startswith("tests/")]
    assert [file for file in files if not (ROOT / file).exists()] == []
