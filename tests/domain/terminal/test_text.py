"""What a job printed is shown as a terminal would, and nothing of it can steer anything."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.terminal.colours import CLASSES
from bspsa_widgets.domain.terminal.text import (
    CUT,
    MOST_COLUMNS,
    Line,
    decoded,
    ends,
    fold,
    goes_up,
    plain,
)
from tests.growth import shortest

ALL = 10**9
RED = "\x1b[31m"

# What programs send to a terminal, whole and in pieces.
SEQUENCES = [
    "\x1b[0m", RED, "\x1b[1;38;5;200m", "\x1b[48;2;1;2;3m", "\x9b32m", "\x1b[K", "\x1b[1K",
    "\x1b[2K", "\x1b[J", "\x1b[2J", "\x1b[A", "\x1b[2A", "\x1b[B", "\x1b[3C", "\x1b[2D", "\x1b[5G",
    "\x1b[F", "\x1b[E", "\x1b[10;20H", "\x1b[?25l", "\x1b[?1049h", "\x1b7", "\x1b8", "\x1b(B",
    "\x1b]0;a title\x07", "\x1b]8;;http://x\x1b\\", "\x1bP1$r\x1b\\", "\x1b]", "\x1b[", "\x1b[3",
    "\x1b", "\x9b", "\x90", "\x1b[999999999999C", "\x1b[;;;m", "\x1b[38;5m", "\x1bc",
]  # fmt: skip
MOVES = ["\r", "\n", "\b", "\t", "\r\n", "\b\b\b"]
ODD = ["\0", "\x07", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\ufeff", "\ud800", "\u2028"]
PIECES = st.one_of(
    st.sampled_from([*SEQUENCES, *MOVES, *ODD]),
    st.text(max_size=8),
    st.sampled_from(["ab", "öß", "雪", "😀", "x" * 30, " "]),
)
PRINTED = st.lists(PIECES, max_size=40).map("".join)


def shown(text: str, most: int = ALL) -> list[str]:
    return plain(fold(text, most).lines)


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a\n\nb", ["a", "", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("10%\r 50%\r100%\ndone\n", ["100%", "done"]),
        ("working…\rok\n", ["okrking…"]),
        ("a long line\r\x1b[Kshort\n", ["short"]),
        ("a long line\x1b[2K\rshort\n", ["short"]),
        ("abc\x1b[1K\n", ["   "]),
        ("12\b\b34\n", ["34"]),
        ("\b\babc\bd\n", ["abd"]),
        ("a\tb\n", ["a       b"]),
        ("12345678\tb\n", ["12345678        b"]),
        ("\x1b[31m12345\x1b[0m\tb\n", ["12345   b"]),
        ("ab\x1b[3Cc\n", ["ab   c"]),
        ("abcd\x1b[2DX\n", ["abXd"]),
        ("abcd\x1b[2GX\n", ["aXcd"]),
        ("\x1b]0;a title\x07text\n", ["text"]),
        ("\x1b]8;;https://x.org\x1b\\a link\x1b]8;;\x1b\\ here\n", ["a link here"]),
        ("\x1bP1$rpayload\x1b\\text\n", ["text"]),
        ("\x1b]0;no end of it\ntext\n", ["0;no end of it", "text"]),
        ("text\x1b]0;a tit", ["text"]),
        ("\x1b[?25l\x1b(Btext\x1b[?25h\x1b7\x1b8\n", ["text"]),
        ("one\n\x1b[2J\x1b[Htext\n", ["one", "text"]),
        ("text\x1b[2J, kept\n", ["text, kept"]),
        ("text\x1b[3", ["text"]),
        ("text\x1b", ["text"]),
        ("a\x1b[1\nb\n", ["a", "b"]),
        ("one\ntwo\x1b[A\rONE\n\nx\n", ["ONE", "two", "x"]),
        ("one\ntwo\x1b[F\x1b[Jend\n", ["end"]),
        ("one\ntwo\nthree\x1b[2F\x1b[Ex\n", ["one", "xwo", "three"]),
    ],
)
def test_it_is_shown_as_on_a_terminal(printed: str, lines: list[str]) -> None:
    assert shown(printed) == lines


def test_nested_progress_bars_are_two_lines() -> None:
    """As tqdm draws them: the inner one a line below the outer one."""
    printed = "\r 0% outer"
    for step in range(1, 4):
        for inner in range(0, 101, 20):
            printed += f"\n\r{inner:3}% inner\x1b[A"
        printed += f"\r{step:2}% outer"
    assert shown(printed + "\n\ndone\n") == [" 3% outer", "100% inner", "done"]
    assert goes_up(printed)


def test_the_bar_of_an_older_keras_takes_its_letters_back() -> None:
    printed = "".join("\b" * 12 + f"{step:3}/100 [==]" for step in range(101))
    assert shown(printed + "\n") == ["100/100 [==]"]


def test_colours_are_words_and_stay_until_they_are_taken_back() -> None:
    printed = f"{RED}error\nstill\x1b[0m plain \x1b[1;4;92;44mall\x1b[22;24;39;49m none"
    assert fold(printed, ALL).lines == (
        (("error", "red"),),
        (("still", "red"), (" plain ", ""), ("all", "bold underline bright-green on-blue"),
         (" none", "")),
    )  # fmt: skip


def test_a_colour_that_began_before_the_lines_that_are_shown_is_known() -> None:
    assert fold(f"{RED}\n" + "x\n" * 5 + "last\n", 1).lines == ((("last", "red"),),)


def test_what_is_written_over_takes_the_new_colour() -> None:
    (line,) = fold(f"abcdef\r{RED}XY\x1b[0m\n", ALL).lines
    assert line == (("XY", "red"), ("cdef", ""))


def test_what_cannot_be_seen_is_made_visible() -> None:
    assert shown("a\0b\x07c\x7f\x85d\u202ee\u2066f\u2028g\ud800h\xa0i") == [
        "a\u2400b\u2407c\u2421\ufffdd\ufffde\ufffdf\ufffdg\ufffdh i"
    ]


def test_a_line_that_is_too_long_is_cut_with_a_sign() -> None:
    for before in ("", RED, "abc\r"):
        (text,) = shown(before + "x" * (MOST_COLUMNS + 1))
        assert text == "x" * MOST_COLUMNS + CUT
        (text,) = shown(before + "x" * MOST_COLUMNS)
        assert text == "x" * MOST_COLUMNS


@pytest.mark.parametrize("before", ["", RED, "\x1b[m"])
def test_only_the_last_lines_are_given_and_the_others_are_counted(before: str) -> None:
    printed = before + "".join(f"{number}\n" for number in range(1, 101))
    folded = fold(printed, 3)
    assert (plain(folded.lines), folded.before) == (["98", "99", "100"], 97)
    folded = fold(printed, 100)
    assert (len(folded.lines), folded.before) == (100, 0)


@given(PRINTED)
def test_nothing_that_comes_out_steers_a_terminal_or_a_page(printed: str) -> None:
    for line in fold(printed, ALL).lines:
        for text, look in line:
            assert text
            assert text.isprintable()
            assert set(look.split()) <= CLASSES
            assert not any(unicodedata.category(sign)[0] == "C" for sign in text)
            text.encode()
        assert sum(len(text) for text, _ in line) <= MOST_COLUMNS + len(CUT)


@given(st.lists(st.tuples(st.sampled_from(SEQUENCES[:5]), st.text("abö雪 ")), max_size=20))
def test_colours_take_nothing_from_the_text(pieces: list[tuple[str, str]]) -> None:
    assert "".join(shown("".join(map("".join, pieces)))) == "".join(text for _, text in pieces)


@given(st.text(st.characters().filter(str.isprintable), min_size=1, max_size=200))
def test_text_is_kept(printed: str) -> None:
    assert shown(printed) == [printed]


@given(PRINTED, st.integers(1, 20))
def test_the_last_lines_are_the_last_of_all(printed: str, most: int) -> None:
    every, last = fold(printed, ALL), fold(printed, most)
    assert last.lines == every.lines[-most:]
    assert last.before + len(last.lines) == len(every.lines)


@given(st.lists(st.sampled_from(["\r", "\n", "\t", "ab", "c", "\0"]), max_size=30).map("".join))
def test_the_short_way_and_the_long_way_show_the_same(printed: str) -> None:
    assert shown(printed) == shown("\x1b[m" + printed) or not printed


class Paper:
    """A terminal of the simplest kind, sign by sign."""

    def __init__(self, printed: list[str]) -> None:
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        for piece in printed:
            if piece in ("\n", "\x1b[A"):
                self.turn(1 if piece == "\n" else -1)
            elif piece in ("\x1b[K", "\x1b[2K"):
                self.rows[self.row] = self.rows[self.row][: self.column if piece == "\x1b[K" else 0]
            elif piece in ("ab", "c"):
                self.write(piece)
            else:
                tab = 8 - self.column % 8
                by = {"\r": -self.column, "\b": -1, "\t": tab, "\x1b[2C": 2, "\x1b[2D": -2}[piece]
                self.column = max(0, self.column + by)

    def turn(self, by: int) -> None:
        self.row = max(0, self.row + by)
        self.column = 0 if by > 0 else self.column
        if self.row == len(self.rows):
            self.rows.append([])

    def write(self, piece: str) -> None:
        for sign in piece:
            row = self.rows[self.row]
            row += [" "] * (self.column - len(row) + 1)
            row[self.column] = sign
            self.column += 1

    @property
    def lines(self) -> list[str]:
        return ["".join(signs) for signs in self.rows]


PAPER = ["\n", "\r", "\b", "\t", "\x1b[A", "\x1b[2C", "\x1b[2D", "\x1b[K", "\x1b[2K", "ab", "c"]


@given(st.lists(st.sampled_from(PAPER), max_size=40))
def test_it_shows_what_a_terminal_of_the_simplest_kind_shows(printed: list[str]) -> None:
    found, wanted = shown("".join(printed)), Paper(printed).lines
    while found and not found[-1]:
        found.pop()
    while wanted and not wanted[-1]:
        wanted.pop()
    assert found == wanted


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_are_text_and_a_half_character_at_the_end_is_no_wrong_one(
    data: bytes, cut: int
) -> None:
    assert decoded(data) == data.decode("utf-8", "replace")
    text = "aöß雪😀" * 3
    coming = decoded(text.encode()[:cut], is_whole=False)
    assert text.startswith(coming)
    assert "\ufffd" not in coming
    assert len(decoded(data, is_whole=False)) >= len(decoded(data)) - 3


def test_invalid_bytes_at_the_end_are_not_waited_for() -> None:
    assert decoded(b"a\xff", is_whole=False) == "a\ufffd"
    assert decoded(b"a\x80\x80\x80\x80", is_whole=False) == "a" + "\ufffd" * 4


def test_blank_lines_at_the_end_are_no_end() -> None:
    lines: tuple[Line, ...] = ((("a", ""),), (("b", ""),), (), ((" ", "red"),))
    assert plain(ends(lines, 1)) == ["b"]
    assert plain(ends(lines, 9)) == ["a", "b"]
    assert ends(((), ()), 3) == ()


HOSTILE = {
    "plain": "step 123 of 456: voltage -65.0 mV\n",
    "coloured": f"{RED}INFO\x1b[0m step 123 of 456: voltage -65.0 mV\n",
    "a bar": "\r\x1b[K 12% |####    | 123/456",
    "one line": "x",
    "blank lines": "\n",
    "dense": "a\x1b[m",
    "up": "a\x1b[A",
    "back": "a\b",
    "titles without an end": "\x1b]",
    "one long sequence": "1;",
    "tabs": "\t",
    "signs": "\0",
    "nested": "\n\rinner\x1b[A\router",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_five_megabytes_take_well_under_a_second(what: str) -> None:
    piece = HOSTILE[what]
    printed = RED + "\x1b[" + piece * (5_000_000 // len(piece))
    # 0.02 to 0.5 s on an idle machine
    assert shortest(lambda: fold(printed, 1000), runs=3) < 2
