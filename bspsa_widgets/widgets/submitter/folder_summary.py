"""Counts the files that would be sent, whenever folder or choice change."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import BspsaError, Stopped
from bspsa_widgets.packaging.selection import scan
from bspsa_widgets.runtime.cancellable import LatestWork
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.submitter.contract import FolderInfo
from bspsa_widgets.widgets.submitter.folder_state import COUNTING, NO_FOLDER, folder_info, uncounted
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.form_warnings import WeighedFolder

log = logging.getLogger(__name__)

Asked = tuple[str, Choice]


class FolderSummary:
    """Scans a panel's folder on the background loop and shows the result.

    Args:
        panel: panel with the folder.
        tasks: owner of tasks that end with the panel.
        root: base of the panel's folder.
    """

    def __init__(self, panel: FormPanel, tasks: OwnedTasks, root: Path) -> None:
        self._panel = panel
        self._tasks = tasks
        self._root = root
        self._latest = LatestWork()
        self._asked: Asked = "", Choice()
        panel.observe(self._on_change, ["folder", "choice"])
        self._on_change()

    def tell(self, folder: str, choice: Choice, known: WeighedFolder) -> None:
        """Show the result of another scan, if it is of the current folder and choice.

        Args:
            folder: the folder.
            choice: the choice.
            known: result of the scan.
        """
        if self._asked == (folder, choice):
            self._latest.stop()
            self._show(folder_info(known.selection), known)

    def _on_change(self, _change: object = None) -> None:
        before, asked = self._asked, (self._panel.folder, self._panel._chosen_files())
        if asked == before:
            return
        self._asked = asked
        folder = asked[0]
        if not folder.strip():
            self._latest.stop()
            self._show(NO_FOLDER)
            return
        if folder != before[0]:  # otherwise the old figures stay until the new ones are known
            self._show(COUNTING)
        self._tasks.run(self._count(asked), "counting files")

    async def _count(self, asked: Asked) -> None:
        if asked != self._asked:
            return  # a later count shows its result
        folder, choice = asked
        known = None

        def work(stopped: Callable[[], bool]) -> WeighedFolder:
            return WeighedFolder.of(scan(self._root / folder, choice, stopped=stopped))

        try:
            known = await self._latest.run(work)
            info = folder_info(known.selection)
        except Stopped:
            return
        except BspsaError as error:
            info = uncounted(str(error))
        except Exception as error:
            log.exception("counting the files of a folder failed")
            words = f"It could not be looked through ({type(error).__name__})."
            info = uncounted(words)
        if asked == self._asked:
            self._show(info, known)

    def _show(self, info: FolderInfo, known: WeighedFolder | None = None) -> None:
        self._panel._show(folder_info=info)
        self._panel._know(known)
