"""A language server: one process, supervised, spoken to over LSP.

The protocol runs in a thread of its own with an event loop; callers wait, with a limit on time. A server that dies,
hangs or writes nonsense costs the question that was asked of it: it is killed with its children, and started again for
a later question. After ``MAX_STARTS`` starts it is given up, unless it answered ``TRUSTED`` questions in between: what
happens now and then (a machine that slept) is no reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from structgen.errors import ArgumentError
from structgen.monitors.monitor import Unanswered

try:
    from lsprotocol import types as lsp

    from structgen.monitors.server_process import Client
except ImportError as error:
    raise ArgumentError(
        "language servers need pygls and lsprotocol", reason=str(error), hint="pip install 'structgen[monitors]'"
    ) from error

__all__ = ["ENUM_MEMBER", "MAX_STARTS", "MODULE", "TRUSTED", "Server", "ServerProfile", "lsp", "position"]

MAX_STARTS: Final = 3
TRUSTED: Final = 50
"""Answers after which earlier starts don't count any longer."""
MODULE: Final = lsp.CompletionItemKind.Module
ENUM_MEMBER: Final = lsp.CompletionItemKind.EnumMember
_MAX_ITEMS: Final = 50_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """How a server is run.

    Attributes
    ----------
    command : the program and its arguments
    language : LSP's name of the language
    settings : what ``workspace/configuration`` answers, by section; a section that is missing is null
    initialization : LSP's ``initializationOptions``
    experimental : LSP's experimental capabilities of the client
    ready : a notification, a key of its parameters and a value: before it has come, answers aren't whole
    environment : variables that the process gets besides those of this one
    start_seconds, answer_seconds : limits on time, for the start (and the first answer) and for any later answer
    calls_all_incomplete : whether the server marks whole lists of names as incomplete too
    lists_modules : whether it lists all modules after ``import``, before a letter is typed
    """

    command: Sequence[str]
    language: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    initialization: Mapping[str, Any] = field(default_factory=dict)
    experimental: Mapping[str, Any] = field(default_factory=dict)
    ready: tuple[str, str, object] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 10.0
    answer_seconds: float = 2.0
    calls_all_incomplete: bool = False
    lists_modules: bool = False


class Server:
    """One server for one folder. Questions come from one thread at a time."""

    def __init__(self, profile: ServerProfile, root: Path) -> None:
        self.profile, self._root = profile, root
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="structgen-lsp", daemon=True).start()
        self._client: Client | None = None
        self._process: list[int] = []  # shared with the finalizer, which must not hold the server
        self._starts = self._answers = 0
        self._text = ""
        self._version = 0
        self._uri: str | None = None
        self._has_answered = self._tells_errors = False
        self._children: list[asyncio.subprocess.Process] = []  # shared as well
        self._end = weakref.finalize(self, _end, self._process, self._children, self._loop)

    @property
    def process_id(self) -> int | None:
        """The running process, if any."""
        return self._process[0] if self._process else None

    def close(self) -> None:
        """Kill the server and its children."""
        self._client = None
        self._end()

    def complete(self, path: Path, text: str, line: int, character: int) -> list[lsp.CompletionItem]:
        """What the server offers at a place of ``text``; ``character`` counts UTF-16 units.

        Raises
        ------
        Unanswered
            No server, no answer in time, or one that can't be read or isn't whole.
        """
        place = lsp.Position(line=line, character=character)
        answer = self._answer(lambda client: self._ask(client, path.as_uri(), text, place))
        if isinstance(answer, lsp.CompletionList):
            if answer.is_incomplete and not self.profile.calls_all_incomplete:
                raise Unanswered("unknown")
            answer = answer.items
        items = list(answer or ())
        if not items or len(items) > _MAX_ITEMS:
            raise Unanswered("unknown")
        return items

    def signatures(self, path: Path, text: str, line: int, character: int) -> list[lsp.SignatureInformation]:
        """The signatures of the call that is open at a place of ``text``; `Unanswered` as ``complete``."""
        place = lsp.Position(line=line, character=character)
        answer = self._answer(lambda client: self._ask_signatures(client, path.as_uri(), text, place))
        if answer is None or not answer.signatures:
            raise Unanswered("unknown")
        return list(answer.signatures)

    def hover(self, path: Path, text: str, line: int, character: int) -> str:
        """What the server tells of the name at a place of ``text``; `Unanswered` as ``complete``."""
        place = lsp.Position(line=line, character=character)
        answer = self._answer(lambda client: self._ask_hover(client, path.as_uri(), text, place))
        if answer is None:
            raise Unanswered("unknown")
        contents = answer.contents
        return contents.value if isinstance(contents, lsp.MarkupContent) else str(contents)

    def errors(self, path: Path, text: str) -> int:
        """How many errors the server finds in ``text``; `Unanswered` where it doesn't say so when it is asked."""
        answer = self._answer(lambda client: self._ask_errors(client, path.as_uri(), text))
        if not isinstance(answer, lsp.RelatedFullDocumentDiagnosticReport):
            raise Unanswered("unknown")
        return sum(item.severity == lsp.DiagnosticSeverity.Error for item in answer.items)

    def _answer(self, ask: Callable[[Client], Coroutine[Any, Any, _T]]) -> _T:
        """What the running server answers; one that doesn't, or not in time, is killed."""
        client = self._running()
        try:
            answer = self._wait(
                ask(client), self.profile.answer_seconds if self._has_answered else self.profile.start_seconds
            )
        except WaitedTooLong as error:
            self._kill()
            raise Unanswered("timeouts") from error
        except Exception as error:  # whatever a broken server makes the protocol raise
            self._kill()
            raise Unanswered("failures") from error
        self._has_answered = True
        self._answers += 1
        if self._answers == TRUSTED:
            self._starts = 1
        return answer

    def _running(self) -> Client:
        if not self._end.alive:
            raise Unanswered("failures")
        if self._client is not None and not self._client.stopped:
            return self._client
        self._kill()
        if self._starts == MAX_STARTS:
            raise Unanswered("failures")
        self._starts += 1
        try:
            self._client = self._wait(self._start(), self.profile.start_seconds)
        except WaitedTooLong as error:
            self._kill()
            raise Unanswered("timeouts") from error
        except Exception as error:  # no such program, or one that speaks no LSP
            self._kill()
            raise Unanswered("failures") from error
        self._uri, self._has_answered, self._answers = None, False, 0
        return self._client

    async def _start(self) -> Client:
        client = Client()
        settings = self.profile.settings

        def configuration(params: lsp.ConfigurationParams) -> list[Any]:
            return [settings.get(item.section or "") for item in params.items]

        client.feature(lsp.WORKSPACE_CONFIGURATION)(configuration)

        is_ready = asyncio.Event()
        if self.profile.ready is None:
            is_ready.set()
        else:
            method, key, value = self.profile.ready

            def told(params: Any) -> None:
                if getattr(params, key, None) == value:
                    is_ready.set()

            client.feature(method)(told)

        await client.run(self.profile.command, self._root, {**os.environ, **self.profile.environment})
        if client.process is None:
            raise ChildProcessError(self.profile.command[0])
        self._process[:] = [client.process.pid]
        self._children[:] = [client.process]
        answer = await client.initialize_async(
            lsp.InitializeParams(
                process_id=os.getpid(),
                root_uri=self._root.as_uri(),
                workspace_folders=[lsp.WorkspaceFolder(uri=self._root.as_uri(), name=self._root.name)],
                initialization_options=dict(self.profile.initialization) or None,
                capabilities=lsp.ClientCapabilities(
                    workspace=lsp.WorkspaceClientCapabilities(configuration=True, workspace_folders=True),
                    # errors are asked for where they are needed, not sent after each change
                    text_document=lsp.TextDocumentClientCapabilities(diagnostic=lsp.DiagnosticClientCapabilities()),
                    experimental=dict(self.profile.experimental) or None,
                ),
            )
        )
        self._tells_errors = answer.capabilities.diagnostic_provider is not None
        client.initialized(lsp.InitializedParams())
        await is_ready.wait()
        return client

    async def _ask(
        self, client: Client, uri: str, text: str, place: lsp.Position
    ) -> lsp.CompletionList | Sequence[lsp.CompletionItem] | None:
        """Bring the server's document to ``text`` and ask; one wait for both."""
        self._bring(client, uri, text)
        return await client.text_document_completion_async(
            lsp.CompletionParams(text_document=lsp.TextDocumentIdentifier(uri=uri), position=place)
        )

    async def _ask_signatures(
        self, client: Client, uri: str, text: str, place: lsp.Position
    ) -> lsp.SignatureHelp | None:
        self._bring(client, uri, text)
        return await client.text_document_signature_help_async(
            lsp.SignatureHelpParams(text_document=lsp.TextDocumentIdentifier(uri=uri), position=place)
        )

    async def _ask_hover(self, client: Client, uri: str, text: str, place: lsp.Position) -> lsp.Hover | None:
        self._bring(client, uri, text)
        return await client.text_document_hover_async(
            lsp.HoverParams(text_document=lsp.TextDocumentIdentifier(uri=uri), position=place)
        )

    async def _ask_errors(self, client: Client, uri: str, text: str) -> lsp.DocumentDiagnosticReport | None:
        if not self._tells_errors:
            return None
        self._bring(client, uri, text)
        document = lsp.TextDocumentIdentifier(uri=uri)
        return await client.text_document_diagnostic_async(lsp.DocumentDiagnosticParams(text_document=document))

    def _bring(self, client: Client, uri: str, text: str) -> None:
        """Bring the server's document to ``text``, by the part that differs."""
        self._version += 1
        if self._uri != uri:
            if self._uri is not None:  # its unfinished text must not stand for the file any longer
                left = lsp.TextDocumentIdentifier(uri=self._uri)
                client.text_document_did_close(lsp.DidCloseTextDocumentParams(left))
            document = lsp.TextDocumentItem(uri, self.profile.language, self._version, text)
            client.text_document_did_open(lsp.DidOpenTextDocumentParams(document))
        else:
            changed = lsp.VersionedTextDocumentIdentifier(version=self._version, uri=uri)
            client.text_document_did_change(lsp.DidChangeTextDocumentParams(changed, [_change(self._text, text)]))
        self._uri, self._text = uri, text

    def _wait(self, work: Coroutine[Any, Any, _T], seconds: float) -> _T:
        future: Future[_T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except WaitedTooLong:
            future.cancel()
            raise

    def _kill(self) -> None:
        self._client = None
        _kill(self._process)


def _change(old: str, new: str) -> lsp.TextDocumentContentChangePartial:
    """The one replacement that makes ``new`` of ``old``: what is between their common head and tail."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    end = len(old) - tail
    return lsp.TextDocumentContentChangePartial(
        range=lsp.Range(lsp.Position(*position(old[:head])), lsp.Position(*position(old[:end]))),
        text=new[head : len(new) - tail],
    )


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with together; compared in halves, since texts are long and differ little."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def position(text: str) -> tuple[int, int]:
    """Line and UTF-16 column at the end of ``text``."""
    last = text.rfind("\n") + 1
    return text.count("\n"), len(text[last:].encode("utf-16-le")) // 2


def _kill(process: list[int]) -> None:
    if process:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process[0], signal.SIGKILL)
        process.clear()


def _end(process: list[int], children: list[asyncio.subprocess.Process], loop: asyncio.AbstractEventLoop) -> None:
    _kill(process)

    async def stop() -> None:
        waiting = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)  # so that who waits for an answer learns of it
        for child in children:
            child._transport.close()  # type: ignore[attr-defined]  # its pipes, which no loop could close later
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(child.wait() for child in children)), 1.0)
            await asyncio.sleep(0)
        loop.stop()

    loop.call_soon_threadsafe(lambda: loop.create_task(stop()))
