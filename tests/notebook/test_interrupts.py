"""The interrupt button reaches whatever of the package a cell awaits, at once.

Every public coroutine is found by looking, and run in a real kernel against a service that
has stopped answering.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

import bspsa_widgets
from tests.cli.server import Server
from tests.faults.kernels.kernel import Kernel
from tests.faulty_server import Account, Received, Reply
from tests.notebook.older_kernel import older_kernel

HEARD = 3.0  # seconds; it takes a fifth of one, on a machine that has nothing else to do
NEVER_WAITS = {"ServiceAccountClient.aclose", "ServiceAccountClient.has_accepted_token"}
INTERRUPTED = {"CancelledError", "KeyboardInterrupt", "SubmitInterrupted"}

# One of each class that has such methods, and a value for each parameter that has no default.
OWNERS = {
    "JobMonitor": "monitor",
    "JobSubmitter": "panel",
    "ServiceAccountClient": "client",
    "SubmittedJob": "submitted",
}
ARGUMENTS = {
    "archive": "archive",
    "file": "file",
    "folder": "place",
    "job": "job",
    "max_bytes": "max_bytes=1000",
    "max_whole": "max_whole=1000",
    "ref": "JobRef.of(job)",
    "request": "request",
    "requests": "[wanted | {'title': 'one more'}]",
    "start": "start=None",
}
SETUP = """
import asyncio, threading
from pathlib import Path
from bspsa_widgets import *
from bspsa_widgets.domain.archive import Archive
from bspsa_widgets.packaging.seal import seal
from bspsa_widgets.runtime.event_loop import background

place = Path({place!r})
wanted = dict(folder="job", hpc="pizdaint", command="true", runtime=0.1)
to = dict(endpoint={url!r}, token="t", root=place, records=place / "records")
panel = JobSubmitter(**wanted, **to, title="of the panel")
job = await panel.submit()
[submitted] = await submit_many([wanted | dict(title="one of many")], **to)
monitor = JobMonitor(endpoint={url!r}, token="t", root=place, records=place / "records")
await monitor.refresh()
client = ServiceAccountClient({url!r}, token="t")
file = JobFile(name="stdout", key="stdout", size=None)
(place / "a.zip").write_bytes(b"PK\\5\\6" + bytes(18))
archive = seal(Archive(name="a.zip", path=place / "a.zip", size=22, folder="job", files=1))
request = JobRequest(hpc="pizdaint", project="", title="x", runtime=1.0, node_number=1,
                     core_number=12, command="true").for_archive("a.zip", "job", "")
panel.title = "another"  # else it has been submitted already
gate = threading.Event()
"""
# A review waits for no service: its thread has to wait for others that look through folders.
BEFORE = {
    "JobSubmitter.plan": "for _ in range(64): "
    "background().run(asyncio.to_thread(gate.wait, 60), 'in a thread')"
}
AFTER = {"JobSubmitter.plan": "gate.set()"}
WAITS = "asyncio.get_running_loop().call_later(0.05, print, 'it waits')"


class Stalling(Account):
    """Answers until it is told not to."""

    stalls = False

    def __call__(self, request: Received) -> Reply:
        answer = super().__call__(request)
        return Reply(cut=0, end="stall") if self.stalls else answer


def to_be_awaited(function: Callable[..., Any]) -> bool:
    if inspect.iscoroutinefunction(function):
        return True
    result = typing.get_type_hints(function).get("return")
    return isinstance(origin := typing.get_origin(result) or result, type) and issubclass(
        origin, Awaitable
    )


def public_coroutines() -> Iterator[tuple[str, Callable[..., Any]]]:
    """`name` or `Class.name` of all that a user of the package can await."""
    for name in bspsa_widgets.__all__:
        value = getattr(bspsa_widgets, name)
        if inspect.isfunction(value) and to_be_awaited(value):
            yield name, value
        if inspect.isclass(value):
            for method, function in inspect.getmembers_static(value, inspect.isfunction):
                ours = function.__module__.startswith("bspsa_widgets")
                if ours and not method.startswith("_") and to_be_awaited(function):
                    yield f"{name}.{method}", function


COROUTINES = dict(public_coroutines())


def call(name: str) -> str:
    """The call with all that it has to be given."""
    owner, _, method = name.rpartition(".")
    needed = [
        ARGUMENTS[parameter.name]
        for parameter in inspect.signature(COROUTINES[name]).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and parameter.name != "self"
    ]
    more = ", **to" if name == "submit_many" else ""
    return (
        f"{OWNERS[owner]}.{method}({', '.join(needed)})"
        if owner
        else (f"{name}({', '.join(needed)}{more})")
    )


@pytest.fixture(scope="module", params=["newest", "6.31"])
def kernel(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """With a panel, a monitor and a client in it, whose service answers no more."""
    home = tmp_path_factory.mktemp("interrupts")
    (home / "place" / "job").mkdir(parents=True)
    (home / "place" / "job" / "init.py").write_text("print('spikes')\n")
    path = older_kernel(home / "older") if request.param == "6.31" else None
    account = Stalling()
    with Server(account) as server, Kernel(home, path) as running:
        running.ask(SETUP.format(place=str(home / "place"), url=server.url))
        version = running.ask("import ipykernel", "ipykernel.__version__")
        assert (version == "6.31.0") is (request.param == "6.31")
        account.stalls = True
        yield running


@pytest.mark.parametrize("name", sorted(COROUTINES))
def test_an_interrupt_is_heard_at_once(kernel: Kernel, name: str) -> None:
    if name in BEFORE:
        kernel.ask(BEFORE[name])
    cell = kernel.begin(f"{WAITS}\nawait {call(name)}")
    if name in NEVER_WAITS:
        assert kernel.end(cell)["status"] == "ok"
        return
    kernel.said("it waits")
    kernel.interrupt()
    reply = kernel.end(cell, HEARD)
    if name in AFTER:
        kernel.ask(AFTER[name])
    assert reply["status"] == "error", reply
    assert reply["ename"] in INTERRUPTED, reply


def test_all_that_can_be_awaited_is_found() -> None:
    assert {"submit_many", "JobSubmitter.submit", "JobMonitor.done", "SubmittedJob.download"} < set(
        COROUTINES
    )
