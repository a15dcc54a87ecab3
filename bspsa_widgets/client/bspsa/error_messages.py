"""Extract a service's error message from the body of a response.

Handles the five shapes of error bodies (api.md section 1), and the XML of NSG and the JSON of
UNICORE inside a JSON string. Web pages are ignored.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.clean_text import clean_text

MAX_MESSAGE = 400  # characters of a server's message that are shown
MAX_SEARCHED = 8_000  # characters that are searched: the patterns take quadratic time

_XML_MESSAGE = re.compile(r"<(displayMessage|message)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_XML_FIELD = re.compile(r"<param>([^<]*)</param>\s*<error>(.*?)</error>", re.DOTALL | re.IGNORECASE)
_XML_ERROR = re.compile(r"<(error)>(.*?)</error>", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def error_message(response: ServiceResponse) -> str:
    """Return the service's message as one line.

    Args:
        response: the response.

    Returns:
        At most 400 characters; "" if there is nothing readable.
    """
    content = decoded(response)
    if isinstance(content, str):
        text = _message_in(content[:MAX_SEARCHED])
    elif isinstance(content, dict):
        text = "; ".join(_pair(str(key), value) for key, value in list(content.items())[:5])
    else:
        text = ""
    return one_line(text)[:MAX_MESSAGE]


def decoded(response: ServiceResponse) -> Any:
    """Return the JSON of a response.

    Args:
        response: the response.

    Returns:
        The decoded JSON; None if it is not JSON.
    """
    if not response.is_json:
        return None
    try:
        return response.json()
    except ValueError:
        return None


def one_line(text: str) -> str:
    """Return clean text with single spaces.

    Args:
        text: any text.

    Returns:
        One line.
    """
    return clean_text(_SPACE.sub(" ", text)).strip()


def _message_in(content: str) -> str:
    found = _nsg_message(content)
    if found:
        return found
    unicore = re.search(r'"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"', content)
    if unicore:
        return unicore.group(1)
    return "" if _TAGS.match(content.strip()) else content


def _nsg_message(content: str) -> str:
    """Return NSG's message, then "field: error" for each field that it names."""
    fields = dict.fromkeys(
        f"{_field(name)}: {_plain(text)}" for name, text in _XML_FIELD.findall(content)
    )
    messages = _texts(_XML_MESSAGE, content)
    if not messages and not fields:
        messages = _texts(_XML_ERROR, content)
    return " ".join(filter(None, ["; ".join(messages), "; ".join(fields)]))


def _texts(pattern: re.Pattern[str], content: str) -> list[str]:
    """Return each text once: NSG repeats the same text in two elements."""
    found = dict.fromkeys(_plain(text) for _, text in pattern.findall(content))
    return [text for text in found if text]


def _plain(xml: str) -> str:
    return unescape(_TAGS.sub("", xml)).strip()


def _field(name: str) -> str:
    """Return the name of a field: `vparam.runtime_` → `runtime`."""
    return _plain(name).removeprefix("vparam.").strip("_")


def _pair(key: str, value: Any) -> str:
    text = "; ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if key == "detail" else f"{key}: {text}"
