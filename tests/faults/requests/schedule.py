"""What goes wrong in one submission, drawn from a seed: a frozen value that reads well."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from typing import Literal

from tests.faulty_server import End

Hpc = Literal["pizdaint", "nsg"]

# What a read may be answered instead; `service.READS` says how. "" is the truth.
READS = (
    *("500 page", "500 json", "502", "503", "503 wait", "429 wait", "504", "403", "401", "404"),
    *("200 page", "200 object", "200 nothing", "200 half", "200 corrupt", "302", "garbage"),
    *("reset", "close", "stall", "drip", "half head"),
)
# What the job list may say that is not so, once the POST has come.
LIES = (
    *("other markers", "the same twice", "a copy above", "junk entries"),
    *("title trimmed", "title padded", "title changed", "marker gone", "marker in capitals"),
    *("id as text", "no id"),
)
# Answers to a POST that can come with a job made or not; of the others, `service` knows.
OPEN_ANSWERS = (
    *("201 of another", "201 words", "201 page", "201 empty", "201 list", "201 no id"),
    *("200 list", "200 page", "202", "204", "302", "307", "408", "409", "418", "422", "429"),
    *("500 page", "500 json", "501", "502", "503", "504", "520", "599"),
    *("garbage", "long head", "bad chunks", "too long", "100 and no more", "two lengths"),
)
JOB_ANSWERS = (
    *("201", "201 title changed", "201 chunked", "201 no length", "100 and 201", "201 corrupt"),
    *("201 gzip", "400 title", "400 init_date", "400 job_id", "400 described"),
)
NO_JOB_ANSWERS = (
    *("400 words", "400 detail", "400 page", "401 quota", "401 detail", "403", "404", "405"),
    *("406", "411", "413", "415", "431", "301"),
)
ENDS: tuple[End, ...] = ("close", "reset", "stall")

BEFORE = ("Checked", "Packing", "Packed", "Prepared", "Connecting", "Connected")
AFTER = ("Sending", "Waiting", "Unsure", "Looking")


@dataclass(frozen=True)
class Schedule:
    """One submission's misfortunes. The defaults are none.

    Attributes:
        old_jobs: in the list before. reads: instead of the answers to the reads before
            the POST, in order. connections: how each ends at once; "" it does not.
        cut: bytes of the POST after which it ends by `cut_end`, head included.
        makes: whether a whole POST makes a job, after `takes` virtual seconds.
        drops: the connection ends by `answer_end` before the job is made.
        answer: to the POST; only `answer_cut` bytes of it leave, and then `answer_end`.
        shows_after: looks before the list shows the job; None: it never does.
        looks: instead of the answers to the reads after the POST. lies: of the list.
        cancel, leave, interrupt: at which steps the user does so; "": not at all.
        hurry: the user does not wait for the looks.
        seconds: how long the job is looked for.
    """

    hpc: Hpc = "pizdaint"
    old_jobs: int = 2
    reads: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    cut: int | None = None
    cut_end: End = "close"
    makes: bool = True
    takes: float = 0.0
    drops: bool = False
    answer: str = "201"
    answer_cut: int | None = None
    answer_end: End = "keep"
    shows_after: int | None = 0
    looks: tuple[str, ...] = ()
    lies: frozenset[str] = frozenset()
    cancel: str = ""
    leave: str = ""
    interrupt: str = ""
    hurry: bool = False
    seconds: float = 900.0

    def __repr__(self) -> str:
        """Only what is not the default."""
        shown = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"Schedule({', '.join(shown)})"


def draw(seed: int) -> Schedule:
    """The schedule of a seed."""
    drawn = random.Random(seed)
    makes = drawn.random() < 0.65
    named = JOB_ANSWERS if makes else NO_JOB_ANSWERS
    return Schedule(
        hpc=drawn.choice(("pizdaint", "nsg")),
        old_jobs=drawn.choice((0, 1, 3)),
        reads=_some(drawn, READS, 0.12, 6),
        connections=_some(drawn, ENDS, 0.08, 4),
        cut=drawn.randrange(1, 1_300) if drawn.random() < 0.12 else None,
        cut_end=drawn.choice(ENDS),
        makes=makes,
        takes=drawn.choice((0.0, 0.0, 0.3, 4.0, 40.0, 500.0, 700.0, 2_000.0)),
        drops=drawn.random() < 0.15,
        answer=drawn.choice(named if drawn.random() < 0.4 else OPEN_ANSWERS),
        answer_cut=drawn.randrange(600) if drawn.random() < 0.3 else None,
        answer_end=drawn.choice((*ENDS, "keep")),
        shows_after=drawn.choice((0, 0, 1, 2, 5, 12, None)),
        looks=_some(drawn, READS, 0.3, drawn.choice((0, 4, 40))),
        lies=frozenset(drawn.sample(LIES, drawn.choice((0, 0, 1, 3)))),
        cancel=drawn.choice((*AFTER, *BEFORE)) if drawn.random() < 0.3 else "",
        leave=drawn.choice((*AFTER, *BEFORE)) if drawn.random() < 0.1 else "",
        interrupt=drawn.choice((*AFTER, *BEFORE)) if drawn.random() < 0.1 else "",
        hurry=drawn.random() < 0.2,
        seconds=drawn.choice((0.0, 20.0, 900.0, 900.0)),
    )


def _some(drawn: random.Random, what: tuple[str, ...], share: float, most: int) -> tuple[str, ...]:
    """Up to `most` of them, each with a chance of `share`; "" for the others."""
    if drawn.random() > 0.5:
        return ()
    return tuple(drawn.choice(what) if drawn.random() < share else "" for _ in range(most))
