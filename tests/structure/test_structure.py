"""The figures of the structure see what they are to count."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.structure import docstrings, python_source, typescript_source
from tests.structure.source import circles

WHOLE = '''
def f(one: int, *, two: int) -> int:
    """Return a sum.

    Args:
        one: the first.
        two (int): the second.

    Returns:
        The sum.
    """
    return one + two
'''


def gaps(source: str) -> set[str]:
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    return set(docstrings._gaps(function, is_method=False))


def test_modules_that_import_each_other_are_found() -> None:
    imports = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a", "e"], "e": ["e"], "f": ["nowhere"]}
    assert circles(imports) == [["a", "b", "c"], ["e"]]


def test_a_complete_docstring_has_no_gaps() -> None:
    assert gaps(WHOLE) == set()


@pytest.mark.parametrize(("without", "gap"), [("two (int)", "Args"), ("Returns", "Returns")])
def test_what_a_docstring_lacks_is_named(without: str, gap: str) -> None:
    assert gaps(WHOLE.replace(without, "Other")) == {gap}


def test_a_docstring_that_is_not_there_is_named() -> None:
    assert gaps("def f(one: int) -> int:\n    return one") == {"docstring"}


def test_an_error_that_is_raised_is_to_be_named() -> None:
    assert gaps('def f() -> None:\n    """Do it."""\n    raise OSError') == {"Raises"}
    assert gaps('def f() -> None:\n    """Do it."""\n    def g():\n        raise OSError') == set()


def test_python_lines_of_code_leave_out_docstrings_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text('"""Text\nof two lines."""\n\n# why\nx = """\ntext\n"""  # what\n')
    assert python_source.count_code(path) == 3


def test_functions_of_typescript_are_as_long_as_their_bodies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.tsx"
    path.write_text(
        "// why\nexport function one(\n  a: number,\n) {\n  return () => {\n    a;\n  };\n}\n"
        "const two = (a: number) => <p>{a}</p>;\n"
    )
    monkeypatch.setattr(typescript_source, "relative", lambda path: path.name)
    found = [(one.name, one.lines) for one in typescript_source.functions(path)]
    assert found == [("one", 5), ("(…)", 3), ("two", 1)]
    assert typescript_source.count_code(path) == 8
