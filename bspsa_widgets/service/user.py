"""Who may use the service, by which token, and how much of it."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bspsa_widgets.service.catalogue import PROJECTS, QUOTA_SECONDS, LocalProject

LOCAL: Final = "local"  # who holds the directory's own token: the owner of the machine's account
NAMES: Final = "Use up to 64 of A-Z a-z 0-9 . _ - @, and begin with a letter or a digit."

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class User:
    """A user of the service.

    Attributes:
        name: owns their jobs. digest: sha256 of their token, hexadecimal.
        grants: seconds of quota, by project; what is not in it is not theirs to use.
    """

    name: str
    digest: str = field(repr=False)
    grants: Mapping[LocalProject, int]


def owner(token: str) -> User:
    """Whose the service's directory is: all projects, with the real service's usual quota."""
    return User(LOCAL, digest_of(token), dict.fromkeys(PROJECTS, QUOTA_SECONDS))


def new_token() -> str:
    """256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Its sha256. Plain, without salt or rounds: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_name(text: str) -> bool:
    """Whether a user may be called so (`NAMES` says it in words); "local" is taken."""
    return _NAME.fullmatch(text) is not None and text.casefold() != LOCAL
