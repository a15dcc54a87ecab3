"""A choice, made ready to be asked for each path on the way."""

from __future__ import annotations

from collections.abc import Collection

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput

_ALLOWED = "Give a path below the folder, with forward slashes."


class Wishes:
    """What the user wants otherwise, and which of it was met.

    Raises:
        InvalidInput: of field `include`, `exclude` or `include_secrets`: no path below the
            folder; or of `exclude`: it is wanted, too.
    """

    def __init__(self, choice: Choice) -> None:
        self._fields: dict[str, str] = {}
        for field in ("include", "include_secrets"):
            for given in getattr(choice, field):
                self._fields[_path(field, given)] = field
        self._excluded = {_path("exclude", given) for given in choice.exclude}
        for path in sorted(self._excluded & self._fields.keys()):
            problem = f"{path!r:.200} is to be sent and to stay."
            raise InvalidInput("exclude", problem, allowed="Choose one of the two.")
        self._above = {above for path in self._fields for above in _folders_above(path)}
        self._problems: dict[str, str] = {}

    @property
    def are_none(self) -> bool:
        """The rules alone decide."""
        return not self._fields and not self._excluded

    def excludes(self, path: str) -> bool:
        """Whether it is to stay."""
        return path in self._excluded

    def reach_into(self, folder: str) -> bool:
        """Whether something below this folder is wanted."""
        return folder in self._above

    def want(self, path: str, *, secret: bool) -> bool:
        """Whether it is wanted although a rule leaves it out.

        Args:
            secret: the rule says that it looks like a secret.

        Raises:
            InvalidInput: of field `include`: it is a secret, and was not named as one.
        """
        field = self._fields.get(path)
        if field is None:
            return False
        if secret and field == "include":
            raise InvalidInput(
                "include",
                f"{path!r:.200} looks like a secret: a key, a token, or what may hold one.",
                allowed="If it is to be sent all the same, name it in include_secrets.",
            )
        return True

    def name(self, path: str) -> bool:
        """Whether this very path is wanted."""
        return path in self._fields

    def cannot(self, path: str, reason: str) -> None:
        """It is there, and cannot travel."""
        self._problems[path] = reason

    def check(self, found: Collection[str]) -> None:
        """That all that is wanted travels.

        Args:
            found: files and folders that do.

        Raises:
            InvalidInput: of the field of the first one that was not.
        """
        for path, field in self._fields.items():
            if path not in found:
                why = self._problems.get(path)
                problem = f"it is {why}" if why else "there is no such file or folder"
                raise InvalidInput(
                    field,
                    f"{path!r:.200} cannot be taken along: {problem}.",
                    allowed="Name files and folders that are left out, or nothing.",
                )


def _path(field: str, given: object) -> str:
    """Without "./" in front and "/" behind."""
    text = given if isinstance(given, str) else ""
    text = text.removeprefix("./").rstrip("/")
    if "\0" in text or any(part in ("", ".", "..") for part in text.split("/")):
        raise InvalidInput(field, f"{given!r:.200} is no path below the folder.", allowed=_ALLOWED)
    return text


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
