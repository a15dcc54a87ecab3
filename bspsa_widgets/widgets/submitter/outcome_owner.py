"""Which submission the outcome in a panel is of: what else has something to show asks first."""

from __future__ import annotations


class OutcomeOwner:
    """The right of a submission, by its record's marker, to show its outcome in the panel.

    Attributes:
        is_busy: a submission is under way in the panel, and shows its own steps.
    """

    def __init__(self) -> None:
        self.is_busy = False
        self._marker = ""
        self._has_begun = False
        self._is_closed = False

    def begin(self) -> None:
        """Give the outcome to a new submission, which has no record yet."""
        self.is_busy = self._has_begun = True
        self._marker = ""

    def free(self) -> None:
        """Let another submission begin; the outcome stays where it is."""
        self.is_busy = False

    def give(self, marker: str) -> None:
        """Give the outcome to the submission of this record.

        Args:
            marker: of the record.
        """
        self._marker = marker

    def offer(self, marker: str) -> bool:
        """Give the outcome to an earlier submission, unless one has begun in this panel.

        Args:
            marker: of its record.

        Returns:
            Whether it has the outcome now.
        """
        if self._has_begun:
            return False
        self._marker = marker
        return True

    def owns(self, marker: str) -> bool:
        """Return whether the outcome is of this record's submission.

        Args:
            marker: of the record.

        Returns:
            False while another submission is under way, and once the panel is closed.
        """
        return self._marker == marker and not self.is_busy and not self._is_closed

    def close(self) -> None:
        """Let nobody have the outcome any more: the panel is closed."""
        self._is_closed = True
