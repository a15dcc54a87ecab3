"""Row 2: the service takes the job, the answer is lost, and the job list never shows it."""

from __future__ import annotations

import random
import shutil
from typing import Any

from bspsa_widgets.errors import AlreadySubmitted, Unconfirmed
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import NSG, PIZDAINT, Ended, new_records, resume_all, send
from tests.faults.truth import judge
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.virtual_time import run_virtual

_LOST_ANSWERS = (
    Reply(raw=b"", end="reset"),
    Reply(raw=b"", end="close"),
    Reply(raw=b"", end="stall"),
    Reply(raw=b"HTTP/1.1 201 Created\r\nContent-Le", end="reset"),
    Reply.html(500),
    Reply.html(502),
    Reply.html(504),
    Reply.json({"title": ["Ensure this field has no more than 100 characters."]}, 400),
    Reply.json("what?", 201),
    Reply(201, b"{", end="close"),
)


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    records = new_records()
    try:
        run_virtual(_played(case, drawn, records))
    finally:
        shutil.rmtree(records.folder)


async def _played(case: Case, drawn: random.Random, records: Any) -> None:
    account = _Hiding(creates=True).on("POST", "/jobs/", drawn.choice(_LOST_ANSWERS))
    form = drawn.choice((PIZDAINT, NSG))
    async with FaultyServer(account) as server:

        def judged(ended: Ended) -> None:
            judge(case, ended, server.of("POST"), account.jobs)

        ended = await send(server.url, records, form)
        judged(ended)
        _check_unconfirmed(case, ended)
        if ended.record is None:
            return
        again = await send(server.url, records, form)
        case.check(
            isinstance(again.error, AlreadySubmitted) and again.error.is_open,
            f"the very same was sent again, and ended in {again.error!r}",
        )
        later = await resume_all(server.url, records, ended.record)
        judged(later)
        _check_unconfirmed(case, later)
        account.hidden = False
        found = await resume_all(server.url, records, ended.record)
        judged(found)
        case.check(found.accepted is not None, f"listed, and not found: {found.error!r}")


def _check_unconfirmed(case: Case, ended: Ended) -> None:
    """It says what is known, and what to do."""
    error = ended.error
    if not isinstance(error, Unconfirmed):
        case.wrong(f"a job that nobody sees ended in {error!r}")
        return
    case.check(error.record, "the error does not name its record")
    case.check("does not prove that there is none" in error.message, f"it says {error.message}")
    advice = "Ask EBRAINS support" if error.is_unlisted else "Check again later"
    case.check(advice in error.advice, f"it advises {error.advice}")
    case.note("unconfirmed")


class _Hiding(Account):
    """Lists no job, and shows none, while `hidden`."""

    hidden = True

    def __call__(self, request: Received) -> Reply:
        if self.hidden and request.method == "GET" and request.target.startswith("/jobs/"):
            return Reply.json([])
        return super().__call__(request)


ROWS = (Row("2", "taken, and never listed", 1_000, 40, play),)
