"""Runs Slurm's commands and reads their output."""

from __future__ import annotations

import asyncio
import math
import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import Task, TooLarge
from bspsa_widgets.service.executors.runner.environment import job_environment
from bspsa_widgets.service.executors.runner.launch import runner_command

NEEDED: Final = ("sbatch", "squeue", "scancel")

_PATIENCE: Final = 20.0  # seconds for a command
_NOT_NOW: Final = "node configuration is not available"
_TRIAL_MINUTES: Final = 10  # delay of a trial job; one that was not cancelled does nothing then
_NAME: Final = "bspsa-"  # jobs are found again by their name
_SILENT = re.compile(
    r"contact slurm controller|timed out|Connection refused|Communication|Zero Bytes"
    r"|munge|Socket|Protocol authentication|slurm_load|backup controller|try again",
    re.IGNORECASE,
)


class SlurmUnreachable(Exception):
    """Error if Slurm does not answer: nothing is known, and nothing was refused."""


class SlurmRefused(Exception):
    """Refusal by Slurm; the message is Slurm's."""


class QueuedJob(NamedTuple):
    """A job as listed by squeue.

    Attributes:
        number: its id in Slurm.
        state: its state, in upper case.
        reason: why it waits.
        name: its name in Slurm.
    """

    number: str
    state: str
    reason: str
    name: str


def unavailable_reason() -> str:
    """Return why Slurm cannot be used on this machine. Blocks.

    Returns:
        The reason; empty if it can be used, or only does not answer now.
    """
    command = ["squeue", "--me", "-h"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            env=_without_batch_job(os.environ),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    message = _plain(done.stderr)
    return "" if done.returncode == 0 or _SILENT.search(message) else message


async def queue() -> dict[str, QueuedJob]:
    """Return this user's jobs in Slurm, also those that have ended recently.

    Returns:
        The jobs by their ids in Slurm.

    Raises:
        SlurmUnreachable: Slurm does not answer.
        SlurmRefused: Slurm refuses the query.
    """
    # The reason may contain spaces and any text of an administrator: only bars separate columns.
    listed = await _run(["squeue", "--me", "-h", "-t", "all", "-o", "%A|%T|%j|%r"])
    return {row.number: row for row in map(read_row, listed.splitlines()) if row is not None}


def read_row(line: str) -> QueuedJob | None:
    """Return the job in a line of squeue.

    Args:
        line: the line.

    Returns:
        The job; None for any other line.
    """
    parts = line.strip().split("|", 3)
    if len(parts) != 4 or not parts[0].isdigit():
        return None
    number, state, name, reason = parts
    return QueuedJob(number, state.strip().upper(), reason, name)


def name_of(job_id: str) -> str:
    """Return the name of a job in Slurm.

    Args:
        job_id: the job's id.

    Returns:
        The name.
    """
    return f"{_NAME}{job_id}"


async def check(settings: JobSettings, options: Sequence[str]) -> None:
    """Ask Slurm whether it would ever run such a job. If Slurm does not answer, nothing is refused.

    Args:
        settings: the job's settings.
        options: options for sbatch.

    Raises:
        TooLarge: Slurm would not; the message contains Slurm's.
    """
    request = [*_request(settings), *options, "--wrap", "true"]
    try:
        try:
            await _run(["sbatch", "--test-only", *request])
        except SlurmRefused as error:
            if _NOT_NOW not in str(error):
                raise
            # It also says so of a job that only has to wait for a drained node. What it says
            # to a real job decides.
            later = f"--begin=now+{_TRIAL_MINUTES}minutes"
            await cancel(_number(await _run(["sbatch", "--parsable", later, *request])))
    except SlurmUnreachable:
        return
    except SlurmRefused as error:
        raise TooLarge(f"Slurm refuses the job: {error}") from None


async def send(task: Task, options: Sequence[str], named: Sequence[str]) -> str:
    """Submit a job to Slurm.

    Args:
        task: the job.
        options: options for sbatch.
        named: names of further variables for the job.

    Returns:
        The job's id in Slurm.

    Raises:
        SlurmRefused: Slurm has not accepted it.
        SlurmUnreachable: Slurm does not answer; it may have accepted the job nevertheless.
    """
    command = [
        *("sbatch", "--parsable", "--export=ALL", f"--job-name={name_of(task.job_id)}"),
        *_request(task.settings),
        *options,
    ]
    environment = job_environment(task.job_id, named=named)
    output = await _run(command, _script(task), environment)
    return _number(output)


async def cancel(number: str) -> None:
    """End a job.

    Args:
        number: the job's id in Slurm.

    Raises:
        SlurmRefused: Slurm refuses.
        SlurmUnreachable: Slurm does not answer.
    """
    await _run(["scancel", number])


def _number(output: str) -> str:
    number = output.strip().partition(";")[0]
    if not number.isdigit():
        raise SlurmUnreachable(f"sbatch answered {output!r:.200}")
    return number


def minutes(hours: float) -> int:
    """Return a wall time in whole minutes, rounded up: never less than was requested.

    Args:
        hours: the wall time in hours.

    Returns:
        Minutes, ≥ 1.
    """
    return max(1, math.ceil(round(hours * 60, 6)))


def _request(settings: JobSettings) -> list[str]:
    """Return sbatch's options for a job's size; `srun` starts a task on each core."""
    return [
        f"--time={minutes(settings.runtime)}",
        f"--nodes={settings.nodes}",
        f"--ntasks-per-node={settings.cores}",
        "--cpus-per-task=1",
        *("--chdir=/", "--output=/dev/null", "--error=/dev/null", "--no-requeue"),
    ]


def _script(task: Task) -> str:
    # Paths are written in the script: sbatch would take a % in its options for a pattern.
    command, log = shlex.join(runner_command(task.folder)), shlex.quote(str(task.folder.log))
    return f"#!/bin/bash\nexec {command} >> {log} 2>&1\n"


async def _run(
    command: Sequence[str], text: str = "", environment: Mapping[str, str] | None = None
) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_without_batch_job(os.environ if environment is None else environment),
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            out, errors = await process.communicate(text.encode())
    except TimeoutError:
        raise SlurmUnreachable(f"{command[0]} does not answer") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    message = _plain(errors.decode(errors="replace"))
    if process.returncode == 0:
        return out.decode(errors="replace")
    if not message or _SILENT.search(message):
        raise SlurmUnreachable(f"{command[0]}: {message or process.returncode}")
    raise SlurmRefused(message)


def _without_batch_job(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the variables of a batch job in which the service may run."""
    variables = {
        name: value
        for name, value in environment.items()
        if not name.startswith("SLURM_") or name == "SLURM_CONF"
    }
    return variables | {"LC_ALL": "C"} if "SLURM_JOB_ID" in environment else variables


def _plain(errors: str) -> str:
    """Return Slurm's error messages without their standard prefixes."""
    lines = [
        re.sub(r"^(\w+: )?(error|fatal): |^allocation failure: ", "", line.strip())
        for line in errors.splitlines()
    ]
    return " ".join(re.sub(r"^Batch job submission failed: ", "", line) for line in lines if line)
