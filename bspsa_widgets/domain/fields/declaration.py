"""The fields of a form, as data.

A field is declared once, in the system that has it (`domain/systems.py`). Traits, checks, the
command line's options, the payload and the view's inputs follow from the declaration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SOURCE = "the service's public source (January 2022)"

# Arguments and traits of their own; every other field of a system is a key of `options`.
NAMED = ("command", "tool", "init_file", "title", "node_number", "core_number", "runtime")

FieldKind = Literal["text", "path", "script", "choice", "integer", "number", "boolean"]
Value = str | int | float | bool


@dataclass(frozen=True, kw_only=True)
class Limit:
    """An advisory range: outside it the user is warned.

    Attributes:
        minimum: lowest allowed value, in the field's unit; None for no bound.
        maximum: highest allowed value, in the field's unit; None for no bound.
        reason: what happens outside the range, in a sentence for the user.
        source: where the limit is known from.
    """

    minimum: float | None = None
    maximum: float | None = None
    reason: str
    source: str = SOURCE

    def broken_by(self, value: float) -> bool:
        """Return whether a value is outside the range.

        Args:
            value: in the field's unit.

        Returns:
            True if it is outside.
        """
        low = self.minimum is not None and value < self.minimum
        return low or (self.maximum is not None and value > self.maximum)


@dataclass(frozen=True, kw_only=True)
class FieldChoice:
    """A value that can be chosen.

    Attributes:
        id: the value that is sent.
        label: name for people.
    """

    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input of a system's form.

    Attributes:
        name: name of the trait and argument, or key of `options`; also the key in the payload.
        label: accessible name of its control.
        kind: type of the value: text, path (of a file in the folder), script (several lines),
            choice, integer, number, boolean.
        unit: shown beside the input; empty if the value has none.
        default: value in a new form.
        example: example value, shown while the input is empty, and never sent.
        help: one line below the input.
        choices: values of a choice.
        is_open: whether another value than the choices can be typed; the user is warned.
        is_optional: whether it may be empty; it is not sent then.
        minimum: lowest integer that is sent; a number must be above it.
        maximum: highest integer or number that is sent.
        limits: advisory ranges.
        option: name of the command-line option without dashes; empty for the field's name.
        tools: ids of the tools that the field is for; empty for all.
    """

    name: str
    label: str
    kind: FieldKind
    unit: str = ""
    default: Value = ""
    example: str = ""
    help: str = ""
    choices: tuple[FieldChoice, ...] = ()
    is_open: bool = False
    is_optional: bool = False
    minimum: int = 0
    maximum: int = 100_000
    limits: tuple[Limit, ...] = ()
    option: str = ""
    tools: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether the value is an integer or a number."""
        return self.kind in ("integer", "number")

    @property
    def noun(self) -> str:
        """The label as it stands inside a sentence."""
        head, rest = self.label[:1], self.label[1:]
        return self.label if rest[:1].isupper() else head.lower() + rest

    @property
    def flag(self) -> str:
        """The command-line option, with its dashes."""
        return f"--{self.option or self.name.replace('_', '-')}"
