"""The tree is complete, and each error says whether a job may exist and what to do."""

from __future__ import annotations

import re

import pytest

from bspsa_widgets import errors
from bspsa_widgets.errors import BspsaError, InvalidForm, InvalidInput, Unconfirmed

KINDS = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]


def made(kind: type[BspsaError]) -> BspsaError:
    if kind is InvalidForm:
        return InvalidForm({"title": "Too long.", "runtime": "Not a number."})
    if kind is InvalidInput:
        return InvalidInput("title", "Too long.", allowed="At most 100.")
    if kind is errors.AlreadySubmitted:
        return errors.AlreadySubmitted("Sent before.", record="nb-a", is_open=True)
    more = {"status": 400} if issubclass(kind, errors.Refused) else {}
    return kind("It broke.", **more)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        found = re.match(r"^([│ ]*)(?:[├└]── )?([A-Z]\w+)(?:\s{2,}|$)", line)
        if found and (line.startswith(("├", "└", "│", " ")) or line.strip() == "BspsaError"):
            depth = 0 if line == "BspsaError" else len(found.group(1)) // 4 + 1
            path[depth:] = [found.group(2)]
            drawn[path[depth]] = path[depth - 1] if depth else "Exception"
    assert drawn == {kind.__name__: kind.__base__.__name__ for kind in KINDS if kind.__base__}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_only_the_unconfirmed_leaves_open_whether_a_job_exists(kind: type[BspsaError]) -> None:
    assert issubclass(kind, BspsaError)
    error = made(kind)
    assert error.job_may_exist is issubclass(kind, Unconfirmed)
    assert ("may have the job" in error.verdict) is error.job_may_exist
    assert str(error).startswith(error.message)


def test_wrong_input_names_its_field_and_says_that_nothing_was_sent() -> None:
    error = InvalidInput("title", "Too long.", allowed="At most 100.")
    assert error.errors == {"title": "Too long. At most 100."}
    assert error.verdict == "Nothing was sent."


def test_several_wrong_fields_keep_their_order() -> None:
    error = InvalidForm({"title": "A.", "hpc": "B."})
    assert list(error.errors) == ["title", "hpc"]
    assert error.field == "title"
    error.errors.clear()
    assert error.errors


def test_any_error_may_be_put_at_a_field() -> None:
    error = errors.NotFound("No such project.", status=404)
    assert error.errors == {}
    error.field = "project"
    assert list(error.errors) == ["project"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_shows_what_happened_and_what_to_do(kind: type[BspsaError]) -> None:
    error = made(kind)
    what, *to_do = error._render_traceback_()
    assert what == f"{kind.__name__}: {error.message}"
    assert len(to_do) <= 1
    said = " ".join(to_do)
    assert error.advice in said
    assert not error.job_may_exist or error.verdict in said


def test_a_servers_words_are_one_line_and_steer_nothing() -> None:
    lines = errors.Refused("no\n\x1b[2Jway", status=400, advice="a\r\u2028b")._render_traceback_()
    assert lines == ["Refused: no [2Jway", "a b"]


def test_advice_is_replaced_and_can_be_left_out() -> None:
    assert str(errors.NotSent("Gone.")) == f"Gone. {errors.NotSent.default_advice}"
    assert str(errors.NotSent("Gone.", advice="Wait.")) == "Gone. Wait."
    assert str(errors.NotSent("Gone.", advice="")) == "Gone."


def test_every_kind_of_failure_to_submit_has_advice_of_its_own() -> None:
    for kind in (errors.NotSent, errors.TokenMissing, errors.TokenRefused, errors.Unconfirmed):
        assert kind.default_advice
