"""The trait of the user's choice: lists of paths, and one folder that they count for."""

from __future__ import annotations

from typing import Any

import pytest

from bspsa_widgets.domain.choice import MOST_PATHS, Choice
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.widgets.submitter.file_choice import (
    checked,
    choice_of,
    chosen,
    no_choice,
)

CHOICE = Choice(include=("a.h5",), exclude=("old/",), include_secrets=(".env",))


def test_a_choice_goes_into_the_trait_and_comes_back_for_its_folder() -> None:
    state = chosen("ca1", CHOICE)
    assert checked(state) == state
    assert choice_of(state, "ca1") == CHOICE


@pytest.mark.parametrize("folder", ["", "ca1/", "other"])
def test_a_choice_counts_for_no_other_folder(folder: str) -> None:
    assert choice_of(chosen("ca1", CHOICE), folder) == Choice()


def test_what_is_not_given_is_empty() -> None:
    assert checked({}) == no_choice()
    assert checked({"folder": "ca1", "exclude": ("x",)})["exclude"] == ["x"]
    assert choice_of({}, "ca1") == choice_of({"folder": "ca1"}, "ca1") == Choice()


def test_a_path_that_is_given_twice_is_held_once_in_its_first_place() -> None:
    assert checked({"include": ["b", "a", "b"]})["include"] == ["b", "a"]


@pytest.mark.parametrize("given", [None, 5, "a.h5", [], ("x",), {"folder": 5}])
def test_what_is_no_choice_at_all_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(given)
    assert set(caught.value.errors) == {"choice"}


@pytest.mark.parametrize("field", ["include", "exclude", "include_secrets"])
@pytest.mark.parametrize(
    "given", [None, 5, "a.h5", b"a", [5], [None], ["x", ["y"]], ["\ud800"]], ids=repr
)
def test_what_is_no_list_of_paths_is_told_at_its_field(field: str, given: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked({field: given})
    assert set(caught.value.errors) == {field}
    assert "data/big.h5" in str(caught.value)


def test_a_list_without_end_is_not_read_to_its_end() -> None:
    def endless() -> Any:
        number = 0
        while True:
            yield str(number)
            number += 1

    with pytest.raises(InvalidInput, match=str(MOST_PATHS)):
        checked({"exclude": endless()})
    assert len(checked({"exclude": map(str, range(MOST_PATHS))})["exclude"]) == MOST_PATHS
