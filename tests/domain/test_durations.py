"""Times are told in the two units that matter."""

from __future__ import annotations

import pytest

from bspsa_widgets.domain.durations import lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599, "59 min 59 s"),
        (7500, "2 h 05 min"),
        (360_000, "100 h 00 min"),
    ],
)
def test_it_is_told_in_words(seconds: float, words: str) -> None:
    assert lasting(seconds) == words
