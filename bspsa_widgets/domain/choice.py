"""What the user wants otherwise than the rules would have it: single files in, or out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Choice(BaseModel):
    """Paths below the folder, with forward slashes; a folder's may end with one.

    Attributes:
        include: travel, although a rule leaves them out.
        exclude: stay, although no rule says so; a folder stays with all that is in it.
        include_secrets: travel, although they look like a secret. Apart from `include`, so
            that nobody sends a key by a careless word.
    """

    model_config = ConfigDict(frozen=True)

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_secrets: tuple[str, ...] = ()
