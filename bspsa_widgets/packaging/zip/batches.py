"""How the files of a folder are dealt out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass

from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.zip.large_file import PIECE
from bspsa_widgets.packaging.zip.small_files import PackedFiles

MOST_FILES = 256  # of a batch
MIDDLING = 32 << 10  # bytes: files of a batch on average; from there a second thread helps


@dataclass
class Batch:
    """One large file, or some others.

    Attributes:
        size: bytes of all of them.
        packed: what they have become, or will; None: nobody packs them yet.
    """

    files: list[Member]
    size: int
    packed: PackedFiles | Future[PackedFiles | None] | None = None

    @property
    def is_large(self) -> bool:
        return self.size > PIECE

    @property
    def is_middling(self) -> bool:
        return self.size >= MIDDLING * len(self.files)

    def result(self) -> PackedFiles | None:
        """None: it is not packed, or not yet.

        Raises:
            PackingError: a file cannot be read, or changes all the time.
        """
        if isinstance(self.packed, Future):
            if not self.packed.done():
                return None
            self.packed = self.packed.result()  # None where who was to pack it is gone
        return self.packed

    def is_to_be_had(self) -> bool:
        """Whether nobody has begun with it; nobody else will, then."""
        if isinstance(self.packed, Future):
            # What lies at hand for a second thread; a second process has been asked for it.
            return self.is_middling and self.packed.cancel()
        return self.packed is None

    def wait(self) -> None:
        """Until whoever packs it is done."""
        if isinstance(self.packed, Future):
            wait([self.packed])


def batches(members: Iterable[Member]) -> Iterator[Batch]:
    """In order: a large file alone, others together up to a piece's size."""
    batch = Batch([], 0)
    for member in members:
        if batch.files and (batch.size + member.size > PIECE or len(batch.files) == MOST_FILES):
            yield batch
            batch = Batch([], 0)
        batch.files.append(member)
        batch.size += member.size
    if batch.files:
        yield batch
