"""Python and the view say to each other what the contract declares, and all of it is read."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

import anywidget
import pytest

import bspsa_widgets.widgets.base.contract as both
import bspsa_widgets.widgets.monitor.contract as monitor
import bspsa_widgets.widgets.monitor.files_contract as files
import bspsa_widgets.widgets.submitter.contract as submitter
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from bspsa_widgets.widgets.submitter.form import FormPanel
from tests.checks.command import ROOT
from tests.structure.typescript_source import product_files, tree_of, walk

CONTRACTS = (both, submitter, monitor, files)
GENERATOR = ROOT / "js" / "generate_contract.py"
# What reads a key in TypeScript: `one.key`, `{ key }` and `{ key: other }` of one.
READS = {"property_identifier": {"member_expression", "pair_pattern"}}
READS |= {"shorthand_property_identifier_pattern": {"object_pattern", "object_assignment_pattern"}}


def sent(module: ModuleType) -> list[tuple[str, str]]:
    """The keys that Python sends, with their types; those of requests are Python's to read."""
    kinds = [kind for kind in vars(module).values() if is_typeddict(kind)]
    ours = [kind for kind in kinds if kind.__module__ == module.__name__]
    to_view = [one for one in ours if not one.__name__.endswith("Request") and one is not both.Bye]
    return [(kind.__name__, key) for kind in to_view for key in kind.__annotations__]


def read_by_the_view() -> set[str]:
    return {
        node.text.decode()
        for path in product_files
        if path.name != "contract.ts"
        for node in walk(tree_of(path))
        if node.text and node.parent and node.parent.type in READS.get(node.type, ())
    }


def test_the_views_files_are_as_the_generator_writes_them() -> None:
    for path, text in runpy.run_path(str(GENERATOR))["contracts"]().items():
        assert path.read_text(encoding="utf-8") == text, "Run `npm run contract` in js/."


def test_the_generator_says_which_file_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = runpy.run_path(str(GENERATOR))
    names = made["main"].__globals__
    place = tmp_path / "contract.ts"
    monkeypatch.setitem(names, "ROOT", tmp_path)
    monkeypatch.setitem(names, "contracts", lambda: {place: "new\n"})
    monkeypatch.setattr(sys, "argv", ["generate_contract.py", "--check"])
    assert made["main"]() == 1
    assert not place.exists()
    assert "contract.ts is out of date" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["generate_contract.py"])
    assert made["main"]() == 0
    assert place.read_text(encoding="utf-8") == "new\n"


@pytest.mark.parametrize("wrong", ["set[str]", "dict[int, str]", "bytes", "Callable[[], str]"])
def test_a_type_that_cannot_be_sent_is_refused(wrong: str) -> None:
    import ast

    parts = runpy.run_path(str(GENERATOR))["_parts"]
    with pytest.raises(TypeError):
        parts("bspsa_widgets.widgets.base.contract", ast.parse(wrong, mode="eval").body)


@pytest.mark.parametrize(
    ("panel", "traits"),
    [(FormPanel, submitter.SubmitterTraits), (MonitorPanel, monitor.MonitorTraits)],
)
def test_every_synced_trait_is_declared_and_every_declared_one_is_there(
    panel: type[Panel], traits: Any
) -> None:
    foreign = anywidget.AnyWidget.class_trait_names(sync=True)
    ours = set(panel.class_trait_names(sync=True)) - set(foreign)
    assert ours - {"_bundle"} == set(traits.__annotations__)  # that is the view itself


def test_the_view_reads_all_that_python_sends() -> None:
    known = read_by_the_view() | DYNAMIC
    unread = [f"{kind}.{key}" for module in CONTRACTS for kind, key in sent(module)]
    assert [one for one in unread if one.partition(".")[2] not in known] == []


# Read by their names in a list (js/src/submitter/form_sync.ts: FORM_NAMES).
DYNAMIC = set(submitter.Form.__annotations__)
