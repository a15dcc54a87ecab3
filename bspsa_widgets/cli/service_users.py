"""`bspsa service users`: who may use the local service, and how many hours of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from bspsa_widgets.cli.exit_codes import DONE
from bspsa_widgets.cli.output import Output, table
from bspsa_widgets.cli.service_place import service_directory
from bspsa_widgets.service import grants, user_list
from bspsa_widgets.service.catalogue import LocalProject

_ONCE = "This token is shown now and never again: only its hash is kept. It goes to {name} alone."
_EARLIER = (
    "{name} is the name of an earlier user. That one's jobs ({jobs} are kept), and the hours that"
    " they used, are this one's now. If it is somebody else, remove this user, and choose another"
    " name."
)
_USE = (
    "With BSPSA_TOKEN set to it and BSPSA_ENDPOINT to the service's address, {name} uses the"
    " service by `bspsa` and in notebooks. What {name} runs, runs as you."
)


def list_users(options: argparse.Namespace, output: Output) -> int:
    """A line for each user and project."""
    reports = user_list.user_reports(service_directory(options))
    rows = [
        (one.name, one.project or "(none)", *(f"{hours:.10g}" for hours in one[2:]))
        for one in reports
    ]
    text = table(("USER", "PROJECT", "HOURS", "USED", "LEFT"), rows)
    output.answer([one._asdict() for one in reports], text)
    return DONE


def add_user(options: argparse.Namespace, output: Output) -> int:
    """A new user; stdout gets the token, and nothing else."""
    name = options.name
    given = grants.typed_grants(options.hours)
    added = user_list.add_user(service_directory(options), name, given)
    document: dict[str, Any] = {"name": name, "token": added.token}
    document |= {"hours": _hours(added.user.grants)}
    document |= {"was_here": added.was_here, "earlier_jobs": added.jobs}
    output.answer(document, added.token)
    output.say(_ONCE.format(name=name))
    output.say(f"{name} may use {_told(added.user.grants)}.")
    if added.was_here:
        output.say(_EARLIER.format(name=name, jobs=added.jobs))
    output.say(_USE.format(name=name))
    return DONE


def set_hours(options: argparse.Namespace, output: Output) -> int:
    """Other hours, from now on."""
    given = grants.typed_grants(options.hours)
    without = grants.typed_projects(options.without)
    user = user_list.set_grants(service_directory(options), options.name, given, without)
    document = {"name": user.name, "hours": _hours(user.grants)}
    output.answer(document, f"{user.name} may use {_told(user.grants)}.")
    return DONE


def new_token(options: argparse.Namespace, output: Output) -> int:
    """Another token; stdout gets it, and nothing else."""
    name = options.name
    token = user_list.renew_token(service_directory(options), name)
    output.answer({"name": name, "token": token}, token)
    output.say(_ONCE.format(name=name))
    output.say("The one before is refused from now on.")
    return DONE


def remove_user(options: argparse.Namespace, output: Output) -> int:
    """Void a token; jobs go on."""
    name = options.name
    user_list.remove_user(service_directory(options), name)
    told = f"{name} is removed, and refused from now on. Jobs of {name} that run go on."
    output.answer({"name": name, "removed": True}, told)
    return DONE


def _hours(found: Mapping[LocalProject, int]) -> dict[str, float]:
    return {project.name: grants.in_hours(seconds) for project, seconds in found.items()}


def _told(found: Mapping[LocalProject, int]) -> str:
    parts = [f"{hours:.10g} h of {project}" for project, hours in _hours(found).items()]
    return " and ".join(parts) or "no project"
