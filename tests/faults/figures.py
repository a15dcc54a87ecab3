"""What a row counted. Figures of several cases, and of several processes, add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_SHOWN = 20  # failures that are kept in words; all are counted


@dataclass(frozen=True)
class Failure:
    """What went wrong in one case; `seed` repeats it."""

    seed: int
    words: str


@dataclass
class Tally:
    """The figures of one or many cases.

    Attributes:
        cases: that were played.
        duplicates: jobs, or sends, beyond the first of a submission.
        lost: jobs that the user was told do not exist, or that no record names.
        wrong: anything else that is not as it must be, most often an untrue word.
        failures: the first of these in words.
        notes: how often something happened that is neither good nor bad: it shows that
            the cases go where they are meant to.
    """

    cases: int = 0
    duplicates: int = 0
    lost: int = 0
    wrong: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong)

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        self.duplicates += other.duplicates
        self.lost += other.lost
        self.wrong += other.wrong
        self.failures = [*self.failures, *other.failures][:MOST_SHOWN]
        self.notes += other.notes


class Case:
    """One case, while it is played: takes what is found.

    Args:
        seed: all that decides how it goes.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tally = Tally(cases=1)

    def duplicate(self, words: str) -> None:
        self.tally.duplicates += 1
        self._keep(f"twice: {words}")

    def lost(self, words: str) -> None:
        self.tally.lost += 1
        self._keep(f"lost: {words}")

    def wrong(self, words: str) -> None:
        self.tally.wrong += 1
        self._keep(f"wrong: {words}")

    def check(self, holds: object, words: str) -> None:
        """`wrong`, unless it holds."""
        if not holds:
            self.wrong(words)

    def note(self, what: str, count: int = 1) -> None:
        self.tally.notes[what] += count

    def _keep(self, words: str) -> None:
        self.tally.failures.append(Failure(self.seed, words))
