"""Progress line that counts down to the next poll of a job."""

from __future__ import annotations

import asyncio
import math

from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.submission.steps import Looking
from bspsa_widgets.submission.unconfirmed import next_look


class Countdown:
    """Counts the seconds on a terminal; otherwise prints one line for each poll.

    Use it on one event loop.

    Args:
        output: where the command writes.
    """

    def __init__(self, output: CommandOutput) -> None:
        self._output = output
        self._counting: asyncio.Task[None] | None = None

    def start(self, step: Looking) -> None:
        """Count until the next poll, or until `stop`.

        Args:
            step: state of the search.
        """
        self.stop()
        if self._output.is_live:
            self._counting = asyncio.create_task(self._count(step), name="a countdown")
        else:
            told = next_look(step, math.ceil(step.pause))
            self._output.progress(told, step=f"look {step.looks}")

    def stop(self) -> None:
        """Stop counting."""
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None

    async def _count(self, step: Looking) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + step.pause
        while (left := end - loop.time()) > 0:
            seconds = math.ceil(left)
            self._output.progress(next_look(step, seconds))
            await asyncio.sleep(left - (seconds - 1))
