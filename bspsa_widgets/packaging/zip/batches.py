"""Divide the files of a folder into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass

from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.zip.large_file import PIECE
from bspsa_widgets.packaging.zip.small_files import PackedFiles

MAX_FILES = 256  # of a batch
MEDIUM = 32 << 10  # mean bytes of a batch's files from which a second thread helps


@dataclass
class Batch:
    """One large file, or several smaller ones.

    Attributes:
        files: the files.
        size: bytes of all files.
        packed: the result, or its future; None if nothing packs them yet.
    """

    files: list[Member]
    size: int
    packed: PackedFiles | Future[PackedFiles | None] | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is one large file."""
        return self.size > PIECE

    @property
    def is_medium(self) -> bool:
        """Whether its files are large enough for a second thread to be faster."""
        return self.size >= MEDIUM * len(self.files)

    def result(self) -> PackedFiles | None:
        """Return the packed files, if they are ready.

        Returns:
            The packed files; None if they are not packed yet.

        Raises:
            PackingError: if a file cannot be read, or changes all the time.
        """
        if isinstance(self.packed, Future):
            if not self.packed.done():
                return None
            self.packed = self.packed.result()  # None if the worker process has ended
        return self.packed

    def claim(self) -> bool:
        """Claim the batch for the caller, if nothing has started to pack it.

        Returns:
            True if the caller should pack it; a submitted task is then cancelled.
        """
        if isinstance(self.packed, Future):
            # A task of the second thread can be cancelled; the worker process already has its own.
            return self.is_medium and self.packed.cancel()
        return self.packed is None

    def wait(self) -> None:
        """Wait until it is packed."""
        if isinstance(self.packed, Future):
            wait([self.packed])


def batches(members: Iterable[Member]) -> Iterator[Batch]:
    """Yield files in order: a large file alone, others together up to the size of a piece.

    Args:
        members: the files.

    Yields:
        The batches.
    """
    batch = Batch([], 0)
    for member in members:
        if batch.files and (batch.size + member.size > PIECE or len(batch.files) == MAX_FILES):
            yield batch
            batch = Batch([], 0)
        batch.files.append(member)
        batch.size += member.size
    if batch.files:
        yield batch
