"""Why a job failed, in plain words, where what it printed tells; and how we know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bspsa_widgets.domain.cause_rules import RULES, Rule
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.terminal_text import fold, plain

__all__ = ["RULES", "Cause", "Rule", "find_cause"]

MOST_LINES = 1000  # of each stream, from its end
MOST_EVIDENCE = 300  # characters
_MOST_WHAT = 120
_MOST_MATCHED = 400  # characters of a line that are looked at

# As Python tells what ended it; a rank of MPI may stand before it.
_EXCEPTION = re.compile(
    r"(?:\[?\d+\]?:? ?)?(?:[A-Za-z_]\w*\.)*[A-Z_]\w*(?:Error|Exception|Exit|Interrupt)(?::|$)"
)
_TRACE = re.compile(r'(?:\[?\d+\]?:? ?)?(?:Traceback \(most recent call last\):|  File ")')


class Cause(NamedTuple):
    """What made a job fail.

    Attributes:
        headline: what happened. detail: what that means; may be "". advice: what to do.
        rule: which rule says so. evidence: the line that it goes by, as safe text.
    """

    headline: str
    detail: str
    advice: str
    rule: str
    evidence: str


def find_cause(job: Job, stderr: Sequence[str], stdout: Sequence[str] = ()) -> Cause | None:
    """What made a job fail, where it is known to have failed and its output tells why.

    Args:
        stderr, stdout: the last lines of each; stderr's word counts more.
    """
    if job.outcome != "failed":
        return None
    streams = [_cleaned(lines) for lines in (stderr, stdout)]
    for rule in RULES:
        if rule.hpc in ("", job.hpc):
            for lines in streams:
                if found := _found(rule, lines):
                    return _told(rule, found, job)
    return None


def _cleaned(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines[-MOST_LINES:])
    return [line[:_MOST_MATCHED] for line in plain(fold(text, MOST_LINES).lines)]


def _found(rule: Rule, lines: list[str]) -> re.Match[str] | None:
    if rule.where == "exception":
        lines = _last_exception(lines)
    search = re.compile(rule.pattern).search  # here, as nobody waits for it at an import
    for line in lines if rule.where == "first" else reversed(lines):
        if found := search(line):
            return found
    return None


def _last_exception(lines: list[str]) -> list[str]:
    """The exception that ended a program: the last that stands below a traceback."""
    traced = next((at for at, line in enumerate(lines) if _TRACE.match(line)), len(lines))
    told = [line for line in lines[traced:] if _EXCEPTION.match(line)]
    return told[-1:]


def _told(rule: Rule, found: re.Match[str], job: Job) -> Cause:
    what = next((text for text in found.groupdict().values() if text), "")
    if len(what) > _MOST_WHAT:
        what = what[:_MOST_WHAT] + " …"
    asked = "an unknown time" if job.runtime is None else f"{job.runtime:g} h"
    headline, detail, advice = (
        text.replace("{asked}", asked).replace("{what}", what)
        for text in (rule.headline, rule.detail, rule.advice)
    )
    return Cause(headline, detail, advice, rule.name, _cut(found.string.strip()))


def _cut(line: str) -> str:
    return line if len(line) <= MOST_EVIDENCE else line[:MOST_EVIDENCE] + " …"
