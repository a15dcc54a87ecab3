"""The base of all errors."""

from __future__ import annotations

import re
import sys
from typing import Any, ClassVar

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class BspsaError(Exception):
    """Base class: a sentence for the user, and what to do next.

    Args:
        message: what happened, in plain words, without a token or a traceback.
        advice: what the user can do now; replaces the default advice of the class.

    Attributes:
        message: what happened.
        advice: what the user can do now; may be "".
        field: name of the form field that the error is about, or None.
        job_may_exist: whether the service may have created a job.
        default_advice: advice of the class.

    Example:
        >>> error = BspsaError("The folder is empty.", advice="Choose another folder.")
        >>> str(error)
        'The folder is empty. Choose another folder.'
        >>> error.verdict
        'No job was created.'
    """

    job_may_exist: ClassVar[bool] = False
    default_advice: ClassVar[str] = ""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = self.default_advice if advice is None else advice
        self.field: str | None = None

    @property
    def errors(self) -> dict[str, str]:
        """Map of field name to sentence, as the panel shows it; empty if no field is wrong."""
        return {self.field: str(self)} if self.field else {}

    @property
    def verdict(self) -> str:
        """One sentence that says whether a job may exist."""
        if self.job_may_exist:
            return "The service may have the job. It will not be sent again without your word."
        return "No job was created."

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.advice) if part)

    def _render_traceback_(self) -> list[str]:
        """Return the lines that a notebook shows; IPython calls this method by its name.

        Returns:
            What happened and what to do; the whole traceback if the user has asked for it
            (`%xmode Verbose`, `%tb Verbose`).
        """
        shell = _ipython()
        if shell is not None and shell.InteractiveTB.mode == "Verbose":
            traceback = shell.InteractiveTB.structured_traceback
            return list(traceback(type(self), self, self.__traceback__))
        said = "" if type(self).verdict is BspsaError.verdict else self.verdict
        verdict = self.verdict if self.job_may_exist else said
        lines = (f"{type(self).__name__}: {self.message}", f"{verdict} {self.advice}")
        return [text for line in lines if (text := _CONTROL.sub(" ", line).strip())]


def _ipython() -> Any:
    """Return the running IPython shell, or None; IPython is not imported for it."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
