"""The marker: what a submission is found by, should its answer be lost.

The service has no idempotency key, but keeps titles as they are. So each submission's
title ends in 80 random bits of its own, which people do not get to see.
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
    """`nb-` and 16 signs of base32: 80 random bits."""
    return "nb-" + base64.b32encode(secrets.token_bytes(10)).decode().lower()


def marked(title: str, marker: str) -> str:
    """The title as it is sent: trimmed, at most 100 characters with the marker."""
    return f"{title[:TITLE_ROOM].strip()} [{marker}]".strip()


def split(title: str) -> tuple[str, str]:
    """The title as people see it, and its marker; "" where it has none."""
    found = _MARKED.search(title)
    return (title[: found.start()].rstrip(), found.group(1)) if found else (title, "")
