"""How far a submission is, which decides what a cancel can still do."""

from __future__ import annotations

import asyncio
from enum import Enum


class SubmissionPhase(Enum):
    """Phase of a submission.

    Attributes:
        PREPARING: nothing has been sent, and a cancel prevents it.
        STOPPED: cancelled in time; nothing will be sent.
        SENT: the first byte has been sent; after that, nothing can be taken back.
    """

    PREPARING = "preparing"
    STOPPED = "stopped"
    SENT = "sent"


class Cancellation:
    """Phase of one submission, and whether it was cancelled. Changed on its event loop only.

    Attributes:
        phase: the current phase; may be read from any thread.
        too_late: set by a cancel after the first byte.
    """

    def __init__(self) -> None:
        self.phase = SubmissionPhase.PREPARING
        self.too_late = asyncio.Event()

    def cancel(self) -> bool:
        """Prevent the send, if the first byte has not been sent.

        Returns:
            False if it has been sent.
        """
        if self.phase is SubmissionPhase.SENT:
            self.too_late.set()
            return False
        self.phase = SubmissionPhase.STOPPED
        return True

    def is_stopped(self) -> bool:
        """Return whether the submission was cancelled in time.

        Returns:
            True if nothing will be sent.
        """
        return self.phase is SubmissionPhase.STOPPED

    def begin_send(self) -> None:
        """Note that the first byte is sent now.

        Raises:
            asyncio.CancelledError: the submission was cancelled in time.
        """
        if self.is_stopped():
            raise asyncio.CancelledError
        self.phase = SubmissionPhase.SENT
