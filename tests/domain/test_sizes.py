"""Sizes and counts are told in the unit that fits."""

from __future__ import annotations

import pytest

from bspsa_widgets.domain.sizes import counted, megabytes, of_total


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        *((0, "0 B"), (999, "999 B"), (1_000, "1 kB")),
        *((1_500_000, "1.5 MB"), (2**33, "8589.9 MB")),
    ],
)
def test_sizes_are_in_the_unit_that_fits(size: int, shown: str) -> None:
    assert megabytes(size) == shown


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (8_100_000, 14_200_000, "8.1 of 14.2 MB"),
        (10_000, 14_200_000, "10 kB of 14.2 MB"),
        (0, 0, "0 of 0 B"),
    ],
)
def test_two_sizes_share_a_unit_where_they_can(done: int, total: int, shown: str) -> None:
    assert of_total(done, total) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 files"), (1, "1 file"), (20_000, "20,000 files")]
)
def test_counts_are_in_words(count: int, shown: str) -> None:
    assert counted(count) == shown
