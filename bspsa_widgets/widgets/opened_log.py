"""The one log that the view has open: followed while its job goes on."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import Any

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.errors import BspsaError, Stopped
from bspsa_widgets.submission.known_job import KnownJob
from bspsa_widgets.submission.logs import LogLook, follow_log, read_log
from bspsa_widgets.widgets.answering import BROKEN
from bspsa_widgets.widgets.background import Held, Result
from bspsa_widgets.widgets.panel import Panel
from bspsa_widgets.widgets.refusals import NO_LOG

log = logging.getLogger(__name__)

MOST_LINES = 100_000  # that the view may ask for

State = dict[str, Any]


class OpenedLog:
    """Everything runs on the background loop.

    Args:
        panel: that shows it. held: work that ends with the panel.
    """

    def __init__(self, panel: Panel, held: Held) -> None:
        self._panel = panel
        self._held = held
        self._following: Result[None] | None = None

    async def open(
        self,
        service: ServiceAccountClient,
        known: KnownJob,
        stream: Stream,
        lines: int,
        *,
        whole: bool,
    ) -> State:
        """The view's `Log`, without its id; from now on it is told what comes.

        Args:
            whole: all of it is wanted, once: it is not followed.

        Raises:
            BspsaError: another one was opened before the first look was over.
        """
        self.close()
        lines = max(1, min(lines, MOST_LINES))
        if whole or known.job.terminal_stage:
            look = await read_log(service, known.ref, known.job, stream, lines=lines, whole=whole)
            return _state(known.key, look)
        first: asyncio.Future[LogLook] = asyncio.get_running_loop().create_future()
        work = self._follow(service, known, stream, lines, first)
        self._following = self._held.run(work, "following a log")
        return _state(known.key, await first)

    def close(self) -> None:
        """It is shown no more."""
        if self._following is not None:
            self._following.cancel()
            self._following = None

    async def _follow(
        self,
        service: ServiceAccountClient,
        known: KnownJob,
        stream: Stream,
        lines: int,
        first: asyncio.Future[LogLook],
    ) -> None:
        last: LogLook | None = None
        try:
            looks = follow_log(service, known.ref, known.job, stream, lines=lines)
            async with aclosing(looks) as looks:
                async for last in looks:
                    if first.done():
                        self._panel.send(_state(known.key, last) | {"id": ""})
                    else:
                        first.set_result(last)
        except asyncio.CancelledError:
            if not first.done():
                first.set_exception(Stopped("Another log was opened before this one came."))
            raise
        except Exception as error:
            if not isinstance(error, BspsaError):
                log.exception("following a log broke")
            problem = str(error) if isinstance(error, BspsaError) else BROKEN
            last = last or LogLook(stream, "")
            if first.done():
                told = _state(known.key, last._replace(problem=problem))
                self._panel.send(told | {"id": ""})
            else:
                first.set_result(last._replace(problem=problem))


def _state(key: str, look: LogLook) -> State:
    shown = look._asdict()
    return NO_LOG | {name: shown[name] for name in NO_LOG if name in shown} | {"key": key}
