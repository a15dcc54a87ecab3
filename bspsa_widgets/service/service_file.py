"""`service.toml` in the service's directory: read here, understood by those whose settings it has.

`executors.options` says how jobs are run, and documents the file; `keep` how long they are kept.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from bspsa_widgets.errors import LocalServiceError

FILE: Final = "service.toml"


def read_file(directory: Path) -> dict[str, Any]:
    """What the file says; nothing where there is none.

    Raises:
        LocalServiceError: it cannot be read.
    """
    try:
        return tomllib.loads((directory / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise wrong_file(directory, str(error)) from error


def wrong_file(directory: Path, reason: str) -> LocalServiceError:
    """To be raised where the file says what cannot be."""
    return LocalServiceError(
        f"{directory / FILE} cannot be used: {reason}.", advice="Correct it, or move it away."
    )
