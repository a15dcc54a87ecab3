"""No imports go in a circle, neither at run time nor for the type checker alone."""

from __future__ import annotations

from tests.structure import python_source, typescript_source
from tests.structure.source import circles


def test_no_modules_of_the_package_import_each_other() -> None:
    assert circles(python_source.imports()) == []


def test_no_modules_of_the_view_import_each_other() -> None:
    assert circles(typescript_source.imports()) == []


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
