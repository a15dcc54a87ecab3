"""A choice of files is lists of paths, and nothing that only looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from bspsa_widgets.domain.choice import LISTS, Choice
from bspsa_widgets.errors import InvalidInput


def test_lists_are_taken_as_they_are_given() -> None:
    given: dict[str, Any] = {"include": ["a", "b/"], "exclude": ("c",)}
    choice = Choice(**given)
    assert choice == Choice(include=("a", "b/"), exclude=("c",))
    assert hash(choice) == hash(Choice(include=("a", "b/"), exclude=("c",)))
    assert choice.include_secrets == ()


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("given", ["a.csv", b"a", None, 3, ["a", 1], {"a": 1}])
def test_what_is_no_list_of_paths_is_named_with_its_field(field: str, given: Any) -> None:
    with pytest.raises(InvalidInput, match="is not a list of paths") as caught:
        Choice(**{field: given})
    assert caught.value.field == field
