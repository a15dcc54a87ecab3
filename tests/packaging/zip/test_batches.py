"""How files are dealt out."""

from __future__ import annotations

import random
from concurrent.futures import Future

import pytest

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.zip.batches import MIDDLING, MOST_FILES, Batch, batches
from bspsa_widgets.packaging.zip.large_file import PIECE
from bspsa_widgets.packaging.zip.small_files import PackedFiles

PACKED = PackedFiles([], [], [])


def test_batches_keep_the_order_and_leave_nothing_out() -> None:
    source = random.Random(1)
    sizes = source.choices((0, 5, PIECE // 3, 3 * PIECE), k=900)
    members = tuple(Member(f"{number}", size) for number, size in enumerate(sizes))
    found = list(batches(members))
    assert [one for batch in found for one in batch.files] == list(members)
    for batch in found:
        assert batch.size == sum(one.size for one in batch.files)
        assert len(batch.files) <= MOST_FILES
        assert batch.is_large == (batch.size > PIECE)
        assert len(batch.files) == 1 or not batch.is_large


def test_a_batch_is_middling_by_its_files_on_average() -> None:
    files = [Member("a", 2 * MIDDLING), Member("b", 0)]
    assert Batch(files, 2 * MIDDLING).is_middling
    assert not Batch(files, 2 * MIDDLING - 1).is_middling


def test_what_a_helper_packs_is_there_once_it_is_done() -> None:
    packed: Future[PackedFiles | None] = Future()
    batch = Batch([], 0, packed)
    assert batch.result() is None
    packed.set_result(PACKED)
    batch.wait()
    assert batch.result() is PACKED


def test_what_a_helper_left_is_nobodys_again() -> None:
    packed: Future[PackedFiles | None] = Future()
    batch = Batch([], 0, packed)
    packed.set_result(None)
    assert batch.result() is None
    assert batch.packed is None


@pytest.mark.parametrize(
    ("size", "is_begun", "is_to_be_had"),
    [
        pytest.param(MIDDLING, False, True, id="at hand for a second thread"),
        pytest.param(MIDDLING, True, False, id="a second thread is at it"),
        pytest.param(1, False, False, id="a second process was asked"),
    ],
)
def test_what_nobody_has_begun_is_to_be_had(size: int, is_begun: bool, is_to_be_had: bool) -> None:
    packed: Future[PackedFiles | None] = Future()
    if is_begun:
        packed.set_running_or_notify_cancel()
    batch = Batch([Member("a", size)], size, packed)
    assert batch.is_to_be_had() == is_to_be_had
    assert packed.cancelled() == is_to_be_had


def test_what_nobody_was_given_is_to_be_had() -> None:
    assert Batch([Member("a", 1)], 1).is_to_be_had()
    assert not Batch([Member("a", 1)], 1, PACKED).is_to_be_had()


def test_a_helpers_error_is_raised_here() -> None:
    packed: Future[PackedFiles | None] = Future()
    packed.set_exception(PackingError("gone.py cannot be read."))
    with pytest.raises(PackingError, match=r"gone\.py"):
        Batch([], 0, packed).result()
