"""What stays at home on purpose: by a file's name, or by what a folder is."""

from __future__ import annotations

import fnmatch
import os
import re
import stat

from bspsa_widgets.domain.marker import MARKER

SECRET = "looks like a secret"  # noqa: S105
SERVICE = "a local service's own files"

# Folder names that hold nothing a job needs: (names, reason).
_FOLDERS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({".git", ".hg", ".svn"}), "version control"),
    (frozenset({".ipynb_checkpoints"}), "notebook checkpoints"),
    (frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}), "a cache"),
    (frozenset({".venv", "venv", "node_modules"}), "an environment"),
    (frozenset({".ssh", ".aws", ".gnupg"}), SECRET),
)
# File names that look like a secret, in lower case. The patterns leave the files of
# science alone: `tokenizer.py`, `token_count.csv`, `secretory_cells.csv`.
_SECRETS = (
    *(".env*", "*.env", ".netrc", "_netrc", ".pypirc", ".git-credentials", "kaggle.json"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.kdbx", "*.ppk", "*.jks", "*.keystore"),
    *("token", "*_token", "*-token", "*.token", "*token.txt", "token.json", "*_token.json"),
    *("id_rsa*", "id_ed25519*", "id_ecdsa*", "id_dsa*"),
    *("credentials", "credentials.*", "credentials-*", "*_credentials", "*credentials.json"),
    *("secret.txt", "*_secret.txt", "secrets.*", "client_secret*.json"),
    *("password*.txt", "passwords*", "api_key*.txt", "apikey*"),
)
_SECRET_NAME = re.compile("|".join(fnmatch.translate(pattern) for pattern in _SECRETS))
_RECORD_NAME = re.compile(rf"{MARKER.pattern}\.(json|lock)")
# What `python -m venv` and conda leave in every environment, whatever its name.
_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")


def looks_secret(name: str) -> bool:
    """Whether a file of this name is left out as a likely secret."""
    return _SECRET_NAME.match(name.lower()) is not None


def why_not_file(name: str) -> str | None:
    """Why a file of this name stays; None where its name is no reason."""
    if looks_secret(name):
        return SECRET
    if _RECORD_NAME.fullmatch(name):
        return "a submission's record"
    return "hidden" if name.startswith(".") else None


def why_not_content(name: str, about: os.stat_result) -> str | None:
    """Why a file that is this stays, whatever its name allows."""
    if not stat.S_ISREG(about.st_mode):
        return "not a file or folder"
    # The address and token of a local service: nobody but its owner may read them.
    if name == "service.json" and not about.st_mode & 0o077:
        return SECRET
    return None


def why_not_folder(path: str | os.PathLike[str]) -> str | None:
    """Why a folder stays with all that is in it."""
    name = os.path.basename(path)
    for names, reason in _FOLDERS:
        if name in names:
            return reason
    if name.startswith("."):
        return "hidden"
    if any(_holds(path, mark) for mark in _ENVIRONMENT):
        return "an environment"
    return SERVICE if is_service(path) else None


def is_service(path: str | os.PathLike[str]) -> bool:
    """Whether the folder is a local service's: its token and everyone's jobs lie in it."""
    return _holds(path, "service.db") or (_holds(path, "service.json") and _holds(path, "lock"))


def _holds(path: str | os.PathLike[str], name: str) -> bool:
    return os.path.lexists(os.path.join(path, name))
