"""Every file of a job has a name of its own here, whatever the disk makes of letters."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.filenames import MOST_BYTES, safe_name
from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.domain.names_here import folded, names_here

_names = st.lists(st.text(min_size=1, max_size=30) | st.text("aAéE\u0301ß.:*/", min_size=1))


def files(*names: str) -> list[JobFile]:
    return [JobFile(name=name, key=f"{name}#{number}") for number, name in enumerate(names)]


def here(*names: str, earlier: dict[str, str] | None = None) -> list[str]:
    listed = files(*names)
    found = names_here(listed, earlier or {})
    return [found[file.key] for file in listed]


def test_plain_names_stay() -> None:
    assert here("stdout", "rates.csv", "my file.txt") == ["stdout", "rates.csv", "my file.txt"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rates.csv", "Rates.CSV"),
        ("caf\u00e9", "cafe\u0301"),
        ("straße", "STRASSE"),
        ("a_b", "a:b"),
        ("twice", "twice"),
        ("x" * 300, "x" * 301),
        ("output.tar.gz", "Output.tar.gz"),
    ],
)
def test_names_that_are_one_on_some_disk_are_two_here(one: str, other: str) -> None:
    first, second = here(one, other)
    assert folded(first) != folded(second)
    assert Path(first).suffix.lower() == Path(safe_name(one)).suffix.lower()


def test_the_suffix_stands_before_the_ending() -> None:
    assert sorted(here("A.tar.gz", "a.tar.gz"))[0] == "A.tar.gz"
    second = sorted(here("A.tar.gz", "a.tar.gz"))[1]
    assert second.startswith("a-")
    assert second.endswith(".tar.gz")


def test_a_name_does_not_hang_on_the_lists_order() -> None:
    names = ["b", "A", "a", "a:", "a*"]
    forth, back = here(*names), here(*reversed(names))
    assert forth == list(reversed(back))


def test_a_new_file_does_not_take_the_name_of_one_that_came() -> None:
    first, second = here("A", "a", earlier={"a": "a"})
    assert second == "a"
    assert folded(first) != "a"


def test_what_stands_in_a_damaged_note_leads_nowhere() -> None:
    assert here("stdout", earlier={"../../stdout": "stdout", "/etc/x": "stdout"}) == ["stdout"]


@given(_names, st.dictionaries(st.text("aA./", min_size=1), st.text("aA")))
def test_all_are_safe_and_no_two_are_one(names: list[str], earlier: dict[str, str]) -> None:
    found = here(*names, earlier=earlier)
    assert len({folded(name) for name in found}) == len(names)
    for name in found:
        assert name == safe_name(name)
        assert len(name.encode()) <= MOST_BYTES
        assert unicodedata.normalize("NFC", name) == name
