"""Answers of the monitor that are empty, or only contain an error."""

from __future__ import annotations

from bspsa_widgets.logs.snapshot import LogSnapshot
from bspsa_widgets.widgets.base.messages import Content
from bspsa_widgets.widgets.monitor.contract import Details, Log
from bspsa_widgets.widgets.monitor.details import no_details
from bspsa_widgets.widgets.monitor.files_contract import Downloaded, Files, Preview, Unpacked
from bspsa_widgets.widgets.monitor.log_changes import log_state

Refusal = Details | Downloaded | Files | Log | Preview | Unpacked


def no_files(error: str = "") -> Files:
    """Return an empty list of files.

    Args:
        error: why it is empty.

    Returns:
        the list, without the id of a request.
    """
    return {
        "kind": "files",
        "id": "",
        "files": [],
        "notes": [],
        "place": "",
        "error": error,
    }


def nothing_came(error: str = "") -> Downloaded:
    """Return what became of a download without any file.

    Args:
        error: why there is none.

    Returns:
        the answer, without the id of a request.
    """
    return {
        "kind": "downloaded",
        "id": "",
        "came": [],
        "kept": [],
        "left": [],
        "skipped": [],
        "stopped": False,
        "error": error,
    }


def not_unpacked(error: str = "") -> Unpacked:
    """Return what became of an archive that was not unpacked.

    Args:
        error: why not.

    Returns:
        the answer, without the id of a request.
    """
    return {
        "kind": "unpacked",
        "id": "",
        "folder": "",
        "files": 0,
        "size": 0,
        "note": "",
        "error": error,
    }


def no_preview(name: str, error: str = "") -> Preview:
    """Return an empty preview.

    Args:
        name: name of the file.
        error: why it is empty.

    Returns:
        the preview, without the id of a request.
    """
    return {
        "kind": "preview",
        "id": "",
        "name": name,
        "what": "",
        "text": "",
        "header": [],
        "rows": [],
        "image": "",
        "mime": "",
        "cells": [],
        "is_cut": False,
        "note": "",
        "error": error,
    }


def refusal(content: Content, message: str) -> Refusal | None:
    """Return the answer to a request that failed, in the shape of its normal answer.

    Args:
        content: the request.
        message: why it failed.

    Returns:
        the answer, without the id of the request; None if the normal answer is a plain reply.
    """
    match content:
        case {"kind": "open", "key": str(key)}:
            return no_details(key, message)
        case {"kind": "log", "key": str(key)}:
            is_out = content.get("stream") == "stdout"
            stream = LogSnapshot("stdout" if is_out else "stderr", "", problem=message)
            return log_state(key, stream)
        case {"kind": "files", "key": str()}:
            return no_files(message)
        case {"kind": "download", "key": str()}:
            return nothing_came(message)
        case {"kind": "unpack", "key": str()}:
            return not_unpacked(message)
        case {"kind": "preview", "key": str()}:
            return no_preview(str(content.get("name", "")), message)
    return None
