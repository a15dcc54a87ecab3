"""Runs the service as a process: one directory, one port, one token."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import (
    ServiceAddress,
    address_file,
    remember,
    write_address,
)
from bspsa_widgets.service.config.retention_setting import duration_text
from bspsa_widgets.service.listening import allowed_hosts, loopback_socket, service_url

try:
    import uvicorn

    from bspsa_widgets.service.config.file import ServiceFile, read_service_file
    from bspsa_widgets.service.executors import Executor, JobProgress
    from bspsa_widgets.service.executors.dispatcher import Dispatcher
    from bspsa_widgets.service.executors.local.executor import LocalExecutor
    from bspsa_widgets.service.executors.options import RunOptions
    from bspsa_widgets.service.executors.runner.sandbox import sandbox_unavailable_reason
    from bspsa_widgets.service.executors.slurm.executor import SlurmExecutor
    from bspsa_widgets.service.http.app import create_app
    from bspsa_widgets.service.http.auth import MAX_HEAD
    from bspsa_widgets.service.http.protocol import HttpConnection
    from bspsa_widgets.service.storage.directory import is_shared, locked, own_token, sweep
    from bspsa_widgets.service.storage.retention import pruning
    from bspsa_widgets.service.storage.store import Store, task_of
except ImportError as error:
    raise LocalServiceError(
        f"The local service needs {error.name}, which is not installed.",
        advice="Run: pip install 'bspsa-widgets[service]'",
    ) from error

_STOP_SECONDS = 1  # seconds for requests under way when the service is told to end
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_log = logging.getLogger("bspsa_widgets.service")


def serve(
    port: int,
    directory: Path,
    *,
    lifeline: bool = False,
    on_ready: Callable[[ServiceAddress], None] | None = None,
    executor: str | None = None,
    network: bool | None = None,
    keep: timedelta | None = None,
) -> None:
    """Run the service; returns after SIGTERM, SIGINT or SIGHUP.

    Running jobs continue after that, and the next service in the directory takes them up again.
    With a lifeline they are ended: a user who closed the notebook does not expect them to run.

    Args:
        port: TCP port; 0 for a free one.
        directory: created if it is missing; only the user may read it.
        lifeline: whether to end also when standard input is closed, and to end the jobs then.
        on_ready: called in the event loop once the service answers.
        executor: `local` or `slurm`; None: as in the directory's `service.toml`.
        network: whether isolated jobs may use the network; None: as in `service.toml`.
        keep: how long ended jobs are kept; None: as in `service.toml`.

    Raises:
        LocalServiceError: the directory or the port is in use or cannot be used.
    """
    directory = directory.expanduser().absolute()
    with locked(directory), loopback_socket(port) as listener:
        token = own_token(directory)
        settings = _settings(directory, executor=executor, network=network, keep=keep)
        options = settings.run_options
        # Slurm's nodes use the directory as well, so it is shared, whatever its file system is.
        shared = options.executor == "slurm" or is_shared(directory)
        store = Store(directory, is_shared=shared)
        try:
            sweep(store)
            service = _ServiceRun(directory, token, store, listener, _executor(options))
            with pruning(store, settings.keep):
                asyncio.run(service.run(lifeline, on_ready))
        finally:
            store.close()


def notices(
    directory: Path, executor: str | None = None, keep: timedelta | None = None
) -> list[str]:
    """Return what a user who starts a service in `directory` should know about its jobs.

    Args:
        directory: directory of the service.
        executor: `local` or `slurm`; None: as in the directory's `service.toml`.
        keep: how long ended jobs are kept; None: as in `service.toml`.

    Returns:
        One sentence for each notice.

    Raises:
        LocalServiceError: `service.toml` cannot be used.
    """
    found = []
    settings = _settings(directory, executor=executor, keep=keep)
    if settings.executor == "slurm":
        found.append("Jobs are handed to Slurm, and run there as you, with all that you may do.")
    elif reason := sandbox_unavailable_reason():
        found.append(f"Jobs are not kept apart from your files and the network: {reason}.")
    if settings.keep:
        duration = duration_text(settings.keep)
        found.append(f"Jobs are removed with their files {duration} after their end.")
    return found


def _settings(directory: Path, **overrides: object) -> ServiceFile:
    """Return the settings of `service.toml`; arguments that are not None replace them."""
    overridden = {name: value for name, value in overrides.items() if value is not None}
    return read_service_file(directory).model_copy(update=overridden)


def _executor(options: RunOptions) -> Executor:
    return SlurmExecutor(options) if options.executor == "slurm" else LocalExecutor(options)


class _Server(uvicorn.Server):
    """A uvicorn server without signal handlers: its own would end the process before the jobs."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


class _ServiceRun:
    """One run of the service in its locked directory."""

    def __init__(
        self,
        directory: Path,
        token: str,
        store: Store,
        listener: socket.socket,
        executor: Executor,
    ) -> None:
        self._directory = directory
        self._token = token
        self._store = store
        self._listener = listener
        self._port: int = listener.getsockname()[1]
        self._dispatcher = Dispatcher(executor, self._report)

    async def run(self, lifeline: bool, on_ready: Callable[[ServiceAddress], None] | None) -> None:
        """Serve until told to end.

        Args:
            lifeline: whether to end also when standard input is closed, and to end the jobs then.
            on_ready: called in the event loop once the service answers.
        """
        server = _Server(self._config(), lambda: self._announce(on_ready))

        def stop() -> None:
            # Removed first, so that no client finds a service that is ending.
            address_file(self._directory).unlink(missing_ok=True)
            server.should_exit = True

        _listen_for_signals(stop)
        if lifeline:
            _watch_stdin(asyncio.get_running_loop(), stop)
        try:
            await self._resume()
            await server.serve(sockets=[self._listener])
        finally:
            address_file(self._directory).unlink(missing_ok=True)
            await self._dispatcher.close(stop_jobs=lifeline)
            _log.info("ended")

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            create_app(self._store, self._dispatcher, self._token, allowed_hosts(self._port)),
            # Set here, so that other installed packages do not change how requests are parsed.
            http=HttpConnection,
            h11_max_incomplete_event_size=MAX_HEAD,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # invalid requests must not fill the log
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )

    async def _report(self, job_id: str, progress: JobProgress) -> None:
        await asyncio.to_thread(self._store.record, job_id, progress)

    async def _resume(self) -> None:
        unfinished = self._store.unfinished()
        await self._dispatcher.resume([task_of(self._store, job) for job in unfinished])

    def _announce(self, on_ready: Callable[[ServiceAddress], None] | None) -> None:
        address = write_address(self._directory, service_url(self._port), self._token)
        remember(self._directory)
        _log.info("ready at %s", address.url)
        if on_ready is not None:
            on_ready(address)


def _listen_for_signals(stop: Callable[[], None]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread gets signals
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Call `stop` when the process at the other end of standard input has ended, for any reason."""

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stop)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
