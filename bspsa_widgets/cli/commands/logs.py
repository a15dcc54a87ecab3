"""`bspsa logs`: prints a job's output, while it runs and afterwards."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing
from typing import Any

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.exit_codes import DONE, NO_JOB, STOPPED_WAITING
from bspsa_widgets.cli.find_job import readable
from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.cli.render.failure import cause_document, say_cause
from bspsa_widgets.cli.render.log import PrintedLog
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.format import format_size
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.domain.terminal.text import plain
from bspsa_widgets.errors import NotFound
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.logs.failure import Failure, failure_of
from bspsa_widgets.logs.follow import LINES, LogSnapshot, follow_log, log_interval, read_log

ALL = 10**9  # lines


def show_log(options: argparse.Namespace, output: CommandOutput) -> int:
    """Print a stream of a job; with `--follow`, until the job is over.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    reading = _LogCommand(options, output)
    try:
        return with_client(options, reading.go)
    except KeyboardInterrupt:
        if not options.follow:
            raise
        output.say(f"The job goes on. See it with: bspsa job {line(options.id)}")
        reading.answer_program()
        return STOPPED_WAITING


class _LogCommand:
    """One call of the command.

    Args:
        options: parsed command-line options.
        output: where the command writes.
    """

    def __init__(self, options: argparse.Namespace, output: CommandOutput) -> None:
        self._options = options
        self._output = output
        self._stream: Stream = "stderr" if options.stderr else "stdout"
        self._printed = PrintedLog(output)
        self._job: Job | None = None
        self._look: LogSnapshot | None = None
        self._failure: Failure | None = None

    async def go(self, client: ServiceAccountClient) -> int:
        """Read the stream.

        Args:
            client: client of the service.

        Returns:
            the exit code.
        """
        self._job = job = await readable(client, self._options, self._output)
        ref = JobRef.of(job)
        await self._lead(client, ref, job)
        if self._options.follow and not job.is_over:
            await self._follow(client, ref, job)
            await self._tell_end(client, ref, job)
        else:
            await self._read(client, ref, job)
        self.answer_program()
        return NO_JOB if self._look is None or self._look.problem else DONE

    async def _tell_end(self, client: ServiceAccountClient, ref: JobRef, job: Job) -> None:
        """Print the job's final state after its log."""
        try:
            self._job = job = await client.job(ref)
        except NotFound:
            self._output.say(job_messages.lost(job).headline)
            return
        self._output.say(line(f"{job.stage}: {job.meaning}"))
        await self._lead(client, ref, job)

    async def _lead(self, client: ServiceAccountClient, ref: JobRef, job: Job) -> None:
        """Print the cause if the job has failed."""
        self._failure = await failure_of(client, ref, job)
        if self._failure is not None:
            say_cause(self._output, self._failure)

    async def _read(self, client: ServiceAccountClient, ref: JobRef, job: Job) -> None:
        is_all = self._options.all
        lines = ALL if is_all else self._options.lines
        look = self._known(lines)
        if look is None:
            look = await read_log(client, ref, job, self._stream, lines=lines, whole=is_all)
        self._look = look
        if look.lines and not look.is_complete:
            size = "" if look.size is None else f" of {format_size(look.size)}"
            more = "" if is_all else "; see more with --lines N or --all"
            self._output.say(f"The last {len(look.lines):,} lines{size}{more}.")
        self._printed.show(look._replace(is_open=False))

    def _known(self, lines: int) -> LogSnapshot | None:
        """Return the output that was read to find the cause, if it is what was requested."""
        if self._failure is None or lines != LINES:
            return None
        return self._failure.stderr if self._stream == "stderr" else self._failure.stdout

    async def _follow(self, client: ServiceAccountClient, ref: JobRef, job: Job) -> None:
        lines = self._options.lines
        watching = asyncio.create_task(self._watch_start(client, ref, job))
        try:
            async with aclosing(follow_log(client, ref, job, self._stream, lines=lines)) as looks:
                async for look in looks:
                    self._look = look
                    if not self._printed.show(look):
                        return  # the reader has closed the pipe
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch_start(self, client: ServiceAccountClient, ref: JobRef, job: Job) -> None:
        """Print a warning if the job does not start; shares the log's polls."""
        check = StartCheck(self._output, client, ref)
        async with aclosing(follow(client, ref, job, log_interval(client))) as looks:
            async for look in looks:
                check.see(look)

    def answer_program(self) -> None:
        """Write the document of `--json`."""
        look = self._look
        self._output.answer_program(
            {
                "job": self._job.raw if self._job else None,
                "stream": self._stream,
                "log": None if look is None else _document(look),
                "cause": cause_document(self._failure),
            }
        )


def _document(look: LogSnapshot) -> dict[str, Any]:
    return {
        "file": look.file,
        "lines": plain(look.lines),
        "first": look.first,
        "size": look.size,
        "complete": look.is_complete,
        "final": look.is_final,
        "note": look.note,
        "problem": look.problem,
    }
