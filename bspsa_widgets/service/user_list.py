"""The users of a service, shown and changed; a running one sees each change at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.errors import InvalidInput, LocalServiceError
from bspsa_widgets.service.catalogue import PROJECTS, QUOTA_SECONDS, LocalProject
from bspsa_widgets.service.grants import in_hours
from bspsa_widgets.service.usage import read_usage
from bspsa_widgets.service.user import LOCAL, NAMES, User, digest_of, is_name, new_token, owner
from bspsa_widgets.service.users_file import read_users, write_users

USUAL_GRANTS: Mapping[LocalProject, int] = dict.fromkeys(PROJECTS, QUOTA_SECONDS)
_YOURSELF = (
    "It is yourself, with the token in the service's folder. For a new one end the service,"
    " remove the file `token` there, and start it again."
)

Users = tuple[User, ...]


class UserReport(NamedTuple):
    """A user in a project. Hours; `project` is empty for who may use none.

    Attributes:
        used: by jobs that are over, and held by those that are not. left: ≥ 0.
    """

    name: str
    project: str
    hours: float
    used: float
    left: float


class Added(NamedTuple):
    """A new user.

    Attributes:
        token: shown now or never.
        was_here: there was a user of this name before; what that one used counts for this one.
        jobs: that are still there of that one, and are this one's now.
    """

    token: str
    user: User
    was_here: bool
    jobs: int


def user_reports(directory: Path) -> list[UserReport]:
    """All users, the directory's owner first, each with a line for each of their projects.

    Raises:
        LocalServiceError: the file of users or the database cannot be used.
    """
    usage = read_usage(directory)
    reports = []
    for user in (owner(""), *read_users(directory)):
        for project, granted in user.grants.items():
            used = usage.seconds(user.name, project)
            hours = (in_hours(granted), in_hours(used), in_hours(max(0, granted - used)))
            reports.append(UserReport(user.name, project.name, *hours))
        if not user.grants:
            reports.append(UserReport(user.name, "", 0.0, 0.0, 0.0))
    return reports


def add_user(directory: Path, name: str, grants: Mapping[LocalProject, int]) -> Added:
    """A new user with a token of their own.

    Args:
        grants: seconds by project; none: every project, with the real service's usual quota.

    Raises:
        InvalidInput: of field `name`. LocalServiceError: the file cannot be read or written.
    """
    token = new_token()
    user = User(name, digest_of(token), dict(grants or USUAL_GRANTS))
    if not is_name(name):
        allowed = _YOURSELF if name.casefold() == LOCAL else NAMES
        raise InvalidInput("name", f"A user cannot be called {name!r:.80}.", allowed=allowed)

    def add(users: Users) -> Users:
        if name.casefold() in [other.name.casefold() for other in users]:
            allowed = "Choose another name, or change that user: set, token, remove."
            raise InvalidInput("name", f"There is a user {name!r:.80} already.", allowed=allowed)
        return (*users, user)

    usage = read_usage(directory)
    _edit(directory, add)
    return Added(token, user, usage.knows(name), usage.jobs.get(name, 0))


def set_grants(
    directory: Path,
    name: str,
    grants: Mapping[LocalProject, int],
    without: Collection[LocalProject] = (),
) -> User:
    """Give other hours, and take projects away; the other projects stay as they are.

    Args:
        grants: seconds by project. without: projects that are no longer the user's.

    Raises:
        InvalidInput: of field `name` or `hours`.
        LocalServiceError: the file cannot be read or written.
    """
    if not grants and not without:
        allowed = "Give --hours PROJECT=H, or --without PROJECT."
        raise InvalidInput("hours", "Nothing to change was given.", allowed=allowed)
    if both := [project.name for project in grants if project in without]:
        problem = f"{both[0]} is both given and taken away."
        raise InvalidInput("hours", problem, allowed="Name it once.")

    def changed(user: User) -> User:
        found = {**user.grants, **grants}
        return replace(user, grants={key: found[key] for key in found if key not in without})

    return _change(directory, name, changed)


def renew_token(directory: Path, name: str) -> str:
    """A new token, to be shown now or never; the old one is void.

    Raises:
        InvalidInput: of field `name`. LocalServiceError: the file cannot be read or written.
    """
    token = new_token()
    _change(directory, name, lambda user: replace(user, digest=digest_of(token)))
    return token


def remove_user(directory: Path, name: str) -> None:
    """Void a user's token. Their jobs go on, and stay in the store under their name.

    Raises:
        InvalidInput: of field `name`. LocalServiceError: the file cannot be read or written.
    """

    def remove(users: Users) -> Users:
        gone = _find(users, name)
        return tuple(user for user in users if user is not gone)

    _edit(directory, remove)


def _change(directory: Path, name: str, change: Callable[[User], User]) -> User:
    def replaced(users: Users) -> Users:
        found = _find(users, name)
        return tuple(change(user) if user is found else user for user in users)

    return _find(_edit(directory, replaced), name)


def _find(users: Users, name: str) -> User:
    for user in users:
        if user.name == name:
            return user
    if name == LOCAL:
        raise InvalidInput("name", f"{LOCAL!r} is not changed like the others.", allowed=_YOURSELF)
    names = ", ".join(user.name for user in users)
    allowed = f"There are: {names}." if names else "There are none; see `bspsa service users add`."
    raise InvalidInput("name", f"There is no user {name!r:.80}.", allowed=allowed)


def _edit(directory: Path, change: Callable[[Users], Users]) -> Users:
    """Read, change and write, while nobody else does."""
    try:
        with _lock(directory):
            users = change(read_users(directory))
            write_users(directory, users)
    except OSError as error:
        raise LocalServiceError(
            f"The users of {directory} cannot be written: {error.strerror or error}.",
            advice="Look at the folder and the free space.",
        ) from error
    return users


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    if os.name != "posix":
        raise LocalServiceError(
            "The local service runs on Linux and macOS only.",
            advice="On Windows, use it inside WSL.",
        )
    import fcntl

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "users.lock").open("wb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
