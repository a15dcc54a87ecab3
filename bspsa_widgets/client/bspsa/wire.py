"""How requests to the Service Account look, byte for byte. Pure; sources in each line.

"api.md" in comments stands for the project's notes on how the service behaves, which
`tests/contract/` repeats as examples.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple
from urllib.parse import quote

from bspsa_widgets.domain.clean_text import whole_characters
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.domain.payload import JobRequest

MOST_LEVELS = 50  # of JSON; a list of jobs has two
MOST_DIGITS = 1000  # of a whole number; Python writes and reads none of more than 4300

_DECODED_TWICE = re.compile(r"[#?%/]")


class Answer(NamedTuple):
    """A response, read to its end, without the token where it repeated that.

    Attributes:
        retry_after: seconds that the service asks to wait, at most a day; None if it does not.
    """

    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None

    @property
    def is_json(self) -> bool:
        return self.content_type.split(";")[0].strip().lower() == "application/json"

    @property
    def is_html(self) -> bool:
        return self.content_type.split(";")[0].strip().lower() == "text/html"

    def json(self) -> Any:
        """The decoded body; a value that cannot be kept costs no other one.

        NaN, Infinity, numbers of more digits than can be written and what is nested too deep
        become None, half characters and bytes that are no UTF-8 become "\ufffd": they would
        break whatever shows or stores them.

        Raises:
            ValueError: where it is not JSON.
        """
        try:
            found = json.loads(
                self.body.decode("utf-8-sig", "replace"),
                parse_constant=lambda _: None,
                parse_float=_finite,
                parse_int=_whole,
            )
        except RecursionError as error:
            raise ValueError("not JSON that can be read") from error
        if b"\\ud" in self.body.lower() or not _is_flat(found):
            return _kept(found, MOST_LEVELS)
        return found


def _kept(found: Any, levels: int) -> Any:
    """The value without what cannot be kept."""
    if isinstance(found, str):
        return whole_characters(found)
    if not isinstance(found, dict | list):
        return found
    if levels == 0:
        return None
    if isinstance(found, list):
        return [_kept(inner, levels - 1) for inner in found]
    return {whole_characters(key): _kept(inner, levels - 1) for key, inner in found.items()}


def _is_flat(found: Any) -> bool:
    """What is nested less than `MOST_LEVELS` deep can be written, shown and copied again."""
    level = [found] if isinstance(found, (dict, list)) else []
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return True
    return False


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None  # 1e999 could not be written as JSON again


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= MOST_DIGITS else None


def collection(noun: str, hpc: str = "", project: str = "") -> str:
    """`/jobs/`, `/jobs/nsg/`, `/jobs/nsg/bsp_nsg_01/`: always with the last slash.

    Without it every method is answered by a redirect, and a redirected POST becomes a
    GET (api.md section 1). HPC and project are lower case (section 2).
    """
    parts = [noun, hpc.lower(), project.lower()]
    return "/" + "".join(quote(part, safe="") + "/" for part in parts if part)


def member(noun: str, ref: JobRef) -> str:
    """The path of a job, or of its files. Ids are upper case (section 2)."""
    return collection(noun, ref.hpc, ref.project) + quote(ref.job_id.upper(), safe="") + "/"


def file(ref: JobRef, key: str) -> str:
    """The path of one file: a name, or NSG's file id.

    The service asks Piz Daint by a name that it has decoded but does not encode again
    (section 7.1): `#`, `?`, `%` and `/` travel encoded twice, so that they are still a part
    of the name there. That `dir%252Fx` comes to `dir/x` was seen with a stand-in for Piz
    Daint only; otherwise the answer is that there is no such file.
    """
    name = key.lstrip("/").encode("utf-8", "replace").decode()  # half a character has no bytes
    if ref.hpc.lower() == "pizdaint":
        name = _DECODED_TWICE.sub(lambda found: quote(found[0], safe=""), name)
    segment = quote(name, safe="")
    if not name.strip("."):
        segment = segment.replace(".", "%2E")  # else `..` would be taken for the folder above
    return member("files", ref) + segment + "/"


def submission_headers(request: JobRequest, name: str, size: int) -> dict[str, str]:
    """The headers of a submission, but for Authorization (sections 3 and 9).

    The file name is not quoted: Piz Daint would get the quotes as part of the name.
    Content-Length is given: a chunked body is dropped and its quota lost.
    """
    return {
        "Accept": "application/json",
        "Content-Type": "application/zip",
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename={name}",
        "Payload": request.header(),
        "Connection": "close",
    }
