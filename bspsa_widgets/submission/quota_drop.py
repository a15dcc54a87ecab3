"""How far the quota has fallen since a submission, and how much of that others can have taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission.account_snapshot import Looked
from bspsa_widgets.submission.preflight import hours_left

LEAST = 0.005  # hours: below it the quota has not changed


class QuotaDrop(NamedTuple):
    """Hours by which the quota has fallen since a submission.

    The service's own arithmetic is approximate, and others may use the same quota: a hint.

    Attributes:
        fallen: in all.
        known: of these, hours of jobs that were sent since and are still charged in full.
        others: hours that further submissions may have taken of the rest, which is not known.
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
        """Hours that none but this submission can have taken."""
        return self.rest - self.others


async def read_drop(client: Looked, record: Record, others: Iterable[Record]) -> QuotaDrop | None:
    """Ask for the quota now; None where it is not known, now or before.

    Args:
        others: further submissions of the same program.
    """
    if record.quota_before is None:
        return None
    now = await hours_left(client, record.hpc, record.project)
    if now is None:
        return None
    known, may_be = _hours_of(record, others)
    return QuotaDrop(record.quota_before - now, known, may_be)


def _hours_of(record: Record, others: Iterable[Record]) -> tuple[float, float]:
    """Hours that the others were surely charged since the record's quota was read, or may be."""
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
        else:  # not known whether there is a job; or over, and the service gave some back
            may_be += other.hours
    return known, may_be


def _quota_of(record: Record) -> tuple[str, str, str]:
    endpoint = Endpoint.parse(record.endpoint)
    place = "" if endpoint.is_loopback else endpoint.url
    return (place, record.hpc, record.project or default_project(record.hpc))
