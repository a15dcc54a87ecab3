"""Output of `submit`: the JSON document, and messages if no job is known."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

from bspsa_widgets.cli.exit_codes import exit_code
from bspsa_widgets.cli.output import CommandOutput, failure_lines
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import Advice
from bspsa_widgets.errors import AlreadySubmitted, BspsaError, Unconfirmed
from bspsa_widgets.submission.steps import Outcome, outcome_of


def submitted(
    outcome: Outcome,
    job: Job | None,
    archive: SealedArchive | None,
    record: str,
    message: str,
    start: dict[str, Any] | None = None,
    warnings: Iterable[Advice] = (),
) -> dict[str, Any]:
    """Return the document of `submit --json`.

    Args:
        outcome: outcome of the submission.
        job: the job; None if none is known.
        archive: the sealed zip; None if there is none.
        record: marker of the submission's record, or "".
        message: what happened, for people.
        start: result of the input check (`StartCheck.document`).
        warnings: warnings that were printed before it was sent.

    Returns:
        the document.
    """
    return {
        "outcome": outcome,
        "job": job.raw if job else None,
        "archive": archive.document() if archive else None,
        "record": record or None,
        "input": start,
        "warnings": [advice.model_dump() for advice in warnings],
        "message": message,
    }


def not_submitted(
    error: BspsaError,
    output: CommandOutput,
    archive: SealedArchive | None = None,
    record: str = "",
    warnings: Iterable[Advice] = (),
) -> int:
    """Print how a submission ended without a known job.

    Args:
        error: the error.
        output: where the command writes.
        archive: the sealed zip; None if there is none.
        record: marker of the submission's record, or "".
        warnings: warnings that were printed before it was sent.

    Returns:
        the exit code.
    """
    where = _where_to_look(error, record)
    for text in [*failure_lines(error), error.verdict, where]:
        if text:
            output.say(text)
    message = " ".join(text for text in (str(error), error.verdict, where) if text)
    outcome = outcome_of(error)
    output.answer_program(submitted(outcome, None, archive, record, message, None, warnings))
    return exit_code(error)


def _where_to_look(error: BspsaError, record: str) -> str:
    if isinstance(error, AlreadySubmitted) and not error.record:
        return "Send it anyway with --again."
    if isinstance(error, AlreadySubmitted):
        there = f" --records {shlex.quote(error.folder)}" if error.folder else ""
        return (
            f"See the earlier one with: bspsa record {error.record}{there} (bspsa jobs "
            f"--mine{there} looks for its job). Send it anyway with --again."
        )
    if isinstance(error, Unconfirmed) and record:
        kept = f"The submission is kept as {record}"
        if error.is_unlisted:
            return f"{kept} (see bspsa record {record})."
        return (
            f"{kept}. Look for its job later with: bspsa jobs --mine "
            f"(or see bspsa record {record})."
        )
    return ""
