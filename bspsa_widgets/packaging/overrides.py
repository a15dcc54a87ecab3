"""The files that the user includes or excludes, prepared for a lookup of each path."""

from __future__ import annotations

from collections.abc import Collection

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput

_ALLOWED = "Give a path below the folder, with forward slashes."


class Overrides:
    """The user's overrides of the exclusion rules.

    Args:
        choice: the user's choice.

    Raises:
        InvalidInput: of field `include`, `exclude` or `include_secrets`, for a path that is not
            below the folder; or of `exclude`, for a path that is included as well.
    """

    def __init__(self, choice: Choice) -> None:
        self._fields: dict[str, str] = {}
        for field in ("include", "include_secrets"):
            for path in getattr(choice, field):
                self._fields[_normalized(field, path)] = field
        self._excluded = {_normalized("exclude", path) for path in choice.exclude}
        for path in sorted(self._excluded & self._fields.keys()):
            problem = f"{path!r:.200} is to be sent and to stay."
            raise InvalidInput("exclude", problem, allowed="Choose one of the two.")
        self._above = {above for path in self._fields for above in _folders_above(path)}
        self._problems: dict[str, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there are no overrides."""
        return not self._fields and not self._excluded

    def excludes(self, path: str) -> bool:
        """Return whether the user excludes a path.

        Args:
            path: relative to the folder.

        Returns:
            True if so.
        """
        return path in self._excluded

    def includes_below(self, folder: str) -> bool:
        """Return whether the user includes something below a folder.

        Args:
            folder: relative to the folder to pack.

        Returns:
            True if so.
        """
        return folder in self._above

    def includes(self, path: str, *, secret: bool) -> bool:
        """Return whether the user includes a path that a rule excludes.

        Args:
            path: relative to the folder.
            secret: whether the rule says that it looks like a secret.

        Returns:
            True if so.

        Raises:
            InvalidInput: of field `include`, if it is a secret and was not named as one.
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

    def names(self, path: str) -> bool:
        """Return whether the user includes exactly this path.

        Args:
            path: relative to the folder.

        Returns:
            True if so.
        """
        return path in self._fields

    def note_problem(self, path: str, reason: str) -> None:
        """Note why a path that exists cannot be sent.

        Args:
            path: relative to the folder.
            reason: in plain words.
        """
        self._problems[path] = reason

    def check(self, found: Collection[str]) -> None:
        """Check that all included paths are sent.

        Args:
            found: files and folders that are sent.

        Raises:
            InvalidInput: of the field of the first path that is not.
        """
        for path, field in self._fields.items():
            if path not in found:
                why = self._problems.get(path)
                problem = f"it is {why}" if why else "there is no such file or folder"
                raise InvalidInput(
                    field,
                    f"{path!r:.200} cannot be taken along: {problem}.",
                    allowed="Name excluded files and folders, or nothing.",
                )


def _normalized(field: str, path: object) -> str:
    """Return a path without "./" at the beginning and "/" at the end."""
    text = path if isinstance(path, str) else ""
    text = text.removeprefix("./").rstrip("/")
    if "\0" in text or any(part in ("", ".", "..") for part in text.split("/")):
        raise InvalidInput(field, f"{path!r:.200} is no path below the folder.", allowed=_ALLOWED)
    return text


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
