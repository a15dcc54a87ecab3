"""How files are dealt out."""

from __future__ import annotations

import random
from concurrent.futures import Future

import pytest

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.zip.batches import MAX_FILES, MEDIUM, Batch, batches
from bspsa_widgets.packaging.zip.large_file import PIECE
from bspsa_widgets.packaging.zip.small_files import PackedFiles

PACKED = PackedFiles([], [], [])


def test_batches_keep_the_order_and_contain_all_files() -> None:
    source = random.Random(1)
    sizes = source.choices((0, 5, PIECE // 3, 3 * PIECE), k=900)
    members = tuple(Member(f"{number}", size) for number, size in enumerate(sizes))
    found = list(batches(members))
    assert [one for batch in found for one in batch.files] == list(members)
    for batch in found:
        assert batch.size == sum(one.size for one in batch.files)
        assert len(batch.files) <= MAX_FILES
        assert batch.is_large == (batch.size > PIECE)
        assert len(batch.files) == 1 or not batch.is_large


def test_a_batch_is_medium_by_its_mean_file_size() -> None:
    files = [Member("a", 2 * MEDIUM), Member("b", 0)]
    assert Batch(files, 2 * MEDIUM).is_medium
    assert not Batch(files, 2 * MEDIUM - 1).is_medium


def test_the_result_of_a_helper_is_available_when_done() -> None:
    packed: Future[PackedFiles | None] = Future()
    batch = Batch([], 0, packed)
    assert batch.result() is None
    packed.set_result(PACKED)
    batch.wait()
    assert batch.result() is PACKED


def test_a_batch_that_a_helper_did_not_pack_can_be_claimed() -> None:
    packed: Future[PackedFiles | None] = Future()
    batch = Batch([], 0, packed)
    packed.set_result(None)
    assert batch.result() is None
    assert batch.packed is None


@pytest.mark.parametrize(
    ("size", "is_begun", "claim"),
    [
        pytest.param(MEDIUM, False, True, id="at hand for a second thread"),
        pytest.param(MEDIUM, True, False, id="a second thread is at it"),
        pytest.param(1, False, False, id="a second process was asked"),
    ],
)
def test_a_batch_not_started_can_be_claimed(size: int, is_begun: bool, claim: bool) -> None:
    packed: Future[PackedFiles | None] = Future()
    if is_begun:
        packed.set_running_or_notify_cancel()
    batch = Batch([Member("a", size)], size, packed)
    assert batch.claim() == claim
    assert packed.cancelled() == claim


def test_a_batch_without_a_helper_can_be_claimed() -> None:
    assert Batch([Member("a", 1)], 1).claim()
    assert not Batch([Member("a", 1)], 1, PACKED).claim()


def test_the_error_of_a_helper_is_raised() -> None:
    packed: Future[PackedFiles | None] = Future()
    packed.set_exception(PackingError("gone.py cannot be read."))
    with pytest.raises(PackingError, match=r"gone\.py"):
        Batch([], 0, packed).result()
