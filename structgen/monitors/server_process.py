"""The process of a language server and the protocol over its pipes, with a bound on what it may say at once.

A server that writes what is no message ends the conversation: whoever waits for an answer is told at once, not when a
limit on time has passed.
"""

from __future__ import annotations

import asyncio
import logging
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lsprotocol import types as lsp
from pygls.io_ import run_async
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter

__all__ = ["MAX_MESSAGE_BYTES", "Client"]

MAX_MESSAGE_BYTES: Final = 16 << 20
"""Bound on one message. Of a package with 2,000 names, a list takes 1 MB."""
_logger = logging.getLogger("pygls")
_logger.addHandler(logging.NullHandler())  # what breaks is counted, not printed
_logger.propagate = False


class _Bounded:
    """A reader that refuses messages of more than ``MAX_MESSAGE_BYTES``, before it holds one."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def readline(self) -> bytes:
        return await self._reader.readline()  # of at most 64 KiB: more is a ValueError

    async def readexactly(self, count: int) -> bytes:
        if count > MAX_MESSAGE_BYTES:
            raise ValueError(f"a message of {count} bytes")
        return await self._reader.readexactly(count)


class Client(LanguageClient):
    """A client of one server process."""

    def __init__(self) -> None:
        super().__init__("structgen", "1", converter_factory=_converter)
        self.process: asyncio.subprocess.Process | None = None

    async def run(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        """Start the server, in a group of processes of its own."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None, "they are pipes"
        self.process = self._server = process
        self.protocol.set_writer(process.stdin)
        reading = asyncio.create_task(
            run_async(self._stop_event, _Bounded(process.stdout), self.protocol, _logger, self.report_server_error)
        )
        reading.add_done_callback(self._ended)
        watching = asyncio.create_task(self._server_exit())  # type: ignore[no-untyped-call]
        self._async_tasks.extend([reading, watching, asyncio.create_task(_drain(process.stderr))])

    def _ended(self, reading: asyncio.Task[None]) -> None:
        """Nothing is read any more: no answer will come."""
        reason = None if reading.cancelled() else reading.exception()
        for waiting in self.protocol._request_futures.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError(f"the server's output ended: {reason!r}"))
        self._stop_event.set()


def _converter() -> Any:
    """lsprotocol's converter, taught the one optional union that cattrs 26 no longer finds a hook for."""
    converter = default_converter()  # type: ignore[no-untyped-call]
    filters = lsp.NotebookDocumentFilterWithCells.__annotations__["notebook"]
    for union in (filters, typing.get_type_hints(lsp.NotebookDocumentFilterWithCells, vars(lsp))["notebook"]):
        converter.register_structure_hook(union, lambda given, _: given)
    return converter


async def _drain(stderr: asyncio.StreamReader) -> None:
    """Read what the server logs, so that it never waits for a reader."""
    while await stderr.read(1 << 16):
        pass
