"""A service that does not show its one job at times, as it really is: for row 21."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from bspsa_widgets.domain.jobs import Outcome
from tests.faulty_server import Received, Reply
from tests.virtual_time import elapsed

WAYS = {
    "pizdaint": ("READY", "QUEUED", "RUNNING", "STAGINGOUT"),
    "nsg": ("QUEUE", "INPUTSTAGING", "SUBMITTED", "LOAD_RESULTS"),
}
MOST_SECONDS = 600.0  # of a job's way; the times in which it is hidden come in addition

How = Literal["DELETED", "CANCELED", "404", "500", "older"]
Answer = Literal["204", "page", "lost", "refused"]


class Hidden(NamedTuple):
    """A time in which the job is not shown as it is."""

    begin: float
    end: float
    how: How


@dataclass
class Service:
    """One job, how it really is, and what the service answers of it.

    Attributes:
        body: of the job when it was sent. hpc: its system.
        steps: when each stage of its way begins; the last is its end.
        fails: it ends so by itself. hidden: the times in which it is not shown.
        answer: to a DELETE; "refused" leaves a job alone that is shown to go on.
        is_sent: a DELETE came that was not refused. is_cancelled: it ended the job.
        is_final: its end was answered, and the service looks no more.
    """

    body: dict[str, Any]
    hpc: str
    steps: list[float]
    fails: bool
    hidden: list[Hidden]
    answer: Answer
    is_sent: bool = False
    is_cancelled: bool = False
    is_final: bool = False

    def __call__(self, request: Received) -> Reply:
        if request.method == "DELETE":
            return self._deleted()
        if not request.target.startswith("/jobs/"):
            return Reply.json([])
        is_list = request.target.count("/") < 5
        how = self.how()
        if how == "500":
            return Reply.html(500)
        if how == "404":
            return Reply.json([]) if is_list else Reply.json("Job not found!", 404)
        shown = self.body | self.stage(how)
        self.is_final = self.is_final or bool(shown.get("terminal_stage"))
        return Reply.json([shown] if is_list else shown)

    @property
    def is_over(self) -> bool:
        return elapsed() >= self.steps[-1]

    @property
    def ends_as(self) -> Outcome:
        """What is true once it is over."""
        if self.is_cancelled:
            return "cancelled"
        return "failed" if self.fails else "succeeded"

    @property
    def shown_from(self) -> float:
        """When its end is shown for good."""
        return max([self.steps[-1], *(one.end for one in self.hidden)])

    def how(self) -> How | None:
        """How it is hidden now. What the service looks at no more can only be of old."""
        now = elapsed()
        found = [one.how for one in self.hidden if one.begin <= now < one.end]
        return next((how for how in found if how == "older" or not self.is_final), None)

    def stage(self, how: How | None) -> dict[str, Any]:
        """What is shown of it now."""
        way, now = WAYS[self.hpc], elapsed()
        if how in ("DELETED", "CANCELED"):
            return {"stage": how}
        if self.is_over and how is None:
            return self._end()
        at = min(sum(begin <= now for begin in self.steps), len(way)) - 1
        # Piz Daint says failed of every job that goes on.
        return {"stage": way[max(0, at - (how == "older"))], "failed": self.hpc == "pizdaint"}

    def _end(self) -> dict[str, Any]:
        if self.is_cancelled and self.hpc == "nsg":
            return {"stage": "DELETED"}  # NSG knows it no more
        failed = self.fails or self.is_cancelled
        good = "SUCCESSFUL" if self.hpc == "pizdaint" else "COMPLETED"
        stage = "FAILED" if failed and self.hpc == "pizdaint" else good
        return {"stage": stage, "terminal_stage": True, "failed": failed}

    def _deleted(self) -> Reply:
        if self.answer == "refused" and self.how() is None:
            return Reply.json("it cannot be aborted", 500)
        self.is_sent = True
        if not self.is_over:
            self.is_cancelled = True
            self.steps[-1] = elapsed() + random.uniform(0, 60)
        replies = {"page": Reply.html(500), "lost": Reply(raw=b"", end="close")}
        return replies.get(self.answer, Reply(204, content_type=None))
