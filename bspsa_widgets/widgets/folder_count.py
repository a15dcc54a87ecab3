"""How much of the chosen folder would travel, in figures, each time another is chosen."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bspsa_widgets.errors import BspsaError
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.widgets import view_state
from bspsa_widgets.widgets.background import Held
from bspsa_widgets.widgets.form_panel import FormPanel

log = logging.getLogger(__name__)


class FolderCount:
    """Looks through a panel's folder, on the background loop, and shows what it found.

    Args:
        root: that the panel's folder is relative to.
    """

    def __init__(self, panel: FormPanel, held: Held, root: Path) -> None:
        self._panel = panel
        self._held = held
        self._root = root
        panel.observe(self._on_folder, "folder")
        self._on_folder()

    def _on_folder(self, _change: object = None) -> None:
        folder = self._panel.folder
        if not folder.strip():
            self._panel.show(folder_info=view_state.NO_FOLDER)
            return
        counting = view_state.NO_FOLDER | {"state": "counting", "folder": folder}
        self._panel.show(folder_info=counting)
        self._held.run(self._count(folder), "counting files")

    async def _count(self, folder: str) -> None:
        try:
            selection = await asyncio.to_thread(select, self._root / folder)
            info = view_state.folder_info(folder, selection)
        except BspsaError as error:
            info = view_state.uncounted(folder, str(error))
        except Exception as error:
            log.exception("counting the files of a folder failed")
            words = f"It could not be looked through ({type(error).__name__})."
            info = view_state.uncounted(folder, words)
        if self._panel.folder == folder:  # else a later count tells
            self._panel.show(folder_info=info)
