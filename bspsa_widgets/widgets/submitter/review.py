"""Reviews a folder before it is sent, file by file, for the view or for Python."""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import BspsaError, Stopped
from bspsa_widgets.runtime.cancellable import LatestWork, stoppable
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.submission.plan import Plan, plan
from bspsa_widgets.widgets.submitter.contract import Review
from bspsa_widgets.widgets.submitter.folder_summary import FolderSummary
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.form_warnings import WeighedFolder
from bspsa_widgets.widgets.submitter.review_state import no_review, review

log = logging.getLogger(__name__)

SUPERSEDED = "A newer review has taken this one's place."


class ReviewRequest(NamedTuple):
    """What a review or submission was requested for.

    Attributes:
        folder: the folder.
        choice: the included and excluded paths.
        form: the form's values.
    """

    folder: str
    choice: Choice
    form: JobForm


class Reviews:
    """Scans a panel's folder in a worker thread.

    Args:
        panel: panel with the folder.
        tasks: the panel's work, which ends with it.
        count: gets the result, so that the number of files is up to date, too.
        root: base of the panel's folder.
    """

    def __init__(
        self, panel: FormPanel, tasks: OwnedTasks, count: FolderSummary, root: Path
    ) -> None:
        self._panel = panel
        self._tasks = tasks
        self._count = count
        self._root = root
        self._latest = LatestWork()

    def answer(self, request: str, send: Callable[[Review], object]) -> None:
        """Send a `Review` of the current form to the view; from any thread.

        It stops an earlier review, which gets an answer all the same.

        Args:
            request: id of the request.
            send: sends the answer to the view.
        """
        self._tasks.run(self._send(request, self._asked(), send), "reviewing")

    def plan(self) -> concurrent.futures.Future[Plan]:
        """Scan the folder for Python, without stopping another review.

        Returns:
            a future with what would be sent; it fails as `submission.plan.plan`.
        """
        return self._tasks.run(stoppable(partial(self._plan, self._asked())), "planning")

    def _asked(self) -> ReviewRequest:
        return ReviewRequest(self._panel.folder, self._panel._chosen_files(), self._panel._typed())

    async def _send(
        self, request: str, asked: ReviewRequest, send: Callable[[Review], object]
    ) -> None:
        send(await self._answer(request, asked))

    async def _answer(self, request: str, asked: ReviewRequest) -> Review:
        try:
            message, known = await self._latest.run(partial(self._review, request, asked))
        except Stopped:
            return no_review(request, SUPERSEDED)
        except BspsaError as error:
            return no_review(request, str(error))
        except Exception as error:
            log.exception("a review failed")
            words = f"Something went wrong ({type(error).__name__}); the log has more."
            return no_review(request, words)
        self._count.tell(asked.folder, asked.choice, known)
        return message

    def _review(
        self, request: str, asked: ReviewRequest, stopped: Callable[[], bool]
    ) -> tuple[Review, WeighedFolder]:
        """Scan the folder and build the message in one thread: both take time."""
        found = self._plan(asked, stopped)
        return review(request, found), WeighedFolder.of(found.selection)

    def _plan(self, asked: ReviewRequest, stopped: Callable[[], bool]) -> Plan:
        place = self._root / asked.folder if asked.folder.strip() else ""
        return plan(place, asked.choice, asked.form, stopped=stopped)
