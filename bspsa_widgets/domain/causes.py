"""The cause of a job's failure in plain words, found in its output, with the line that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bspsa_widgets.domain.cause_rules import RULES, Rule
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.terminal.text import fold, plain

__all__ = ["RULES", "Cause", "Rule", "find_cause"]

MOST_LINES = 1000  # of each stream, from its end
MOST_EVIDENCE = 300  # characters
_MOST_WHAT = 120
_MOST_MATCHED = 400  # characters of a line that are searched
_CUT = "…"  # without spaces, so that a path stays one word

# The last line of a Python traceback; the number of an MPI rank may come before it.
_EXCEPTION = re.compile(
    r"(?:\[?\d+\]?:? ?)?(?:[A-Za-z_]\w*\.)*"
    r"(?:[A-Z_]\w*(?:Error|Exception|Exit|Interrupt)|gaierror)(?::|$)"
)
_TRACE = re.compile(r'(?:\[?\d+\]?:? ?)?(?:Traceback \(most recent call last\):|  File ")')


class Cause(NamedTuple):
    """The cause of a job's failure.

    Attributes:
        headline: what happened.
        detail: what that means; may be "".
        advice: what to do.
        rule: name of the rule that matched.
        evidence: the line of output that matched, as safe text.
    """

    headline: str
    detail: str
    advice: str
    rule: str
    evidence: str


def find_cause(job: Job, stderr: Sequence[str], stdout: Sequence[str] = ()) -> Cause | None:
    """Return the cause of a job's failure, if its output shows it.

    Args:
        job: the job; only a failed one has a cause.
        stderr: last lines of its standard error; searched first.
        stdout: last lines of its standard output.

    Returns:
        The cause; None if the job is not known to have failed, or no rule matches.
    """
    if job.outcome != "failed":
        return None
    streams = [_cleaned(lines) for lines in (stderr, stdout)]
    for rule in RULES:
        if rule.hpc in ("", job.hpc):
            for lines in streams:
                if found := _found(rule, lines):
                    return _told(rule, _more(rule, found[0], lines, streams), found[1], job)
    return None


def _cleaned(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines[-MOST_LINES:])
    return [_cut(line, _MOST_MATCHED) for line in plain(fold(text, MOST_LINES).lines)]


def _found(rule: Rule, lines: list[str]) -> tuple[int, re.Match[str]] | None:
    """Return the line that a rule matches (index and match), or None."""
    search = re.compile(rule.pattern).search  # compiled here to keep the import fast
    places: Iterable[int] = range(len(lines))
    if rule.where == "exception":
        places = _last_exception(lines)
    elif rule.where == "last":
        places = reversed(range(len(lines)))
    for place in places:
        if found := search(lines[place]):
            return place, found
    return None


def _last_exception(lines: list[str]) -> list[int]:
    """Return the index of the exception that ended a program: the last one below a traceback."""
    traced = next((at for at, line in enumerate(lines) if _TRACE.match(line)), len(lines))
    told = [at for at in range(traced, len(lines)) if _EXCEPTION.match(lines[at])]
    return told[-1:]


def _more(
    rule: Rule, place: int, lines: list[str], streams: list[list[str]]
) -> re.Match[str] | None:
    """Return the match of the line that has more details than the matched line, or None."""
    if not rule.told_by:
        return None
    search = re.compile(rule.told_by).search
    if rule.within:
        near = lines[max(0, place - rule.within) : place]
        return next(filter(None, map(search, reversed(near))), None)
    return next((found for stream in streams for found in map(search, stream) if found), None)


def _told(rule: Rule, more: re.Match[str] | None, found: re.Match[str], job: Job) -> Cause:
    what = _short(_named(more) or _named(found))
    asked = "an unknown time" if job.runtime is None else f"{job.runtime:g} h"
    headline, detail, advice = (
        text.replace("{asked}", asked).replace("{what}", what)
        for text in (rule.headline, rule.detail, rule.advice)
    )
    evidence = _cut((more or found).string.strip(), MOST_EVIDENCE)
    return Cause(headline, detail, advice, rule.name, evidence)


def _named(found: re.Match[str] | None) -> str:
    return next((text for text in found.groupdict().values() if text), "") if found else ""


def _short(what: str) -> str:
    """Shorten a text: keep the end of a path, which names the file; else keep the beginning."""
    if len(what) <= _MOST_WHAT:
        return what
    if "/" in what and " " not in what.rpartition("/")[2]:
        end = what[-_MOST_WHAT:]
        return f"…/{end.partition('/')[2]}" if "/" in end else f"… {end}"
    return f"{what[:_MOST_WHAT]} …"


def _cut(line: str, most: int) -> str:
    """Cut out the middle of a long line: its end may name the file."""
    if len(line) <= most:
        return line
    tail = most // 3
    return line[: most - tail - len(_CUT)] + _CUT + line[-tail:]
