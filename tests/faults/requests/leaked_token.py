"""Row 7: the token is in the Authorization header, and nowhere else that anybody can look.

A sentinel goes through the real panel against a service that repeats it in all that it
answers. Then all that is left is searched: messages to the view, saved state, a notebook
and its HTML, reprs, logs, tracebacks with the variables of our frames, records, what was
sent, and the environment of the processes that were started.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import json
import logging
import os
import pickle
import random
import shutil
import string
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import comm
import nbformat
import stamina
from ipywidgets import Widget
from ipywidgets.embed import embed_data
from nbconvert import HTMLExporter

from bspsa_widgets.client.bspsa import submit
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.tokens import Token
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.cli.terminal import forms_of
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faulty_server import Account, Received, Reply
from tests.widgets.view import SECONDS, RecordingComm, View, settled, until

WAYS = ("text", "callable", "async", "environment", "EBRAINS variable", "typed")
NO_TOKEN = ("broken callable", "malformed")  # given, but it can never be sent
SCENES = ("accepted", "followed", "refused", "bad token", "web page", "garbage", "status line")
SCENES += ("redirect", "cut answer", "reset", "a fault of ours", "reads fail")
PACKAGE = str(Path(submit.__file__).parents[2])

Places = dict[str, str]  # where was looked → what is there

# Tells what it was given, and answers as if all were committed.
_GIT = """#!/bin/sh
{{ env; echo "$@"; }} >> '{seen}'
case "$*" in
*rev-parse*) echo 0123456789012345678901234567890123456789 ;;
*ls-tree*) echo init.py ;;
esac
"""


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    home = Path(tempfile.mkdtemp(prefix="secret-"))
    scene, way = drawn.choice(SCENES), drawn.choice((*WAYS, *WAYS, *NO_TOKEN))
    case.note(scene)
    case.note(f"by {way}")
    try:
        _Scene(case, drawn, home, scene, way).play()
    finally:
        shutil.rmtree(home)


class _Repeating(Account):
    """Repeats the token in the head and the body of all its answers."""

    def __init__(self, drawn: random.Random, scene: str, secret: str) -> None:
        super().__init__()
        self._scene = scene
        self._echo = drawn.choice(_echoes(secret))
        self._post = self._answer_to_post(drawn)

    def __call__(self, request: Received) -> Reply:
        headers = (("X-Echo", self._echo), ("Set-Cookie", f"t={self._echo}"))
        if request.method == "POST":
            return self._post or self._accepted(request, headers)
        if self._scene == "reads fail" and not request.target.startswith("/jobs"):
            return Reply.json({"detail": self._echo}, 404, headers=headers)
        reply = super().__call__(request)
        if request.target.startswith("/quotas"):
            quota = {"hpc": "PIZDAINT", "project": self._echo, "user": self._echo, "quota": "1"}
            return Reply.json([quota], headers=headers)
        return Reply(reply.status, reply.body, reply.content_type, headers)

    def _accepted(self, request: Received, headers: tuple[tuple[str, str], ...]) -> Reply:
        job = self._create(request)
        job |= {"title": f"{job['title']} {self._echo}", "message": self._echo}
        if self._scene == "followed":
            job |= {"stage": f"SUCCESSFUL {self._echo}", "terminal_stage": True}
        return Reply.json(job, 201, headers=headers)

    def _answer_to_post(self, drawn: random.Random) -> Reply | None:
        echo = self._echo
        head = f"HTTP/1.1 200 OK\r\nX: {echo}\r\n"
        status = drawn.choice((400, 403, 404))
        return {
            "refused": Reply.json({"detail": echo}, status),
            "bad token": Reply.json({"detail": f"Invalid token {echo}"}, 401),
            "web page": Reply.html(500, f"<h1>{echo}</h1>"),
            "garbage": Reply(raw=f"HTTP/1.1 200 OK\r\n{echo} no colon\r\n\r\n".encode()),
            "status line": Reply(raw=f"HTTP/1.1 500 {echo}\r\n\r\n".encode(), end="close"),
            "redirect": Reply(302, echo, headers=(("Location", f"/?t={quote(echo)}"),)),
            "cut answer": Reply(
                raw=f"{head}Content-Length: 999\r\n\r\n{echo}".encode(), end="close"
            ),
            "reset": Reply(raw=head.encode(), end="reset"),
        }.get(self._scene)


def _echoes(secret: str) -> tuple[str, ...]:
    coded = base64.b64encode(f"user:{secret}!".encode()).decode()
    return (
        *(secret, f"Bearer {secret}", quote(secret, safe=""), coded),
        json.dumps({"headers": {"Authorization": f"Bearer {secret}"}}),
    )


class _Scene:
    """One case, from the panel's first cell to the search of all that is left."""

    def __init__(self, case: Case, drawn: random.Random, home: Path, scene: str, way: str) -> None:
        self._case, self._home, self._scene, self._way = case, home, scene, way
        signs = string.ascii_letters + string.digits
        first, last = ("".join(drawn.choices(signs, k=16)) for _ in range(2))
        self._secret = f"SENTINEL.{first}/+={last}+/=="
        self._account = _Repeating(drawn, scene, self._secret)
        self._failures: list[BaseException] = []
        self._places: Places = {}

    def play(self) -> None:
        comm.create_comm = RecordingComm
        with ExitStack() as stack:
            stack.enter_context(stamina.set_testing(True, attempts=2, cap=True))
            stack.enter_context(mock.patch.dict(os.environ, self._environment()))
            logged = stack.enter_context(_all_logged())
            server = stack.enter_context(Server(self._account))
            panel = self._panel(server.url)
            try:
                self._use(panel)
                self._look_at_panel(panel)
            finally:
                panel.close()
                background().run(panel._leave(), "closing a panel").result(SECONDS)
        self._look_at_logs(logged)
        self._look_at_failures()
        self._look_at_files()
        self._look_at_sent(server)
        self._judge(server)

    # --- what the user does ------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        programs = self._home / "bin"
        programs.mkdir()
        git = programs / "git"
        git.write_text(_GIT.format(seen=self._home / "git-seen"))
        git.chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        named = {"environment": "BSPSA_TOKEN", "EBRAINS variable": "CLB_AUTH"}.get(self._way)
        return {"PATH": path} | ({named: self._secret} if named else {})

    def _panel(self, url: str) -> JobSubmitter:
        folder = self._home / "ca1-fit"
        folder.mkdir()
        (folder / "init.py").write_text("print('spikes')\n")
        return JobSubmitter(
            folder,
            endpoint=url,
            token=self._given(),
            trusted=[url] if self._way == "EBRAINS variable" else (),
            records=self._home / "records",
            root=self._home,
            command="true",
            settle=0.0,
        )

    def _given(self) -> Any:
        secret = self._secret

        def broken() -> str:
            raise RuntimeError(f"the token {secret} is too old")

        async def later() -> str:
            return secret

        ways: dict[str, Any] = {"text": secret, "malformed": f"{secret} {secret}\n{secret}"}
        return (ways | {"callable": lambda: secret, "async": later, "broken callable": broken}).get(
            self._way
        )

    def _use(self, panel: JobSubmitter) -> None:
        view = View(panel)
        until(panel, "connection", lambda now: now["state"] != "unknown")
        if self._way == "typed":
            self._case.check(view.request("token", token=self._secret)["ok"], "it was not taken")
            settled(lambda: panel.connection["state"] != "no_token", "the token's use")
        with ExitStack() as stack:
            if self._scene == "a fault of ours":
                broken = RuntimeError("a fault of ours")
                stack.enter_context(mock.patch.object(submit, "read_response", side_effect=broken))
            try:
                asyncio.run(_submitted(panel, follow=self._scene == "followed"))
            except BspsaError as error:
                self._failures.append(error)
        view.request("browse", path="")
        self._keep("messages to the view", json.dumps(view.comm.sent, ensure_ascii=False))

    # --- where it might be --------------------------------------------------------------

    def _keep(self, place: str, found: object) -> None:
        self._places[place] = self._places.get(place, "") + "\n" + str(found)

    def _look_at_panel(self, panel: JobSubmitter) -> None:
        traits = {name: getattr(panel, name) for name in panel.trait_names()}
        self._keep("traits", traits)
        state = Widget.get_manager_state()
        self._keep("saved widget state", json.dumps(state, default=str))
        self._keep("embedded state", json.dumps(embed_data(views=[panel]), default=str))
        bundle = panel._repr_mimebundle_()
        notebook = _notebook(bundle[0] if isinstance(bundle, tuple) else bundle, state)
        self._keep("notebook", nbformat.writes(notebook))
        self._keep("HTML export", HTMLExporter().from_notebook_node(notebook)[0])
        service = asyncio.run(panel._link.service())
        known = (panel, panel._link, service, service.tokens, panel._history)
        known += (panel._submitting, panel._submitting.submission)
        self._keep("repr", [(repr(one), str(one)) for one in known])
        self._keep("repr", [repr(vars(one)) for one in (panel, service) if one])
        for one in (*known, Token(self._secret, "test")):
            for save in (pickle.dumps, copy.copy):
                self._save(one, save)

    def _save(self, one: object, save: Callable[[Any], Any]) -> None:
        try:
            saved = save(one)
        except Exception as error:
            self._keep("refused saves", repr(error))
            return
        self._keep("saved", saved.decode("latin-1") if isinstance(saved, bytes) else repr(saved))

    def _look_at_logs(self, logged: list[logging.LogRecord]) -> None:
        for record in logged:
            self._keep("logs", f"{record.name} {record.getMessage()} {record.args!r}")
            if record.exc_info and record.exc_info[1]:
                self._failures.append(record.exc_info[1])
        self._case.check(logged, "nothing was logged")

    def _look_at_failures(self) -> None:
        for failure in {id(one): one for top in self._failures for one in _chain(top)}.values():
            self._keep("errors", f"{failure!r} {failure} {vars(failure)}")
            told = traceback.TracebackException.from_exception(failure)
            self._keep("tracebacks", "".join(told.format()))
            with_variables = traceback.TracebackException.from_exception(
                failure, capture_locals=True
            )
            for frame in with_variables.stack:
                if frame.filename.startswith(PACKAGE):
                    self._keep("variables in tracebacks", f"{frame.name} {frame.locals}")

    def _look_at_files(self) -> None:
        for path in self._home.rglob("*"):
            self._keep("file names", path.relative_to(self._home))
            if path.is_file():
                place = path.relative_to(self._home).parts[0]
                self._keep(f"files: {place}", path.read_bytes().decode("latin-1"))

    def _look_at_sent(self, server: Server) -> None:
        for request in server.ledger:
            head = [pair for pair in request.headers if pair[0].lower() != "authorization"]
            self._keep("requests", (request.target, head, request.body.decode("latin-1")))
            if request.method == "POST" and request.whole:
                with zipfile.ZipFile(io.BytesIO(request.body)) as archive:
                    self._keep("zip", [(name, archive.read(name)) for name in archive.namelist()])

    def _judge(self, server: Server) -> None:
        sent = [request.header("Authorization") for request in server.ledger]
        if self._way in NO_TOKEN:
            self._case.check(not any(sent), "a token went out that cannot be one")
        else:
            right = [f"Bearer {self._secret}"] in sent
            self._case.check(right, f"the token did not reach the service by {self._way}")
            self._case.check(server.posts == 1, f"{server.posts} submissions")
            seen = self._places.get("files: git-seen", "")
            self._case.check("PATH=" in seen, "git was not asked")
        for place, text in self._places.items():
            hits = [form for form in forms_of(self._secret) if form in text]
            if hits:
                at = text.index(hits[0])
                self._case.wrong(f"the token is in {place}: …{text[max(0, at - 200) : at + 80]}…")
        self._case.note("places searched", len(self._places))
        self._case.note("errors and causes", len(self._failures))


async def _submitted(panel: JobSubmitter, *, follow: bool) -> None:
    await panel.submit()
    if follow:
        await panel.done()
        await panel.download()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """It, and what it came of."""
    left, seen = [error], set[int]()
    while left:
        one = left.pop()
        if id(one) not in seen:
            seen.add(id(one))
            left += [other for other in (one.__cause__, one.__context__) if other is not None]
            yield one


def _notebook(bundle: Any, state: Any) -> Any:
    """As Jupyter saves it: the panel's output, and the state of all widgets."""
    made = nbformat.v4.new_notebook()
    shown = nbformat.v4.new_output("display_data", data=json.loads(json.dumps(bundle)))
    made.cells.append(nbformat.v4.new_code_cell("panel", outputs=[shown]))
    saved = json.loads(json.dumps(state, default=str))
    made.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": saved
        | {"version_major": 2, "version_minor": 0}
    }
    return made


class _Keeping(logging.Handler):
    def __init__(self, kept: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(record)


@contextmanager
def _all_logged() -> Iterator[list[logging.LogRecord]]:
    """What any logger says, down to DEBUG."""
    root, kept = logging.getLogger(), list[logging.LogRecord]()
    handler, level = _Keeping(kept), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield kept
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


ROWS = (Row("7", "the token, anywhere but in its header", 200, 12, play),)
