"""Computes how far the quota has fallen since a submission, and who may have used it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission.account_snapshot import AccountReads
from bspsa_widgets.submission.preflight import hours_left

LEAST = 0.005  # hours: below it the quota has not changed


class QuotaDrop(NamedTuple):
    """Hours by which the quota has fallen since a submission.

    A hint only: the service's figures are approximate, and others may use the same quota.

    Attributes:
        fallen: hours in all.
        known: hours of jobs that were sent since and are still charged in full.
        others: hours that further submissions may have taken of the rest.
    """

    fallen: float
    known: float = 0.0
    others: float = 0.0

    @property
    def rest(self) -> float:
        """Hours that this submission or the `others` must have taken."""
        return self.fallen - self.known

    @property
    def own(self) -> float:
        """Hours that only this submission can have taken."""
        return self.rest - self.others


async def read_drop(
    client: AccountReads, record: Record, others: Iterable[Record]
) -> QuotaDrop | None:
    """Read the quota and return by how much it has fallen since a submission.

    Args:
        client: client of the service.
        record: record of the submission.
        others: records of further submissions of the same program.

    Returns:
        hours; None if the quota is not known now or was not known before.
    """
    if record.quota_before is None:
        return None
    now = await hours_left(client, record.hpc, record.project)
    if now is None:
        return None
    known, may_be = _hours_of(record, others)
    return QuotaDrop(record.quota_before - now, known, may_be)


def _hours_of(record: Record, others: Iterable[Record]) -> tuple[float, float]:
    """Return the hours that others were charged since: surely, and possibly."""
    since = record.quota_at or record.entered("sending")
    known = may_be = 0.0
    for other in others:
        if other.marker == record.marker or _quota_of(other) != _quota_of(record):
            continue
        sent, answered = other.entered("sending"), other.entered("accepted")
        if not sent or other.state in ("refused", "not_sent") or "" < answered <= since:
            continue
        if other.state == "accepted" and sent >= since:
            known += other.hours
        else:  # not known whether there is a job; or it is over and some were given back
            may_be += other.hours
    return known, may_be


def _quota_of(record: Record) -> tuple[str, str, str]:
    endpoint = Endpoint.parse(record.endpoint)
    place = "" if endpoint.is_loopback else endpoint.url
    return (place, record.hpc, record.project or default_project(record.hpc))
