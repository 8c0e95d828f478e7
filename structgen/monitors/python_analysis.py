"""Who knows Python's names: a language server, or jedi in this process, behind one interface."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from structgen.errors import ArgumentError
from structgen.monitors.monitor import Unanswered
from structgen.monitors.server import MODULE, Server, ServerProfile, lsp, position

__all__ = ["PROFILES", "Analysis", "JediAnalysis", "Offer", "ServerAnalysis", "normalised", "server_profile"]

PROFILES: Final[Mapping[str, ServerProfile]] = {
    "ty": ServerProfile(
        ("ty", "server"),
        "python",
        settings={"ty": {"completions": {"autoImport": False}}},
        calls_all_incomplete=True,  # since it may add names that need an import; members and modules are whole
        lists_modules=True,
    ),
    "pyrefly": ServerProfile(("pyrefly", "lsp"), "python"),
    "basedpyright": ServerProfile(
        ("basedpyright-langserver", "--stdio"),
        "python",
        settings={"basedpyright.analysis": {"autoImportCompletions": False}},
        start_seconds=20.0,
        calls_all_incomplete=True,
    ),
}
_PART: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[(\[{]|[)\]}]|/")


@dataclass(frozen=True, slots=True)
class Offer:
    """A name that is offered, and whether it is known to be a module; None where that isn't said."""

    name: str
    is_module: bool | None


class Analysis(Protocol):
    """Answers at the end of ``before``, where ``after`` is the text behind it; `Unanswered` where there is none."""

    def names(self, before: str, after: str) -> list[Offer]:
        """The names that may stand there."""
        ...

    def keywords(self, before: str, after: str) -> frozenset[str]:
        """The keyword arguments of the call that is open there."""
        ...


class ServerAnalysis:
    """By a language server."""

    def __init__(self, server: Server, path: Path) -> None:
        self._server, self._path = server, path

    def names(self, before: str, after: str) -> list[Offer]:
        items = self._server.complete(self._path, before + after, *position(before))
        return [
            Offer(normalised(item.label), None if item.kind is None else item.kind == MODULE)
            for item in items
            if not item.label.endswith("=")
        ]

    def keywords(self, before: str, after: str) -> frozenset[str]:
        answer = self._server.signatures(self._path, before + after, *position(before))
        return frozenset().union(*(keywords_of(signature) for signature in answer))


class JediAnalysis:
    """By jedi, in this process."""

    def __init__(self, root: Path, path: Path) -> None:
        try:
            import jedi
        except ImportError as error:
            raise ArgumentError("provider='jedi' needs jedi", reason=str(error), hint="pip install jedi") from error
        self._jedi, self._root, self._path = jedi, root, path

    def names(self, before: str, after: str) -> list[Offer]:
        try:
            found = self._script(before, after).complete(*_place(before))
            return [Offer(str(name.name), name.type == "module") for name in found if not name.name.endswith("=")]
        except Exception as error:  # jedi raises whatever the analysed code leads it to
            raise Unanswered("failures") from error

    def keywords(self, before: str, after: str) -> frozenset[str]:
        try:
            signatures = self._script(before, after).get_signatures(*_place(before))
            kinds = [(str(given.name), str(given.kind.name)) for one in signatures for given in one.params]
        except Exception as error:  # as above
            raise Unanswered("failures") from error
        if not signatures or any(kind == "VAR_KEYWORD" for _, kind in kinds):
            raise Unanswered("unknown")
        return frozenset(name for name, kind in kinds if kind in ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY"))

    def _script(self, before: str, after: str) -> Any:
        return self._jedi.Script(before + after, path=self._path, project=self._jedi.Project(self._root))


def keywords_of(signature: lsp.SignatureInformation) -> frozenset[str]:
    """The keyword arguments that a signature has; `Unanswered` where it takes any, or isn't known."""
    label = signature.label
    parameters = [
        given.label if isinstance(given.label, str) else label[given.label[0] : given.label[1]]
        for given in signature.parameters or ()
    ]
    if any(given.startswith("**") for given in parameters) or (not parameters and "()" not in label):
        raise Unanswered("unknown")
    first = _slash(label)
    found = set()
    for given in parameters:
        name = re.match(r"\w+", given)
        if name is not None and label.find(given) >= first:
            found.add(name[0])
    return frozenset(found)


def _slash(label: str) -> int:
    """Where a signature's lone slash is, before which parameters have no name to the caller; 0 without one."""
    depth = 0
    for part in _PART.finditer(label):
        if part[0] in "([{":
            depth += 1
        elif part[0] in ")]}":
            depth -= 1
        elif part[0] == "/" and depth == 1:
            return part.start()
    return 0


def normalised(label: str) -> str:
    """A label as the name that is written: without padding or a call's parentheses."""
    return label.strip().removesuffix("()")


def server_profile(provider: str) -> ServerProfile:
    """The profile of a provider, its program found beside this Python."""
    profile = PROFILES.get(provider)
    if profile is None:
        known = ", ".join([*PROFILES, "jedi"])
        raise ArgumentError(f"provider= is one of {known}, or a ServerProfile", reason=f"got {provider!r}")
    program, *arguments = profile.command
    path = Path(sysconfig.get_path("scripts"), program)
    if not path.exists():
        raise ArgumentError(
            f"{provider} is not installed in {sys.prefix}", hint=f"pip install {provider}, or a ServerProfile"
        )
    return replace(profile, command=(str(path), *arguments))


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n") - 1
