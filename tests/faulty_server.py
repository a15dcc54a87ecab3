"""A Service Account that fails on command: raw asyncio, with a ledger of what it really did.

The ledger, not the client, says what is true: which requests came, how much of them, and
how many jobs were made.

    account = Account()
    async with FaultyServer(account) as server:
        ...                                    # a client of server.url
    assert server.posts == 1 and len(account.jobs) == 1
"""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

CONTRACT = Path(__file__).parent / "contract"
_NARROW = 1 << 16  # bytes: of the buffer before a server that takes its time
HTML_500 = "<h1>Server Error (500)</h1>"

End = Literal["close", "reset", "stall", "keep"]
Value = TypeVar("Value")


def contract(name: str) -> Any:
    """One of the files that client and embedded service are both held to."""
    return json.loads((CONTRACT / name).read_text(encoding="utf-8"))


def run(main: Coroutine[Any, Any, Value], seconds: float = 10.0) -> Value:
    """Run to the end; fail on a hang and on any failure that nobody looked at."""
    lost: list[dict[str, Any]] = []

    async def bounded() -> Value:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
        return await asyncio.wait_for(main, seconds)

    result = asyncio.run(bounded())
    assert not lost, lost
    return result


@dataclass
class Received:
    """A request as it came in.

    Attributes:
        whole: all of its declared body is there.
        ended: how the client left before that: eof (FIN), reset (RST), "" (it did not).
        at: when its head was there (`time.monotonic()`).
        arrived: when a piece of the body was taken, and bytes of the body by then.
    """

    method: str
    target: str
    headers: list[tuple[str, str]]
    head: bytes
    connection: int
    body: bytes = b""
    whole: bool = False
    ended: Literal["eof", "reset", ""] = ""
    at: float = field(default_factory=time.monotonic)
    arrived: list[tuple[float, int]] = field(default_factory=list)

    def header(self, name: str) -> list[str]:
        """All values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Reply:
    """An answer, and how the connection ends after it.

    Attributes:
        length: the declared Content-Length; None for the true one, -1 for none at all.
        cut: only so many bytes of the whole answer (head included) leave.
        end: close (FIN), reset (RST), stall (silence), keep (the connection lives on).
        raw: sent as it is, in place of all the others.
    """

    status: int = 200
    body: str | bytes = b""
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    cut: int | None = None
    end: End = "keep"
    raw: bytes | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, **more: Any) -> Reply:
        return cls(status, json.dumps(value, ensure_ascii=False), **more)

    @classmethod
    def html(cls, status: int = 500, body: str = HTML_500, **more: Any) -> Reply:
        return cls(status, body, "text/html; charset=utf-8", **more)

    def bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw[: self.cut]
        body = self.body.encode() if isinstance(self.body, str) else self.body
        lines = [f"HTTP/1.1 {self.status} X"]
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        if self.length != -1:
            lines.append(f"Content-Length: {len(body) if self.length is None else self.length}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return (("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)[: self.cut]


Answering = Callable[[Received], Reply | Awaitable[Reply]]


@dataclass
class Account:
    """What a working Service Account answers, and the jobs that it made.

    `replies` come first: (method, start of the path) → what to answer, one after the
    other; the last one stays. A POST answered from there makes a job only by `creates`.
    """

    jobs: list[dict[str, Any]] = field(default_factory=list)
    replies: dict[tuple[str, str], list[Reply]] = field(default_factory=dict)
    creates: bool = False
    inputs: dict[str, str] = field(default_factory=dict)  # by job_id: the zip's name, as sent

    def on(self, method: str, start: str, *replies: Reply) -> Account:
        self.replies[method, start] = list(replies)
        return self

    def __call__(self, request: Received) -> Reply:
        for (method, start), replies in self.replies.items():
            if request.method == method and request.target.startswith(start):
                if method == "POST" and self.creates:
                    self._create(request)
                return replies.pop(0) if len(replies) > 1 else replies[0]
        if request.method == "POST":
            return Reply.json(self._create(request), 201)
        if request.target == "/status/":
            return Reply.json({"bsp-service-account-status": 1})
        parts = request.target.strip("/").split("/")
        if parts[0] == "jobs" and len(parts) == 4:
            found = [job for job in self.jobs if job["job_id"] == parts[3]]
            return Reply.json(found[0]) if found else Reply.json("Job not found!", 404)
        if parts[0] == "files" and len(parts) == 4 and parts[3] in self.inputs:
            return Reply.json([f"/{self.inputs[parts[3]]}"])
        return Reply.json(self.jobs if parts[0] == "jobs" else [])

    def _create(self, request: Received) -> dict[str, Any]:
        hpc = request.target.split("/")[2]
        asked = json.loads(request.header("Payload")[0])
        example = contract(f"submit_{'nsg' if hpc == 'nsg' else 'pizdaint'}.json")
        job = example["response"]["body"] | {
            "project_hpc": hpc.upper(),
            "id": len(self.jobs) + 1,
            "title": asked["title"],
            "runtime": float(asked["runtime"]),
            "job_id": f"{len(self.jobs) + 1:08X}-9E15-4FE3-9F84-0EAEB4CC94AA",
        }
        self.jobs.append(job)
        named = (request.header("Content-Disposition") or [""])[0]
        self.inputs[job["job_id"]] = named.partition("filename=")[2]
        return job


class _Listening(socket.socket):
    """Counts the connections that were taken from it."""

    accepted = 0

    def accept(self) -> tuple[socket.socket, Any]:
        taken = super().accept()
        self.accepted += 1
        return taken


class FaultyServer:
    """Serves `answer` on loopback, with the faults asked for.

    Args:
        answer: what to say to a whole request; may take its time.
        cut: (method, bytes, end): how a request of that method ends after so many bytes
            of it, head included; 0 bytes ends any connection at once.
        early: answer once the head is there, and take the body after that.
        hold: a whole POST is answered only when this is set.
        at_accept: how the connection of that number (from 1) ends before it is read from;
            None: it does not.
        pace: bytes of a body that are taken in a second; None for all at once. The buffers
            of a client on Linux hold about 4 MB all the same.
    """

    def __init__(
        self,
        answer: Answering,
        *,
        cut: tuple[str, int, End] | None = None,
        early: bool = False,
        hold: asyncio.Event | None = None,
        at_accept: Callable[[int], End | None] = lambda number: None,
        pace: float | None = None,
    ) -> None:
        self.answer = answer
        self.at_accept = at_accept
        self.cut = cut
        self.early = early
        self.hold = hold
        self.pace = pace
        self.ledger: list[Received] = []
        self.connections = 0
        self.post_arrived = asyncio.Event()
        self.post_ended = asyncio.Event()  # of a POST that the client left before it was whole
        self._over = asyncio.Event()
        self._news = asyncio.Event()  # of a connection that is served
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def posts(self) -> int:
        """POSTs of which at least the head came."""
        return sum(request.method == "POST" for request in self.ledger)

    @property
    def is_used(self) -> bool:
        """Whether a connection is open, from either side."""
        return bool(self._writers)

    def of(self, method: str) -> list[Received]:
        return [request for request in self.ledger if request.method == method]

    async def __aenter__(self) -> FaultyServer:
        # asyncio sets TCP_NODELAY only where the protocol is named.
        self._listening = _Listening(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if self.pace:
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW)
        self._listening.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._serve, sock=self._listening)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        # asyncio takes a connection some turns of the loop before it is served.
        while self.connections < self._listening.accepted:
            self._news.clear()
            await self._news.wait()
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        self._news.set()
        number = self.connections
        with suppress(ConnectionError):
            end = self.at_accept(number)
            if end is not None:
                await self._end(writer, end)
            while end is None and await self._exchange(number, reader, writer):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self._writers.discard(writer)
        self._tasks.discard(task)

    async def _exchange(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """One request and its answer; whether the connection lives on."""
        if self.cut and self.cut[1] == 0:
            return await self._end(writer, self.cut[2])
        data = await reader.read(1)
        limit = self.cut[1] if self.cut and data == self.cut[0][:1].encode() else 1 << 62
        while data and b"\r\n\r\n" not in data:
            piece = await _piece(reader, limit - len(data))
            if not piece:
                return await self._end(writer, self._end_at(limit, len(data)))
            data += piece
        if not data:
            return False
        head, _, body = data.partition(b"\r\n\r\n")
        request = _parse(head, number)
        self.ledger.append(request)
        if self.early:
            await self._send(writer, await self._reply(request))
        await self._take_body(request, reader, body, limit - len(head) - 4)
        if not request.whole:
            end = self._end_at(limit, len(head) + 4 + len(request.body))
            return await self._end(writer, end)
        if request.method == "POST":
            self.post_arrived.set()
            if self.hold:
                await self.hold.wait()
        return self.early or await self._send(writer, await self._reply(request))

    async def _reply(self, request: Received) -> Reply:
        reply = self.answer(request)
        return await reply if inspect.isawaitable(reply) else reply

    async def _take_body(
        self, request: Received, reader: asyncio.StreamReader, first: bytes, limit: int
    ) -> None:
        wanted = int((request.header("Content-Length") or ["0"])[0])
        pieces, got = [first], len(first)
        try:
            while got < wanted and (piece := await _piece(reader, limit - got)):
                pieces.append(piece)
                got += len(piece)
                request.arrived.append((time.monotonic(), got))
                if self.pace:
                    await asyncio.sleep(len(piece) / self.pace)
        except ConnectionError:
            request.ended = "reset"
            raise
        finally:
            request.body = b"".join(pieces)
            request.whole = got >= wanted
            if not request.whole and got < limit:
                request.ended = request.ended or "eof"
                if request.method == "POST":
                    self.post_ended.set()

    def _end_at(self, limit: int, taken: int) -> End:
        """How a request that is not whole ends: as asked for, or the client left."""
        return self.cut[2] if self.cut and taken >= limit else "close"

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        writer.write(reply.bytes())
        await writer.drain()
        return await self._end(writer, reply.end)

    async def _end(self, writer: asyncio.StreamWriter, end: End) -> bool:
        if end == "stall":
            await self._over.wait()
        if end == "reset":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return end == "keep"


async def _piece(reader: asyncio.StreamReader, most: int) -> bytes:
    return await reader.read(min(most, 1 << 16)) if most > 0 else b""


def _parse(head: bytes, connection: int) -> Received:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
    return Received(method, target, headers, head, connection)


def ending(reply: Reply, end: End, cut: int | None = None) -> Reply:
    """The same answer, cut after so many bytes, with another end."""
    return replace(reply, end=end, cut=cut)
