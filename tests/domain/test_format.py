"""Sizes, counts and durations are written by one rule, here and in the view.

`js/tests/text/quantities.test.ts` reads the same table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.format import (
    format_count,
    format_done,
    format_duration,
    format_packing,
    format_size,
)

TABLE = json.loads((Path(__file__).parent / "format.json").read_text(encoding="utf-8"))
RULES: dict[str, Callable[..., str]] = {
    "sizes": format_size,
    "done": format_done,
    "counts": format_count,
    "durations": format_duration,
}


@pytest.mark.parametrize(
    ("rule", "row"), [(rule, row) for rule, rows in TABLE.items() for row in rows]
)
def test_a_figure_is_written_as_in_the_table(rule: str, row: list[Any]) -> None:
    *given, text = row
    assert RULES[rule](*given) == text


def test_the_progress_of_packing_is_one_line() -> None:
    line = format_packing(8_100_000, 14_200_000, 3, 1280)
    assert line == "Packing 8.1 of 14.2 MB (3 of 1,280 files)"
