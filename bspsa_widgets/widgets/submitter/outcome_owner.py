"""Says which submission the outcome in a panel belongs to."""

from __future__ import annotations


class OutcomeOwner:
    """Marker of the submission whose outcome the panel shows.

    Attributes:
        is_busy: whether a submission is running in the panel and shows its own steps.
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
        """Let another submission start; the outcome stays where it is."""
        self.is_busy = False

    def give(self, marker: str) -> None:
        """Give the outcome to the submission of a record.

        Args:
            marker: marker of the record.
        """
        self._marker = marker

    def offer(self, marker: str) -> bool:
        """Give the outcome to an earlier submission, unless one was started in this panel.

        Args:
            marker: marker of its record.

        Returns:
            whether it has the outcome now.
        """
        if self._has_begun:
            return False
        self._marker = marker
        return True

    def owns(self, marker: str) -> bool:
        """Return whether the outcome belongs to a record's submission.

        Args:
            marker: marker of the record.

        Returns:
            False while another submission is running, and once the panel is closed.
        """
        return self._marker == marker and not self.is_busy and not self._is_closed

    def close(self) -> None:
        """Give the outcome to no submission any more: the panel is closed."""
        self._is_closed = True
