"""Who knows Python's names: a language server, or jedi in this process, behind one interface."""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from structgen.errors import ArgumentError
from structgen.monitors.monitor import Unanswered
from structgen.monitors.python_calls import Kind, Parameter, Signature, read_signature
from structgen.monitors.python_literals import literals, spelled
from structgen.monitors.server import ENUM_MEMBER, MODULE, Server, ServerProfile, lsp, position

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
_JEDI_KINDS: Final[Mapping[str, Kind]] = {
    "POSITIONAL_ONLY": "positional",
    "POSITIONAL_OR_KEYWORD": "either",
    "VAR_POSITIONAL": "args",
    "KEYWORD_ONLY": "keyword",
    "VAR_KEYWORD": "kwargs",
}
_MEMBER: Final = re.compile(r"Literal\[\w+(?:\.\w+)+\]")
_TRIED: Final = 3
_NO_VALUE: Final = "no such value"
_FENCE: Final = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_TYPED_DICT: Final = re.compile(r"class\s+\w+\s*\(\s*(?:\w+\.)?TypedDict\b")
_MAY_BE_REQUIRED: Final = ("positional", "either", "keyword")


@dataclass(frozen=True, slots=True)
class Offer:
    """A name that is offered, whether it is known to be a module (None where that isn't said), and an enum's member."""

    name: str
    is_module: bool | None
    is_member: bool = False


class Analysis(Protocol):
    """Answers at the end of ``before``, where ``after`` is the text behind it; `Unanswered` where there is none."""

    def names(self, before: str, after: str) -> list[Offer]:
        """The names that may stand there."""
        ...

    def signatures(self, before: str, after: str) -> list[Signature]:
        """The overloads of what is called there, in the parentheses that are open."""
        ...

    def strings(self, before: str, after: str, *, is_key: bool = False) -> frozenset[str]:
        """The values of the string whose quote ends ``before``, where its type lists them all.

        ``is_key`` holds for the key of a dictionary that is being written.
        """
        ...

    def compared(self, before: str, receiver: str, after: str) -> frozenset[str]:
        """The values that ``receiver`` may have, where a statement begins and its declared type lists them all."""
        ...


class ServerAnalysis:
    """By a language server."""

    def __init__(self, server: Server, path: Path) -> None:
        self._server, self._path = server, path

    def names(self, before: str, after: str) -> list[Offer]:
        items = self._complete(before, after)
        return [_offer(item) for item in items if not item.label.endswith("=")]

    def signatures(self, before: str, after: str) -> list[Signature]:
        answer = self._server.signatures(self._path, before + after, *position(before))
        return [read_signature(given.label, _labels(given)) for given in answer]

    def strings(self, before: str, after: str, *, is_key: bool = False) -> frozenset[str]:
        quote = before[-1]
        values = frozenset(_value(item.label, quote) for item in self._complete(before, after))
        value = ": eval('0')" if is_key and not after.removeprefix(quote).lstrip().startswith(":") else ""
        self._check_closed(before, values, quote + value + after.removeprefix(quote))
        return values

    def compared(self, before: str, receiver: str, after: str) -> frozenset[str]:
        target = before + receiver + ' = "'
        try:
            return self.strings(target, '"' + after)
        except Unanswered:
            if "." not in receiver:
                raise
        # an assignment before may narrow what is known of an attribute, but not inside of a function
        probe = before + "lambda: " + receiver
        kind = self._server.hover(self._path, probe + after, *position(probe[:-1]))
        try:
            values = literals(_fenced(kind))
        except ValueError as error:  # abbreviated
            raise Unanswered("unknown") from error
        if values is None:
            raise Unanswered("unknown")
        self._check_closed(target, values, '"' + after)
        return values

    def _complete(self, before: str, after: str) -> list[lsp.CompletionItem]:
        return self._server.complete(self._path, before + after, *position(before))

    def _check_closed(self, before: str, values: frozenset[str], after: str) -> None:
        """`Unanswered` unless a string that none of ``values`` is makes an error where one of them makes none."""

        def errors(value: str) -> int:
            return self._server.errors(self._path, before + spelled(value, before[-1]) + after)

        others = errors(_NO_VALUE)
        if not any(errors(value) < others for value in sorted(values)[:_TRIED]):
            raise Unanswered("unknown")


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

    def signatures(self, before: str, after: str) -> list[Signature]:
        try:
            found = self._script(before, after).get_signatures(*_place(before))
            if not found or not all(_is_sure(signature) for signature in found):
                raise Unanswered("unknown")
            return [
                Signature(
                    tuple(
                        _jedi_parameter(str(one.name), str(one.kind.name), one.to_string()) for one in signature.params
                    )
                )
                for signature in found
            ]
        except Unanswered:
            raise
        except Exception as error:  # as above
            raise Unanswered("failures") from error

    def strings(self, before: str, after: str, *, is_key: bool = False) -> frozenset[str]:
        receiver = re.search(r"([\w)\]])\s*\[\s*[\"']\Z", before)
        if receiver is None:
            raise Unanswered("unknown")
        try:
            script = self._script(before, after)
            classes = script.infer(*_place(before[: receiver.end(1) - 1]))
            # of dictionaries it knows some keys, of a TypedDict all
            if not classes or not all(_TYPED_DICT.match(one.get_line_code().strip()) for one in classes):
                raise Unanswered("unknown")
            return frozenset(_value(name.name.strip("\"'"), before[-1]) for name in script.complete(*_place(before)))
        except Unanswered:
            raise
        except Exception as error:  # as above
            raise Unanswered("failures") from error

    def compared(self, before: str, receiver: str, after: str) -> frozenset[str]:
        raise Unanswered("unknown")  # it doesn't tell declared types from others

    def _script(self, before: str, after: str) -> Any:
        return self._jedi.Script(before + after, path=self._path, project=self._jedi.Project(self._root))


def _offer(item: lsp.CompletionItem) -> Offer:
    name = normalised(item.label)
    is_member = item.kind == ENUM_MEMBER or _MEMBER.fullmatch(item.detail or "") is not None
    return Offer(name, None if item.kind is None else item.kind == MODULE, is_member)


def _value(label: str, quote: str) -> str:
    """The string that a server offers, with its quotes or without."""
    try:
        value = ast.literal_eval(label if label[:1] in ("'", '"') else quote + label + quote)
    except (SyntaxError, ValueError) as error:
        raise Unanswered("unknown") from error
    if not isinstance(value, str):
        raise Unanswered("unknown")
    return value


def _fenced(text: str) -> str:
    """The code that a server's text shows."""
    found = _FENCE.search(text)
    return text if found is None else found[1]


def _labels(signature: lsp.SignatureInformation) -> list[str]:
    label = signature.label
    return [
        given.label if isinstance(given.label, str) else label[given.label[0] : given.label[1]]
        for given in signature.parameters or ()
    ]


def _is_sure(signature: Any) -> bool:
    """Whether jedi's signature is that of a function.

    Of a class it may be that of a base, where the class is made by a decorator or a base that jedi doesn't follow.
    """
    if signature.type == "function":
        return True
    makers = [given.parent() for given in signature.params]
    return bool(makers) and all(maker.type == "function" and maker.module_name != "typing" for maker in makers)


def _jedi_parameter(name: str, kind: str, text: str) -> Parameter:
    (parameter,) = read_signature(f"({text.lstrip('*')})", [name]).parameters
    has_default = not parameter.is_required
    own = _JEDI_KINDS[kind]
    return Parameter(name, own, own in _MAY_BE_REQUIRED and not has_default, parameter.annotation)


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
