"""The marker: text in a job's title by which the job is found if the response was lost.

The service has no idempotency key, but keeps titles unchanged. So the title of each
submission ends with 80 random bits, which the user does not see.
"""

from __future__ import annotations

import base64
import re
import secrets

from bspsa_widgets.domain.systems import TITLE_LENGTH

MARKER = re.compile(r"nb-[a-z2-7]{16}")
_MARKED = re.compile(rf"(?:^|\s)\[({MARKER.pattern})\]\s*\Z")

MARK_LENGTH = len(" [nb-0123456789abcdef]")
TITLE_ROOM = TITLE_LENGTH - MARK_LENGTH  # characters of a title that the marker leaves


def new_marker() -> str:
    """Return a new marker: 80 random bits.

    Returns:
        `nb-` and 16 characters of base32.
    """
    return "nb-" + base64.b32encode(secrets.token_bytes(10)).decode().lower()


def marked(title: str, marker: str) -> str:
    """Return the title as it is sent: trimmed, with the marker at its end.

    Args:
        title: the user's title.
        marker: marker of the submission.

    Returns:
        At most 100 characters.
    """
    return f"{title[:TITLE_ROOM].strip()} [{marker}]".strip()


def split(title: str) -> tuple[str, str]:
    """Split a title as the service has it.

    Args:
        title: title of a job.

    Returns:
        The title as the user sees it, and its marker; "" if it has none.
    """
    found = _MARKED.search(title)
    return (title[: found.start()].rstrip(), found.group(1)) if found else (title, "")
