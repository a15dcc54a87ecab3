"""Why a job failed, in plain words, where what it printed tells; and how we know."""

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
_MOST_MATCHED = 400  # characters of a line that are looked at
_CUT = "…"  # without spaces, so that a path stays one word

# As Python tells what ended it; a rank of MPI may stand before it.
_EXCEPTION = re.compile(
    r"(?:\[?\d+\]?:? ?)?(?:[A-Za-z_]\w*\.)*"
    r"(?:[A-Z_]\w*(?:Error|Exception|Exit|Interrupt)|gaierror)(?::|$)"
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
                    return _told(rule, _more(rule, found[0], lines, streams), found[1], job)
    return None


def _cleaned(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines[-MOST_LINES:])
    return [_cut(line, _MOST_MATCHED) for line in plain(fold(text, MOST_LINES).lines)]


def _found(rule: Rule, lines: list[str]) -> tuple[int, re.Match[str]] | None:
    """The line that tells, by its place, and what was found in it."""
    search = re.compile(rule.pattern).search  # here, as nobody waits for it at an import
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
    """The exception that ended a program: the last that stands below a traceback."""
    traced = next((at for at, line in enumerate(lines) if _TRACE.match(line)), len(lines))
    told = [at for at in range(traced, len(lines)) if _EXCEPTION.match(lines[at])]
    return told[-1:]


def _more(
    rule: Rule, place: int, lines: list[str], streams: list[list[str]]
) -> re.Match[str] | None:
    """The line that tells more than the one at this place, where there is one."""
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
    """Of a path its end, which names the file; of other words their beginning."""
    if len(what) <= _MOST_WHAT:
        return what
    if "/" in what and " " not in what.rpartition("/")[2]:
        end = what[-_MOST_WHAT:]
        return f"…/{end.partition('/')[2]}" if "/" in end else f"… {end}"
    return f"{what[:_MOST_WHAT]} …"


def _cut(line: str, most: int) -> str:
    """Without its middle, where it is longer: its end may name what it is about."""
    if len(line) <= most:
        return line
    tail = most // 3
    return line[: most - tail - len(_CUT)] + _CUT + line[-tail:]
