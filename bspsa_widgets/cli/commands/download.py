"""`bspsa download`: downloads a job's files one by one, and resumes."""

from __future__ import annotations

import argparse
from contextlib import aclosing
from pathlib import Path
from typing import Any

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.commands.files import asked_name
from bspsa_widgets.cli.exit_codes import DONE, NO_JOB, exit_code
from bspsa_widgets.cli.find_job import readable
from bspsa_widgets.cli.output import CommandOutput, failure_lines, line
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.format import format_count, format_done, format_size
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.results.api import (
    FileDownloaded,
    FileDownloading,
    FileLeft,
    FileUpToDate,
    FolderSkipped,
    Step,
    fetching,
    results_place,
)
from bspsa_widgets.results.download import FETCHED_BY_ANOTHER
from bspsa_widgets.results.unpack import can_unpack, folder_of, unpacking

MOST_NAMED = 5  # names of files that were here already


def download(options: argparse.Namespace, output: CommandOutput) -> int:
    """Download files; complete local files are kept, other existing files are left and named.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    run = _Download(options, output, [asked_name(name) for name in options.names])
    with_client(options, run.go)
    return run.done()


class _Download:
    """One call of the command.

    Args:
        options: parsed command-line options.
        output: where the command writes.
    """

    def __init__(
        self, options: argparse.Namespace, output: CommandOutput, names: list[str]
    ) -> None:
        self._options = options
        self._output = output
        self._names = names
        self._place = Path()
        self._came: list[FileDownloaded] = []
        self._kept: list[FileUpToDate] = []
        self._left: list[FileLeft] = []
        self._unpacked: list[dict[str, Any]] = []
        self._error: BspsaError | None = None

    async def go(self, client: ServiceAccountClient) -> None:
        """Download the files."""
        job = await readable(client, self._options, self._output)
        self._place = results_place(job, Path(), self._options.output)
        replace = "all" if self._options.overwrite else ()
        steps = fetching(client, JobRef.of(job), self._names, self._place, replace=replace, job=job)
        try:
            async with aclosing(steps):
                async for step in steps:
                    self._take(step)
        except BspsaError as error:
            self._error = error  # report the files before it all the same
            return
        if self._options.unpack:
            for path in self._paths():
                if can_unpack(path.name):
                    await self._unpack(path)

    def done(self) -> int:
        """Print the result.

        Returns:
            the exit code.
        """
        if self._kept:
            named = ", ".join(step.path.name for step in self._kept[:MOST_NAMED])
            more = ", …" if len(self._kept) > MOST_NAMED else ""
            self._output.say(
                f"Already here, whole: {format_count(len(self._kept))} ({line(named)}{more})"
            )
        if any(step.may_replace for step in self._left):
            self._output.say(
                "To replace what is there: --overwrite; to keep it: -o another folder."
            )
        if self._error is not None:
            for words in failure_lines(self._error):
                self._output.say(words)
        paths = [str(path) for path in self._paths()]
        paths += [entry["folder"] for entry in self._unpacked]
        self._output.answer(self._document(), "\n".join(paths) or "Nothing was fetched.")
        if self._error is not None:
            return exit_code(self._error)
        return NO_JOB if self._left else DONE

    def _paths(self) -> list[Path]:
        return [step.path for step in self._came] + [step.path for step in self._kept]

    def _take(self, step: Step) -> None:
        match step:
            case FileDownloading():
                self._output.progress(_words(step), step=f"{line(step.name)} {step.waits}")
            case FileDownloaded(name, _, _, is_verified):
                self._came.append(step)
                if not is_verified:
                    self._output.say(
                        f"{line(name)}: unverified. The service did not say how long it is."
                    )
            case FileUpToDate():
                self._kept.append(step)
            case FileLeft():
                self._leave(step)
            case FolderSkipped(name, reason) if name in self._names:
                self._leave(FileLeft(name, reason, may_replace=False))
            case FolderSkipped(name):
                self._output.say(f"Not fetched: {line(name)} is a folder.")

    def _leave(self, step: FileLeft) -> None:
        self._left.append(step)
        self._output.say(f"bspsa: {line(step.name)}: {step.reason}")

    async def _unpack(self, archive: Path) -> None:
        """Unpack an archive, unless it was here already and its folder exists."""
        folder = folder_of(archive, self._place)
        if folder.is_dir() and any(step.path == archive for step in self._kept):
            self._output.say(f"{folder.name} is here already: it was not unpacked again.")
            return
        name = line(archive.name)

        def tell(done: int, total: int) -> None:
            self._output.progress(f"Unpacking {name}: {format_done(done, total)}", step=name)

        try:
            made = await unpacking(archive, self._place, tell)
        except BspsaError as error:
            self._leave(FileLeft(archive.name, str(error), may_replace=False))
            return
        for left in made.left:
            self._output.say(f"Not unpacked: {line(left.name)}: {left.reason}.")
        for renamed in made.renamed:
            self._output.say(f"{line(renamed.name)} is called {line(renamed.reason)} here.")
        self._unpacked.append(
            {
                "folder": str(made.folder),
                "files": made.files,
                "size": made.size,
                "left": [left._asdict() for left in made.left],
            }
        )

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "folder": str(self._place),
            "downloaded": [
                {
                    "name": step.name,
                    "path": str(step.path),
                    "size": step.size,
                    "verified": step.is_verified,
                }
                for step in self._came
            ],
            "kept": [{"name": step.name, "path": str(step.path)} for step in self._kept],
            "skipped": [{"name": step.name, "reason": step.reason} for step in self._left],
            "unpacked": self._unpacked,
        }
        return document | ({"error": str(self._error)} if self._error else {})


def _words(step: FileDownloading) -> str:
    if step.waits:
        return f"{line(step.name)}: {FETCHED_BY_ANOTHER} ({step.number} of {step.count})"
    size = format_size(step.done) if step.total is None else format_done(step.done, step.total)
    return f"{line(step.name)}: {size} ({step.number} of {step.count})"
