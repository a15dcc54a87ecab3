"""Text from outside is one line in which nothing hides, and honest text stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.clean_text import clean_text


@pytest.mark.parametrize(
    ("given_", "clean"),
    [
        ("rep\u202egnp.exe", "rep\ufffdgnp.exe"),
        ("\u2066a\u2069 \u200fb\u061c", "\ufffda\ufffd \ufffdb\ufffd"),
        ("a\ud83d", "a\ufffd"),
        ("\udc80\ud83d", "\ufffd\ufffd"),
        ("a\r\nb\tc\u2028d\u0085e\u2029f", "a  b c d e f"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07x", "red x"),
        ("a\x00b\x07", "a\ufffdb\ufffd"),
        ("a\u200bb\ufeff", "a\ufffdb\ufffd"),
    ],
)
def test_what_would_hide_or_turn_text_is_made_visible(given_: str, clean: str) -> None:
    assert clean_text(given_) == clean


@pytest.mark.parametrize(
    "text",
    [
        "CA1 fit, 200 cells",
        "<b>bold</b> & \"quoted\" 'x' \\ud83d",
        "é日本 \u05d0\u05d1 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f52c \u2764\ufe0f",
        "10\u00a0mV\u3000x  y",
        "",
        " ends in blanks ",
    ],
)
def test_honest_text_in_any_language_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@given(st.text(alphabet=st.characters(categories=None)))
def test_any_text_can_be_sent_shown_and_cleaned_again(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(sign) for sign in clean}
    assert clean_text(clean) == clean
