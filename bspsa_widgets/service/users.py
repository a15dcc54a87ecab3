"""The users of a running service: who sends a request, by its token."""

from __future__ import annotations

import hmac
import logging
import time
from pathlib import Path
from typing import Final

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.user import User, digest_of, owner
from bspsa_widgets.service.users_file import FILE, read_users

_UNSETTLED: Final = 2.0  # seconds; the coarsest file times tell no two changes within them apart

_log = logging.getLogger("bspsa_widgets.service")


class Users:
    """Asks the directory's file each time, and reads it anew where it has changed.

    Where the file cannot be used, only the directory's own token is let in.

    Args:
        directory: the service's. token: its own.
    """

    def __init__(self, directory: Path, token: str) -> None:
        self._directory = directory
        self._owner = owner(token)
        self._others: tuple[User, ...] = ()
        self._seen: tuple[int, ...] | None = None
        self._complaint = ""

    def find(self, token: str) -> User | None:
        """Whose token it is; None: nobody's."""
        return self._holder(digest_of(token))

    def now(self, user: User) -> User | None:
        """The same user as the file has them by now; None where their token is void."""
        found = self._holder(user.digest)
        return found if found is not None and found.name == user.name else None

    def _holder(self, digest: str) -> User | None:
        found = None
        # All are compared, so that the time tells nothing of who is in the file.
        for user in (*self._current(), self._owner):
            if hmac.compare_digest(user.digest, digest):
                found = user
        return found

    def _current(self) -> tuple[User, ...]:
        stamp = _stamp(self._directory / FILE)
        if stamp != self._seen:
            self._others = self._read()
            self._seen = stamp if _is_settled(stamp) else None
        return self._others

    def _read(self) -> tuple[User, ...]:
        try:
            users = read_users(self._directory)
        except LocalServiceError as error:
            if str(error) != self._complaint:
                _log.error("%s", error)
            self._complaint = str(error)
            return ()
        self._complaint = ""
        return users


def _stamp(path: Path) -> tuple[int, ...]:
    """Another one after each change of the file, be it of its content or of who may read it."""
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    what = (status.st_ino, status.st_size, status.st_mode, status.st_uid)
    return (status.st_ctime_ns, status.st_mtime_ns, *what)


def _is_settled(stamp: tuple[int, ...]) -> bool:
    return len(stamp) == 1 or abs(time.time() - stamp[0] / 1e9) > _UNSETTLED
