"""Every colour that a program can ask for becomes one of few words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.terminal.colours import CLASSES, COLOURS, PLAIN, classes, styled


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ("", ""),
        ("0", ""),
        ("31", "red"),
        ("97", "bright-white"),
        ("41", "on-red"),
        ("100", "on-bright-black"),
        ("1;2;3;4", "bold dim italic underline"),
        ("01;31", "bold red"),
        ("31;0", ""),
        ("31;", ""),
        ("1;22", ""),
        ("7", "black on-white"),
        ("31;7", "black on-red"),
        ("31;42;7;27", "red on-green"),
        ("38;5;9", "bright-red"),
        ("38;5;196", "bright-red"),
        ("38;5;22;1", "bold green"),
        ("38;5;208", "bright-yellow"),  # orange
        ("38;5;61", "blue"),
        ("38;5;244", "bright-black"),
        ("38;5;233", "black"),
        ("48;5;250", "on-white"),
        ("38;5;255", "white"),
        ("38;2;255;255;255", "bright-white"),
        ("38;2;1;2;3;4", "underline black"),
        ("38;2;255;121;198", "bright-magenta"),
        ("48;2;40;42;54", "on-black"),
        ("38:2::200:0:0", "red"),
        ("38:2:200:0:0", "red"),
        ("38:5:12", "bright-blue"),
        ("4:3", "underline"),
        ("4;4:0", ""),
        ("38;5;300", ""),
        ("38;5", ""),
        ("38", ""),
        ("38;9;1", "bold"),
        ("38;2;1;2", ""),
        ("999;31", "red"),
        ("31;<script>", "red"),
    ],
)
def test_what_is_asked_for_is_told_in_words(codes: str, words: str) -> None:
    assert classes(styled(PLAIN, codes)) == words


def test_the_sixteen_are_told_apart_by_each_way_of_asking() -> None:
    for number, name in enumerate(COLOURS):
        plain = 30 + number if number < 8 else 82 + number
        for codes in (f"38;5;{number}", str(plain)):
            assert classes(styled(PLAIN, codes)) == name


@given(st.text("0123456789;:<? m", max_size=30), st.text("0123456789;:", max_size=30))
def test_no_codes_make_a_word_that_is_not_known(one: str, other: str) -> None:
    assert set(classes(styled(styled(PLAIN, one), other)).split()) <= CLASSES
