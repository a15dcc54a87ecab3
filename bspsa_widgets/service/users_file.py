"""The file of users in the service's directory, as it is on disk.

{"version": 1, "users": [
  {"name": "ada", "token_sha256": "9f86d0…", "hours": {"bsp_nsg_01": 20.5}}
]}

A file that cannot be trusted in one place is not trusted at all.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import write_private
from bspsa_widgets.service.catalogue import LocalProject
from bspsa_widgets.service.grants import project_called, seconds_of
from bspsa_widgets.service.user import User, is_name

FILE: Final = "users.json"

_VERSION = 1
_MOST_BYTES = 2**20  # some thousand users
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEYS = {"name", "token_sha256", "hours"}


def read_users(directory: Path) -> tuple[User, ...]:
    """All users but the directory's owner, in the order of the file; none where it is missing.

    Raises:
        LocalServiceError: it cannot be used, and why.
    """
    path = directory / FILE
    try:
        return _users(json.loads(_read(path)))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise _unusable(path, str(error)) from error


def write_users(directory: Path, users: Iterable[User]) -> None:
    """Replace the file in one step; only its owner may read it. Raises OSError."""
    rows = [
        {"name": user.name, "token_sha256": user.digest, "hours": _hours(user.grants)}
        for user in users
    ]
    text = json.dumps({"version": _VERSION, "users": rows}, indent=1)
    write_private(directory / FILE, text + "\n")


def _hours(grants: Mapping[LocalProject, int]) -> dict[str, float]:
    return {project.name: seconds / 3600 for project, seconds in grants.items()}


def _read(path: Path) -> bytes:
    # A pipe in its place must not hold up the service.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check_ours(path, os.fstat(descriptor))
        with open(descriptor, "rb", closefd=False) as opened:
            content = opened.read(_MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES} bytes")
    return content


def _check_ours(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a file")
    if status.st_uid != os.geteuid():
        raise ValueError("it belongs to another account of this machine")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ValueError(f"other accounts can open it (run: chmod 600 '{path}')")


def _unusable(path: Path, reason: str) -> LocalServiceError:
    return LocalServiceError(
        f"{path} cannot be used: {reason}.",
        advice="Correct it, or move it away. Until then only the directory's own token is taken.",
    )


def _users(found: Any) -> tuple[User, ...]:
    if not isinstance(found, dict) or set(found) != {"version", "users"}:
        raise ValueError("it must hold version and users, and nothing else")
    if found["version"] != _VERSION:
        raise ValueError(f"it is of version {found['version']!r:.20}, not {_VERSION}")
    if not isinstance(found["users"], list):
        raise ValueError("users must be a list")
    users = tuple(_user(row, number) for number, row in enumerate(found["users"], start=1))
    # Two of one name would share their jobs, two of one token would be either.
    for key, values in (
        ("name", [user.name.casefold() for user in users]),
        ("token_sha256", [user.digest for user in users]),
    ):
        if len(set(values)) < len(values):
            raise ValueError(f"two users have the same {key}")
    return users


def _user(row: Any, number: int) -> User:
    where = f"user {number}"
    if not isinstance(row, dict) or set(row) != _KEYS:
        raise ValueError(f"{where} must have name, token_sha256 and hours, and nothing else")
    name, digest, hours = row["name"], row["token_sha256"], row["hours"]
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(f"{where}: name {name!r:.80} is not allowed")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError(f"{where}: token_sha256 must be 64 of 0-9 a-f")
    if not isinstance(hours, dict):
        raise ValueError(f"{where}: hours must name projects")
    try:
        grants = {project_called(key): seconds_of(value) for key, value in hours.items()}
    except ValueError as error:
        raise ValueError(f"{where}: hours: {error}") from None
    return User(name, digest, grants)
