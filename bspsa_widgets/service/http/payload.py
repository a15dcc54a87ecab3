"""Reads and checks the Payload header of a submission.

The messages of refusals are the real service's. The real service often refuses after it has
charged quota or started the job; here every refusal comes before that. Limits known only from
the real service's old source (12 cores, 48 hours, …) are not enforced.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from bspsa_widgets.domain.systems import TITLE_LENGTH
from bspsa_widgets.service.config.job_settings import JobSettings, is_inside
from bspsa_widgets.service.http.responses import Refusal

_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NUMBER = re.compile(r"[+-]?[0-9.]{1,40}(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_INTEGER = re.compile(r"[0-9]{1,9}")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def read_payload(headers: list[str], hpc: str) -> JobSettings:
    """Return the checked settings in the Payload header of a submission.

    Args:
        headers: all Payload headers of the request.
        hpc: the system's id (`pizdaint`, `nsg`).

    Returns:
        The settings.

    Raises:
        Refusal: 400 with the real service's message.
    """
    if len(headers) != 1 or not headers[0]:
        raise Refusal(400, "Request incomplete. Parameters missing!")
    found = _object(headers[0])
    runtime = _runtime(found.get("runtime"))
    if hpc == "nsg":
        return _nsg(found, runtime)
    return _pizdaint(found, runtime)


def _object(header: str) -> dict[str, Any]:
    try:
        if not header.isascii():
            raise ValueError("not ASCII")
        found = json.loads(header)
    except (ValueError, RecursionError):
        raise Refusal(400, "Wrong payload value! It must be a JSON object in ASCII.") from None
    if not isinstance(found, dict):
        raise Refusal(400, "Wrong payload value! It must be a JSON object in ASCII.")
    return found


def _pizdaint(found: dict[str, Any], runtime: float) -> JobSettings:
    nodes, cores = _count(found.get("node_number")), _count(found.get("core_number"))
    if nodes is None or cores is None:
        message = "Core number must be at least equal to 1 and node number at least equal to 1!"
        raise Refusal(400, message)
    command = _text(found.get("command"), "Wrong command value!")
    if not command.strip():
        raise Refusal(400, "Wrong command value!")
    return JobSettings(runtime, nodes, cores, _title(found), command=command)


def _nsg(found: dict[str, Any], runtime: float) -> JobSettings:
    nodes, cores = _count(found.get("node_number", 1)), _count(found.get("core_number", 1))
    if nodes is None:
        raise Refusal(400, "Wrong node value!")
    if cores is None:
        raise Refusal(400, "Wrong core value!")
    tool = _text(found.get("tool"), "Wrong tool value!")
    if not _TOOL.fullmatch(tool):
        raise Refusal(400, "Wrong tool value!")
    main = _text(found.get("init_file", ""), "Wrong init_file value!").strip()
    if main and not is_inside(main):
        raise Refusal(400, "Wrong init_file value!")
    return JobSettings(runtime, nodes, cores, _title(found), tool=tool, init_file=main)


def _title(found: dict[str, Any]) -> str:
    value = found.get("title", "")
    if type(value) in (int, float):
        value = str(value)
    title = _text(value, "Wrong title value!").strip()
    if len(title) > TITLE_LENGTH:
        raise Refusal(400, f"Wrong title value! At most {TITLE_LENGTH} characters are allowed.")
    return title


def _text(value: object, refusal: str) -> str:
    if not isinstance(value, str) or _UNSTORABLE.search(value):
        raise Refusal(400, refusal)
    return value


def _runtime(value: object) -> float:
    hours = _number(value, _NUMBER, float)
    if hours is None or not math.isfinite(hours) or hours <= 0:
        raise Refusal(400, "Wrong runtime value")
    return float(hours)


def _count(value: object) -> int | None:
    number = _number(value, _INTEGER, int)
    if number is None or not 1 <= number < 10**9 or number != int(number):
        return None
    return int(number)


def _number(value: object, shape: re.Pattern[str], convert: Callable[[str], float]) -> float | None:
    """Return a number that was sent as a number or as text (the real service accepts both)."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str) and shape.fullmatch(value.strip()):
            return convert(value.strip())
    except (ValueError, OverflowError):
        return None
    return None
