"""Pack files into a zip, on two processors where that is faster, in bounded memory.

This thread packs, with one helper. Measured on two cores: a second thread helps with
large files (each thread takes the next piece of 1 MiB) and with batches of medium-sized
files; with many small files only a second process helps. Everything is written in the order of
the selection, so that the same files give the same bytes.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import ExitStack, contextmanager
from io import FileIO
from typing import NamedTuple

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.compact_records import CompactRecords
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.manifest import Manifest, PackedFile
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.packaging.source import READS, Sources, changed, is_same, stable_stat
from bspsa_widgets.packaging.yielding import Yielding, lower_priority, yield_gil
from bspsa_widgets.packaging.zip.batches import MEDIUM, Batch, batches
from bspsa_widgets.packaging.zip.large_file import LargeFile
from bspsa_widgets.packaging.zip.malloc_hint import keep_freed_memory
from bspsa_widgets.packaging.zip.records import dos_date
from bspsa_widgets.packaging.zip.small_files import PackedFiles, mode_of, pack_files
from bspsa_widgets.packaging.zip.worker_process import WorkerProcess
from bspsa_widgets.packaging.zip.worker_threads import WorkerThreads
from bspsa_widgets.packaging.zip.writer import ZipWriter

MIN_FILES_FOR_PROCESS = 2000  # small files; fewer are packed before a process has started
MAX_BATCHES = 8  # in progress
UPDATES_PER_SECOND = 10


class PackingProgress(NamedTuple):
    """Progress of packing.

    Attributes:
        done: bytes read.
        total: bytes of all files.
        files: files packed.
        all_files: number of all files.
    """

    done: int
    total: int
    files: int
    all_files: int


ReportProgress = Callable[[PackingProgress], object]


class Packer:
    """Packs one selection into one file, once.

    Args:
        selection: the files.
        file: empty, open for writing and seeking.
        report: called with the progress at most ten times a second, and at the end; or None.
        stopped: checked at every file, and while one is packed; True stops the packing.
    """

    def __init__(
        self,
        selection: Selection,
        file: FileIO,
        report: ReportProgress | None,
        stopped: Callable[[], bool],
    ) -> None:
        self._selection = selection
        self._folder = selection.folder.name
        self._zip = ZipWriter(file)
        self._report_progress = report
        self._stopped = stopped
        self._total = selection.size
        self._done = 0
        self._reported_at = time.monotonic()
        self._entries: list[tuple[str, int, str, int]] = []
        self._batches: deque[Batch] = deque()
        self._process: WorkerProcess | None = None
        self._yielding = Yielding()

    def run(self) -> tuple[Manifest, int]:
        """Pack everything.

        Returns:
            The manifest, and the bytes of the zip.

        Raises:
            Stopped: if `stopped` returned True.
            PackingError: if a file cannot be read, or changes all the time.
            OSError: if the zip cannot be written.
        """
        yield_gil()
        with self._helpers():
            for batch in batches(self._selection.members):
                self._pack(batch)
            self._drain()
            for folder in self._selection.empty_folders:
                self._check_stop()
                self._zip.add_folder(f"{self._folder}/{folder}")
            size = self._zip.close()
        self._report()
        return Manifest(CompactRecords(PackedFile, self._entries)), size

    @contextmanager
    def _helpers(self) -> Iterator[None]:
        """Start the second thread, and the worker process if there are many small files."""
        keep_freed_memory()
        folder = self._selection.folder
        small = sum(member.size < MEDIUM for member in self._selection.members)
        with ExitStack() as stack:
            self._sources = stack.enter_context(Sources(folder))
            self._thread_sources = stack.enter_context(Sources(folder))
            self._thread = WorkerThreads(1, "bspsa-packing", lower_priority)
            stack.callback(self._thread.shutdown, cancel_futures=True)
            if small >= MIN_FILES_FOR_PROCESS:
                self._process = stack.enter_context(WorkerProcess(folder))
            yield

    def _pack(self, batch: Batch) -> None:
        if batch.is_large:
            self._drain()
            self._pack_large(batch.files[0])
            return
        self._drain(MAX_BATCHES - 1)
        self._hand_to_worker(batch)
        self._batches.append(batch)

    def _hand_to_worker(self, batch: Batch) -> None:
        """Give a batch to a helper if one is free; this thread packs the rest."""
        if batch.is_medium:
            batch.packed = self._thread.submit(self._pack_in_thread, batch.files)
        elif self._process and self._process.is_free:
            batch.packed = self._process.pack(batch.files)

    def _pack_in_thread(self, files: list[Member]) -> PackedFiles:
        return pack_files(self._thread_sources.opened(files), self._folder)

    def _pack_here(self, files: list[Member]) -> PackedFiles:
        return pack_files(self._sources.opened(self._with_checks(files)), self._folder)

    def _with_checks(self, files: list[Member]) -> Iterator[Member]:
        for member in files:
            self._check_stop()
            self._yielding.yield_if_due()
            yield member

    def _drain(self, remaining: int = 0) -> None:
        """Write packed batches until only `remaining` batches remain."""
        while len(self._batches) > remaining:
            self._check_stop()
            packed = self._batches[0].result()
            if packed is None:
                self._pack_or_wait()
            else:
                self._batches.popleft()
                self._add(packed)

    def _pack_or_wait(self) -> None:
        """Pack a batch that nothing has started, or wait for the first one."""
        for batch in self._batches:
            if batch.claim():
                batch.packed = self._pack_here(batch.files)
                return
        self._batches[0].wait()

    def _add(self, files: PackedFiles) -> None:
        self._zip.add(files)
        self._entries += files.entries
        self._note_done(self._done + sum(entry[1] for entry in files.entries))

    def _pack_large(self, member: Member) -> None:
        handle = self._sources.open(member.source or member.path)
        try:
            for _ in range(READS):
                done = self._done
                if self._pack_once(member.path, handle):
                    return
                self._done = done
                os.lseek(handle, 0, os.SEEK_SET)
        finally:
            os.close(handle)
        raise changed(member.path)

    def _pack_once(self, path: str, handle: int) -> bool:
        """Pack a large file; return False if it changed, then nothing of it is left in the zip."""
        about = stable_stat(handle, path)
        mode, date = mode_of(about), dos_date(int(about.st_mtime))
        file = self._zip.begin(f"{self._folder}/{path}", mode, date, about.st_size)
        pieces = LargeFile(handle, path, about.st_size, file.write)
        self._pack_pieces(pieces)
        if pieces.size != about.st_size or not is_same(about, handle):
            file.discard()
            return False
        self._zip.finish(file, pieces.crc, pieces.size)
        self._entries.append((path, pieces.size, pieces.digest.hexdigest(), mode))
        return True

    def _pack_pieces(self, pieces: LargeFile) -> None:
        """Pack on two threads; this one reports and checks for a stop after each of its pieces."""
        done = self._done
        future = self._thread.submit(pieces.pack)
        try:
            pieces.pack(lambda: self._note_done(done + pieces.size))
        finally:
            wait([future])
        future.result()
        self._note_done(done + pieces.size)

    def _note_done(self, done: int) -> None:
        """Note the bytes read, report progress if due, and check for a stop."""
        self._done = done
        if self._report_progress and time.monotonic() - self._reported_at >= 1 / UPDATES_PER_SECOND:
            self._report()
        self._check_stop()

    def _report(self) -> None:
        self._reported_at = time.monotonic()
        if self._report_progress:
            files = len(self._selection.members)
            self._report_progress(
                PackingProgress(self._done, self._total, len(self._entries), files)
            )

    def _check_stop(self) -> None:
        if self._stopped():
            raise Stopped
