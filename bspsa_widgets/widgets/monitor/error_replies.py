"""Answers of the monitor that only contain an error (js/src/monitor/contract.ts)."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.widgets.monitor.details import no_details

State = dict[str, Any]

NO_LOG: State = {
    "kind": "log",
    "stream": "stderr",
    "file": "",
    "lines": [],
    "revision": 0,
    "at": 0,
    "first": None,
    "size": None,
    "is_complete": False,
    "is_final": False,
    "note": "",
    "problem": "",
}
NO_FILES: State = {"kind": "files", "files": [], "notes": [], "place": "", "error": ""}
NOTHING_CAME: State = {
    "kind": "downloaded",
    "came": [],
    "kept": [],
    "left": [],
    "skipped": [],
    "stopped": False,
    "error": "",
}
NOT_UNPACKED: State = {
    "kind": "unpacked",
    "folder": "",
    "files": 0,
    "size": 0,
    "note": "",
    "error": "",
}
NO_PREVIEW: State = {
    "kind": "preview",
    "name": "",
    "what": "",
    "text": "",
    "header": [],
    "rows": [],
    "image": "",
    "mime": "",
    "cells": [],
    "is_cut": False,
    "note": "",
    "error": "",
}
_EMPTY: dict[str, State] = {
    "files": NO_FILES,
    "download": NOTHING_CAME,
    "unpack": NOT_UNPACKED,
    "preview": NO_PREVIEW,
}


def refusal(content: State, message: str) -> State | None:
    """Return the answer to a request that failed, in the shape of its normal answer.

    Args:
        content: the request.
        message: why it failed.

    Returns:
        the answer; None if the normal answer is a plain reply.
    """
    kind, key = content.get("kind"), content.get("key")
    if not isinstance(key, str):
        return None
    if kind == "open":
        return no_details(key, message)
    if kind == "log":
        stream = "stdout" if content.get("stream") == "stdout" else "stderr"
        return NO_LOG | {"key": key, "stream": stream, "problem": message}
    if kind not in _EMPTY:
        return None
    name = {"name": str(content.get("name", ""))} if kind == "preview" else {}
    return _EMPTY[kind] | name | {"key": key, "error": message}
