"""Finds out why a job failed and whether its input has arrived, which takes a while."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TypeVar

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import causes
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.jobs.input_check import NOTHING, InputCheck, check_input, judge_start
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.logs.failure import failure_of
from bspsa_widgets.records.record import Record
from bspsa_widgets.widgets.monitor.contract import CauseState, InputState

log = logging.getLogger(__name__)

Kept = TypeVar("Kept")

MOST_KEPT = 100  # number of jobs whose results are kept


class Diagnosis:
    """Checks jobs and keeps the results. Runs on the background loop."""

    def __init__(self) -> None:
        self._causes: dict[str, CauseState | None] = {}
        self._arrivals: dict[str, tuple[str, InputCheck]] = {}  # with the stage when it was checked

    def cause(self, tracked: TrackedJob) -> CauseState | None:
        """Return why the job failed.

        Args:
            tracked: the tracked job.

        Returns:
            the cause; None if not known.
        """
        return self._causes.get(tracked.key) if tracked.job.outcome == "failed" else None

    def input(self, tracked: TrackedJob) -> InputState:
        """Return whether the job's input has arrived, as far as known.

        Args:
            tracked: the tracked job.

        Returns:
            the state.
        """
        _, arrival = self._arrivals.get(tracked.key, ("", NOTHING))
        start = judge_start(tracked.job, _seconds_in_stage(tracked))
        if arrival.state == "missing" and tracked.job.outcome == "succeeded":
            arrival = NOTHING  # it is checked once more
        shown = start if start.state and arrival.state != "missing" else arrival
        return {"state": shown.state, "words": shown.words}

    async def look(
        self, service: ServiceAccountClient, tracked: TrackedJob, record: Record | None
    ) -> bool:
        """Check what is not known yet. Never raises.

        Args:
            service: client of the service that has the job.
            tracked: the tracked job.
            record: record of the job's submission; None if there is none.

        Returns:
            whether more is known now.
        """
        before = self.cause(tracked), self.input(tracked)
        try:
            if tracked.job.outcome == "failed" and tracked.key not in self._causes:
                await self._find_cause(service, tracked)
            if record is not None and self._is_input_open(tracked):
                name = record.archive.name
                found = await check_input(service, tracked.ref, tracked.job, name)
                self._keep(self._arrivals, tracked.key, (tracked.job.stage, found))
        except BspsaError as error:
            log.info("a closer look at job %s failed: %s", tracked.ref.job_id, type(error).__name__)
        except Exception:
            log.exception("a closer look at a job failed")
        return (self.cause(tracked), self.input(tracked)) != before

    async def _find_cause(self, service: ServiceAccountClient, tracked: TrackedJob) -> None:
        failure = await failure_of(service, tracked.ref, tracked.job)
        if failure is None or failure.stderr.problem or failure.stdout.problem:
            return  # tried again at the next change
        cause = failure.cause
        self._keep(self._causes, tracked.key, None if cause is None else _cause(cause))

    def _is_input_open(self, tracked: TrackedJob) -> bool:
        """Return whether to check the input: once in each stage, until it has arrived."""
        stage, found = self._arrivals.get(tracked.key, ("", NOTHING))
        is_known = found.state == "arrived" or stage == tracked.job.stage
        matters = not tracked.job.is_over or found.state == "missing"
        return tracked.ref.hpc == "pizdaint" and matters and not is_known

    def _keep(self, kept: dict[str, Kept], key: str, found: Kept) -> None:
        kept.pop(key, None)
        kept[key] = found
        while len(kept) > MOST_KEPT:
            del kept[next(iter(kept))]


def _cause(cause: causes.Cause) -> CauseState:
    return {
        "headline": cause.headline,
        "detail": cause.detail,
        "advice": cause.advice,
        "rule": cause.rule,
        "evidence": cause.evidence,
    }


def _seconds_in_stage(tracked: TrackedJob) -> float:
    if not tracked.seen or tracked.seen[-1].stage != tracked.job.stage:
        return 0.0
    return ((tracked.checked or datetime.now(UTC)) - tracked.seen[-1].at).total_seconds()
