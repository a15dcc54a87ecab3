"""Built-in exclusions: by the name of a file, or by the kind of a folder."""

from __future__ import annotations

import os
import re
import stat

from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.packaging.entries import Reason

EXCLUDED = Reason("excluded by you", "user")
SECRET = Reason("looks like a secret", "secret")
SERVICE = Reason("a local service's own files", "final")

RESULTS = Reason("results of an earlier job")
VERSIONS = Reason("version control", "secret")  # `.git/config` may hold a token
RECORD = Reason("a submission's record", "final")
NO_FILE = Reason("not a file or folder", "final")
CACHE = Reason("a cache")
LITTER = Reason("left by another system")
IN_CLOUD = Reason("stands for a file that is in iCloud only", "cloud")

# Names of folders that no job needs, with the reason.
_FOLDERS: dict[str, Reason] = {
    **dict.fromkeys((".git", ".hg", ".svn", ".bzr", "CVS"), VERSIONS),
    ".ipynb_checkpoints": Reason("notebook checkpoints"),
    **dict.fromkeys(("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"), CACHE),
    **dict.fromkeys((".tox", ".nox", ".eggs"), CACHE),
    **dict.fromkeys((".venv", "venv", ".conda", "node_modules"), Reason("an environment")),
    **dict.fromkeys((".ssh", ".aws", ".gnupg", ".azure", ".kube"), SECRET),
}
# Files that systems leave in folders. (The Finder's icon of a folder is "Icon\r".)
_LITTER = frozenset({"Thumbs.db", "ehthumbs.db", "desktop.ini", "__MACOSX", "Icon\r"})
_OFFICE = "~$"  # prefix of Office's lock file for an open document
_PLACEHOLDER = re.compile(r"\.(?P<name>.+)\.icloud")
# File names that look like a secret, in lower case: whole names, beginnings, ends, both.
# They do not match usual files of scientists: `tokenizer.py`, `token_count.csv`,
# `secretory_cells.csv`, `monkey.py`.
_NAMES = frozenset({"token", "token.json", "secret.txt", "kaggle.json", "_netrc"})
_PREFIXES = (
    *(".env", ".netrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials"),
    *("id_rsa", "id_ed25519", "id_ecdsa", "id_dsa"),
    *("credentials", "secrets.", "passwords", "apikey"),
)
_SUFFIXES = (
    *(".env", ".pem", ".key", ".p12", ".pfx", ".kdbx", ".ppk", ".jks", ".keystore"),
    *(".token", "_token", "-token", "token.txt", "_token.json"),
    *("_credentials", "-credentials", "credentials.json", "_secret.txt"),
)
_PREFIX_AND_SUFFIX = (("client_secret", ".json"), ("password", ".txt"), ("api_key", ".txt"))
_PREFIXES_OF_BOTH = tuple(prefix for prefix, _ in _PREFIX_AND_SUFFIX)
_UNUSUAL = frozenset(name.lower() for name in (*_NAMES, *_LITTER))
_UNUSUAL_PREFIXES = (".", _OFFICE, *_PREFIXES, *_PREFIXES_OF_BOTH)
_UNUSUAL_SUFFIXES = (*_SUFFIXES, ".json", ".lock")  # those of records
_RECORD_NAME = re.compile(rf"{MARKER.pattern}\.(json|lock)")
# Names made by `domain.filenames.results_folder`, below `results`.
_RESULTS = re.compile(r"(^|.*/)results/[^/]+-[0-9A-F]{7}")
# Files of every environment made by `python -m venv` or conda, whatever its name.
_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")


def looks_secret(name: str) -> bool:
    """Return whether a file is excluded as a likely secret because of its name.

    Args:
        name: name of the file.

    Returns:
        True for a likely secret.
    """
    name = name.lower()
    if name in _NAMES or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        return True
    return name.startswith(_PREFIXES_OF_BOTH) and any(
        name.startswith(prefix) and name.endswith(suffix) for prefix, suffix in _PREFIX_AND_SUFFIX
    )


def is_usual(name: str) -> bool:
    """Return whether a file's name needs no further check; fast.

    Args:
        name: name of the file.

    Returns:
        False if `why_not_file` or `why_not_content` may have a reason.
    """
    low = name.lower()
    return not (
        low.startswith(_UNUSUAL_PREFIXES) or low.endswith(_UNUSUAL_SUFFIXES) or low in _UNUSUAL
    )


def why_not_file(name: str) -> Reason | None:
    """Return the reason why a file is excluded because of its name.

    Args:
        name: name of the file.

    Returns:
        The reason; None if there is none.
    """
    if looks_secret(name):
        return SECRET
    if name.endswith((".json", ".lock")) and _RECORD_NAME.fullmatch(name):
        return RECORD
    if name in _LITTER:
        return LITTER
    if name.startswith(_OFFICE):
        return Reason("left by an Office program")
    if _PLACEHOLDER.fullmatch(name):
        return IN_CLOUD
    return Reason("hidden") if name.startswith(".") else None


def why_not_content(name: str, about: os.stat_result) -> Reason | None:
    """Return the reason why a file is excluded because of its type or mode.

    Args:
        name: name of the file.
        about: its metadata.

    Returns:
        The reason; None if there is none.
    """
    if not stat.S_ISREG(about.st_mode):
        return NO_FILE
    # Address and token of a local service; only its owner may read the file.
    if name == "service.json" and not about.st_mode & 0o077:
        return SECRET
    return None


def why_not_folder(path: str | os.PathLike[str]) -> Reason | None:
    """Return the reason why a folder is excluded with all its content.

    Args:
        path: path of the folder.

    Returns:
        The reason; None if there is none.
    """
    name = os.path.basename(path)
    if name in _FOLDERS:
        return _FOLDERS[name]
    if name in _LITTER:
        return LITTER
    if name.startswith("."):
        return Reason("hidden")
    if any(_contains(path, marker) for marker in _ENVIRONMENT):
        return Reason("an environment")
    return SERVICE if is_service(path) else None


def is_results(path: str) -> bool:
    """Return whether a folder is where an earlier job's results were downloaded.

    Args:
        path: relative to the chosen folder.

    Returns:
        True for a results folder.
    """
    return _RESULTS.fullmatch(path) is not None


def is_service(path: str | os.PathLike[str]) -> bool:
    """Return whether a folder belongs to a local service: it holds its token and all jobs.

    Args:
        path: path of the folder.

    Returns:
        True if it does.
    """
    return _contains(path, "service.db") or (
        _contains(path, "service.json") and _contains(path, "lock")
    )


def _contains(path: str | os.PathLike[str], name: str) -> bool:
    return os.path.lexists(os.path.join(path, name))
