"""What is logged while a fault is planted: the fault, and nothing that nobody looked at."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bspsa_widgets.runtime.event_loop import background
from tests.faults.figures import Case
from tests.widgets.view import SECONDS, settled

FAULT = "a fault that was planted"


class Overheard(logging.Handler):
    """What the package logs as an error, and what asyncio says was lost."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.faults: list[str] = []
        self.lost: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.name.startswith("bspsa_widgets") and record.exc_info:
            if record.levelno >= logging.ERROR and FAULT in str(record.exc_info[1]):
                self.faults.append(said)
        elif "never retrieved" in said or "is pending" in said:
            self.lost.append(said)


@contextmanager
def overheard(case: Case) -> Iterator[Overheard]:
    """While a case plants its fault: that must be logged, and looked at."""
    logged = Overheard()
    gc.collect()  # what other cases of this process have left is none of this one's
    lost: list[dict[str, Any]] = []
    background().run(_watch(lost), "watching").result(SECONDS)
    logging.getLogger().addHandler(logged)
    try:
        yield logged
        settled(lambda: logged.faults, "a word in the log")
        gc.collect()
        case.check(not lost, f"nobody looked at {lost}")
        case.check(not logged.lost, f"nobody looked at {logged.lost}")
    finally:
        logging.getLogger().removeHandler(logged)


def fails(_job: object) -> None:
    """A function of the user's."""
    raise RuntimeError(FAULT)


async def _watch(lost: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
