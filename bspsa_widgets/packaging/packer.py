"""From files to a zip, on two threads where that is faster, in bounded memory.

Measured on two cores: large files are packed in pieces of 1 MiB, side by side; so are
batches of middling files; small files are packed one after the other on one thread, and
where there are many, in a second process. All is written in the order of the selection, so
that the same files give the same bytes.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from io import FileIO
from typing import NamedTuple

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.manifest import Entry, Manifest
from bspsa_widgets.packaging.modest import Breath, breathe, give_way
from bspsa_widgets.packaging.packed_files import PackedFiles, mode_of, pack_files
from bspsa_widgets.packaging.partner import Partner
from bspsa_widgets.packaging.pieces import PIECE, Pieces
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.packaging.source import READS, Sources, at_rest, changed, is_same
from bspsa_widgets.packaging.zip_records import dos_date
from bspsa_widgets.packaging.zip_writer import ZipWriter

MOST_FILES = 256  # of a batch
WORTH_A_THREAD = 32 << 10  # bytes: files of a batch on average
THREADS = 2
WORTH_A_PARTNER = 2000  # small files; fewer are packed before a second process has started
MOST_BATCHES = 8  # under way
KEPT = 8 << 20  # bytes: see `Packer._helpers`
UPDATES_PER_SECOND = 10
LOOK = 0.02  # seconds: how often it is asked for a cancel while a large file is packed


class Progress(NamedTuple):
    """How far packing is: bytes read and in all, files done and in all."""

    done: int
    total: int
    files: int
    all_files: int


Tell = Callable[[Progress], object]
# A batch that is packed, or is being packed; None: nobody has packed it.
_Batch = PackedFiles | Future[PackedFiles] | Future[PackedFiles | None]


class Packer:
    """Packs one selection into one file, once.

    Args:
        file: empty, open for writing and seeking.
        tell: told at most ten times a second, and at the end.
        stopped: asked at every file, and while one is packed.
    """

    def __init__(
        self,
        selection: Selection,
        file: FileIO,
        tell: Tell | None,
        stopped: Callable[[], bool],
    ) -> None:
        self._selection = selection
        self._folder = selection.folder.name
        self._zip = ZipWriter(file)
        self._tell = tell
        self._stopped = stopped
        self._total = selection.size
        self._done = 0
        self._told = time.monotonic()
        self._entries: list[Entry] = []
        self._batches: deque[tuple[list[Member], _Batch]] = deque()
        self._partner: Partner | None = None
        self._breath = Breath()

    def run(self) -> tuple[Manifest, int]:
        """Pack everything; returns what is in it, and the zip's bytes.

        Raises:
            Stopped: `stopped` said so.
            PackingError: a file cannot be read, or changes all the time.
            OSError: the zip cannot be written.
        """
        breathe()
        with self._helpers():
            for batch in batches(self._selection.members):
                self._pack(batch)
            self._drain()
            for folder in self._selection.empty_folders:
                self._ask()
                self._zip.add_folder(f"{self._folder}/{folder}")
            size = self._zip.close()
        self._report()
        return Manifest(tuple(self._entries)), size

    @contextmanager
    def _helpers(self) -> Iterator[None]:
        """What works beside this thread, for as long as there is work."""
        # glibc hands freed memory back to the system at once, and every piece would pay for
        # fresh pages, a tenth of all work. Once a block of some size has been freed, it keeps
        # twice as much to be used again. This one is never written to, so it takes no memory.
        bytearray(KEPT)
        small = sum(member.size < WORTH_A_THREAD for member in self._selection.members)
        with ExitStack() as stack:
            self._sources = stack.enter_context(Sources(self._selection.folder))
            self._pool = ThreadPoolExecutor(THREADS, "bspsa-packing", give_way)
            stack.callback(self._pool.shutdown, cancel_futures=True)
            if small >= WORTH_A_PARTNER:
                self._partner = stack.enter_context(Partner(self._selection.folder))
            yield

    def _pack(self, batch: list[Member]) -> None:
        size = sum(member.size for member in batch)
        if size > PIECE:
            self._drain()
            self._pack_large(batch[0])
            return
        self._drain(MOST_BATCHES - 1)
        if size >= WORTH_A_THREAD * len(batch):
            packed = self._pool.submit(_packed_all, self._opened(batch), self._folder)
            self._batches.append((batch, packed))
        elif self._partner and self._partner.is_free:
            self._batches.append((batch, self._partner.pack(batch)))
        else:
            self._batches.append((batch, self._packed_here(batch)))

    def _packed_here(self, batch: list[Member]) -> PackedFiles:
        return pack_files(self._sources.opened(self._asking(batch)), self._folder)

    def _asking(self, batch: list[Member]) -> Iterator[Member]:
        for member in batch:
            self._ask()
            self._breath.take()
            yield member

    def _opened(self, batch: list[Member]) -> list[tuple[Member, int]]:
        """Each with its descriptor; all are open, or none."""
        files: list[tuple[Member, int]] = []
        try:
            files.extend(self._sources.opened(batch))
        except BaseException:
            _close(files)
            raise
        return files

    def _drain(self, left: int = 0) -> None:
        """Write what is packed, until so many batches are under way."""
        while len(self._batches) > left:
            self._ask()
            batch, packed = self._batches.popleft()
            found = packed.result() if isinstance(packed, Future) else packed
            self._add(self._packed_here(batch) if found is None else found)

    def _add(self, files: PackedFiles) -> None:
        self._zip.add(files)
        self._entries += map(Entry._make, files.entries)
        self._come_to(self._done + sum(entry[1] for entry in files.entries))

    def _pack_large(self, member: Member) -> None:
        handle = self._sources.open(member.source or member.path)
        try:
            for _ in range(READS):
                done = self._done
                if self._has_packed(member.path, handle):
                    return
                self._done = done
                os.lseek(handle, 0, os.SEEK_SET)
        finally:
            os.close(handle)
        raise changed(member.path)

    def _has_packed(self, path: str, handle: int) -> bool:
        """False where it changed meanwhile; then nothing of it is left in the zip."""
        about = at_rest(handle, path)
        mode, date = mode_of(about), dos_date(int(about.st_mtime))
        file = self._zip.begin(f"{self._folder}/{path}", mode, date, about.st_size)
        pieces = Pieces(handle, path, about.st_size, file.write)
        self._pack_pieces(pieces)
        if pieces.size != about.st_size or not is_same(about, handle):
            file.take_back()
            return False
        self._zip.end(file, pieces.crc, pieces.size)
        self._entries.append(Entry(path, pieces.size, pieces.digest.hexdigest(), mode))
        return True

    def _pack_pieces(self, pieces: Pieces) -> None:
        """On all threads, while this one tells and asks."""
        done = self._done
        work = [self._pool.submit(pieces.pack) for _ in range(THREADS)]
        try:
            while wait(work, LOOK).not_done:
                self._come_to(done + pieces.size)
            for each in work:
                each.result()
        except BaseException:
            pieces.give_up()
            wait(work)
            raise
        self._come_to(done + pieces.size)

    def _come_to(self, done: int) -> None:
        """So many bytes are read."""
        self._done = done
        if self._tell and time.monotonic() - self._told >= 1 / UPDATES_PER_SECOND:
            self._report()
        self._ask()

    def _report(self) -> None:
        self._told = time.monotonic()
        if self._tell:
            files = len(self._selection.members)
            self._tell(Progress(self._done, self._total, len(self._entries), files))

    def _ask(self) -> None:
        if self._stopped():
            raise Stopped


def batches(members: tuple[Member, ...]) -> Iterator[list[Member]]:
    """In order: a large file alone, others together up to a piece's size."""
    batch: list[Member] = []
    size = 0
    for member in members:
        if batch and (size + member.size > PIECE or len(batch) == MOST_FILES):
            yield batch
            batch, size = [], 0
        batch.append(member)
        size += member.size
    if batch:
        yield batch


def _packed_all(files: list[tuple[Member, int]], name: str) -> PackedFiles:
    """A batch, on a thread of its own; closes what was opened for it."""
    waiting = deque(files)
    try:
        return pack_files((waiting.popleft() for _ in files), name)
    finally:
        _close(waiting)


def _close(files: deque[tuple[Member, int]] | list[tuple[Member, int]]) -> None:
    for _, handle in files:
        os.close(handle)
