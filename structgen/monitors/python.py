"""Python's monitor: attributes, imports, keyword arguments and names in scope, by a language server or by jedi.

The text is the file's prefix, what was generated, and the file's suffix. The analysis sees it repaired, so that what is
unfinished at the cursor hides nothing that is known. A call's keywords are asked for once, at its parenthesis; names in
scope once a statement, at its beginning, and every identifier of the statement is added to them.
"""

from __future__ import annotations

import keyword
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Final, TypeVar, cast

from structgen.errors import ArgumentError
from structgen.monitors.answers import BEFORE_EQUALS, IDENTIFIER, Answer
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.protocol import Protocol
from structgen.monitors.python_analysis import Analysis, JediAnalysis, ServerAnalysis, server_profile
from structgen.monitors.python_buffer import WORDS, Buffer
from structgen.monitors.python_calls import Signature, may_close, next_argument
from structgen.monitors.python_literals import Quote, argument_strings, quote_site, strings_answer
from structgen.monitors.python_names import IDENTIFIERS, names_answer
from structgen.monitors.python_sites import (
    Call,
    Name,
    binds_attribute,
    call_site,
    closed_call,
    logical_line,
    name_site,
    open_calls,
    open_levels,
)
from structgen.monitors.python_text import blanked, repaired, site
from structgen.monitors.server import Server, ServerProfile
from structgen.monitors.texts import check_paths, check_texts
from structgen.monitors.trigger_shapes import shape
from structgen.monitors.typestate import illegal_methods

__all__ = ["Python"]

_SKIPS: Final = b" \t"
_JOINED_LINES: Final = ((b"\\\n", b""), (b"\\\r\n", b""))
_RECEIVER_ENDS: Final = IDENTIFIER | frozenset(b")]}\"'")
_CALLEE_ENDS: Final = IDENTIFIER | frozenset(b")]")
_QUOTES: Final = b"\"'"
_TRIGGERS: Final = b". \t\n,(" + _QUOTES
_BEFORE_QUOTES: Final = b"([{,=|"
_WORDS_BEFORE_QUOTES: Final = (b"return", b"case")
_OPERATORS: Final = b"+-*/%@&|^~<>=!"
_KEPT: Final = 64
_CASE: Final = re.compile(r"\Acase\b[^:]*(?<![\w.])[^\W\d]\w*\.\Z")
_OWN_CLASS: Final = re.compile(r"(?:(?<![\w.])(?:cls|super)|\b__class__|\btype\(self\))\s*\(\Z")
_T = TypeVar("_T")


class Python(Monitor):
    """Python code that names only what exists.

    Parameters
    ----------
    root : the project's folder
    file : the file that is written, relative to ``root``; it needn't exist
    prefix, suffix : the file's text before and after what is generated
    provider : "ty", "pyrefly", "basedpyright", "jedi" (in this process), or a `ServerProfile`
    scope : whether names that follow no dot must exist already, where nothing else than an existing name can stand.
        What is generated later isn't known yet: a function can't name a helper that is to be defined below it.
    protocols : which methods of some classes are legal after which

    Raises
    ------
    ArgumentError
        ``root`` is no folder, ``file`` is outside of it, ``prefix`` or ``suffix`` is no text, or the provider is
        unknown or not installed.
    """

    max_questions = 2  # a question takes a millisecond or more: for a dot and a parenthesis right behind a name
    closers = b")"

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "structgen_buffer.py",
        prefix: str = "",
        suffix: str = "",
        provider: str | ServerProfile = "ty",
        scope: bool = False,
        protocols: Sequence[Protocol] = (),
    ) -> None:
        super().__init__()
        check_paths(root=root)
        self._root, self._has_scope, self._protocols = Path(root).resolve(), scope, tuple(protocols)
        self.triggers = _TRIGGERS + _OPERATORS if scope else _TRIGGERS
        if not self._root.is_dir():
            raise ArgumentError("root= is a folder", reason=f"got {root!s}")
        profile = provider if isinstance(provider, ServerProfile) else None
        if profile is None and provider != "jedi":
            profile = server_profile(str(provider))
        self._lists_modules = profile is None or profile.lists_modules
        self._server = None if profile is None else Server(profile, self._root)
        self.move(file=file, prefix=prefix, suffix=suffix)

    def move(self, *, file: str | Path = "structgen_buffer.py", prefix: str = "", suffix: str = "") -> None:
        """Go to another place of the project, for a new text; the server and its knowledge stay.

        Matchers that were made before must not be used any more.
        """
        check_paths(file=file)
        check_texts(prefix=prefix, suffix=suffix)
        path = (self._root / file).resolve()
        if not path.is_relative_to(self._root):
            raise ArgumentError("file= is inside of root=", reason=f"got {file!s}")
        self._prefix, self._suffix = prefix, suffix
        self._buffer = Buffer(prefix)
        self._analysis: Analysis = (
            JediAnalysis(self._root, path) if self._server is None else ServerAnalysis(self._server, path)
        )
        self._known: OrderedDict[Hashable, object] = OrderedDict()
        self._answers.clear()

    @property
    def server(self) -> Server | None:
        """The language server; None where jedi runs in process."""
        return self._server

    def close(self) -> None:
        """End the server. Sites after that are unconstrained, and counted as failures."""
        if self._server is not None:
            self._server.close()

    @property
    def key(self) -> object:
        return Python, self._has_scope

    def is_alert(self, text: bytes) -> bool:
        """Whether a statement of imports may be open."""
        begun = max(text.rfind(b"import"), text.rfind(b"from"))
        if begun < 0:
            return b"\n" not in text and re.search(r"(?:import|from)[^\n]*\Z", self._buffer.tail) is not None
        return text.find(b"\n", begun) < 0 or b"(" in text[begun:]

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        before = prefix[:-1].rstrip()
        if prefix.endswith(b"."):
            return not before or before[-1] in _RECEIVER_ENDS
        if prefix.endswith(b"("):
            return is_alert or not before or before[-1] in _CALLEE_ENDS
        if prefix[-1] in _QUOTES:
            words = any(word.endswith(before) for word in _WORDS_BEFORE_QUOTES) or before.endswith(_WORDS_BEFORE_QUOTES)
            return not before or before[-1] in _BEFORE_QUOTES or (words and prefix[-2:-1].isspace())
        if prefix.endswith(b",") or (self._has_scope and prefix[-1] in _OPERATORS):
            return True
        return is_alert or self._has_scope or b"import" in prefix or b"from" in prefix

    def is_site(self, text: bytes) -> bool:
        return self._site(text) is not None

    def settle(self, text: bytes) -> None:
        self._buffer.settle(text)

    def shape(self, prefix: bytes) -> bytes:
        return shape(prefix, WORDS)

    def question(self, text: bytes) -> Hashable:
        found = self._site(text)
        if isinstance(found, Call):
            return self._opening(text, found), found.given
        if isinstance(found, Name):
            begins, identifiers = self._statement(text)
            return begins, identifiers, found
        return text

    def root(self, text: bytes) -> Hashable:
        found = self._site(text)
        call = found.call if isinstance(found, Quote) else found
        if isinstance(found, Quote) and call is None:
            return text[:-1]  # quotes of both kinds ask for the same
        return self._opening(text, call) if isinstance(call, Call) else text

    def is_known(self, text: bytes, accepted: bytes) -> bool:
        found = self._site(text)
        call = found.call if isinstance(found, Quote) else found
        added = text[len(accepted) :].decode("utf-8", "replace")
        return isinstance(call, Call) and call.opens >= len(added)

    def may_bar(self, text: bytes) -> bool:
        code, _ = self._buffer.lexed(text)
        return any(self._is_barred(text, call) for call in open_calls(code))

    def bars(self, text: bytes) -> bool:
        code = self._buffer.code(text)
        call = None if code is None else closed_call(code)
        return call is not None and self._is_barred(text, call)

    def _is_barred(self, text: bytes, call: Call) -> bool:
        try:
            return not may_close(self._signatures(text, call), call.given)
        except Unanswered:
            return False

    def _opening(self, text: bytes, call: Call) -> str:
        """The file up to behind the call's parenthesis."""
        before = self._prefix + text.decode("utf-8", "replace")
        return before[: len(before) - call.opens]

    def _signatures(self, text: bytes, call: Call) -> list[Signature]:
        before = self._opening(text, call)
        found = self._once(before, lambda: self._analysis.signatures(before, repaired(before, self._suffix)))
        if _OWN_CLASS.search(before) and not any(signature.parameters for signature in found):
            raise Unanswered("unknown")  # it may be made with what a decorator or a subclass adds, super with two
        return found

    def ask(self, text: bytes) -> Answer:
        found = self._site(text)
        if isinstance(found, Call):
            return next_argument(self._signatures(text, found), found.given)
        if isinstance(found, Quote):
            return strings_answer(self._strings(text, found), text[-1:] or self._prefix[-1:].encode())
        if isinstance(found, Name):
            return self._names(text, found)
        is_submodule = found == "module" and text.endswith(b".")
        if found == "module" and not is_submodule and not self._lists_modules:
            raise Unanswered("unknown")
        before = self._prefix + text.decode("utf-8", "replace")
        offers = self._analysis.names(before, repaired(before, self._suffix))
        if found == "module":  # some servers offer built-in functions there too
            offers = [offer for offer in offers if offer.is_module is not False]
        if found == "attribute" and _CASE.search(self._split(text)[1]):
            offers = [offer for offer in offers if offer.is_member] or offers  # methods are no patterns
        names = {
            offer.name
            for offer in offers
            if offer.name.isidentifier() and (found == "attribute" or not keyword.iskeyword(offer.name))
        }
        if not names or (found == "attribute" and all(name.startswith("__") for name in names)):
            # of a receiver that they know nothing of, servers offer what every object has
            raise Unanswered("unknown")
        is_module = found == "attribute" and "__file__" in names
        if found == "attribute" and "__getattr__" in names and not is_module:
            raise Unanswered("unknown")  # any name will do; to typing's library every module has one
        if found == "attribute" and self._protocols:
            names -= illegal_methods(self._protocols, *self._split(text))
        code = self._buffer.code(text) or ""
        skips, exits = _SKIPS, b""
        if found == "member":
            is_listed = "(" in code[code.rfind("import") :]
            skips, exits = (_SKIPS + b"\r\n", b")#") if is_listed else (_SKIPS, b"(*\\")
        elif found == "module" and not is_submodule:
            exits = b".\\"
        gaps: tuple[tuple[bytes, bytes], ...] = ()
        if found == "attribute" or is_submodule:
            gaps = _JOINED_LINES
            if open_levels(code):
                skips, gaps = _SKIPS + b"\r\n", (*_JOINED_LINES, (b"#", b"\n"))
        others = BEFORE_EQUALS if found == "attribute" and binds_attribute(code) else None
        # of other modules and classes, servers leave the private names out
        has_private = any(name.startswith("_") and not name.startswith("__") for name in names)
        private = b"" if found == "module" or (found == "attribute" and has_private and not is_module) else b"_"
        return Answer(names, skips=skips, exits=exits, others=others, open_after=private, gaps=gaps)

    def _names(self, text: bytes, place: Name) -> Answer:
        before, identifiers = self._statement(text)
        if "import *" in before:
            raise Unanswered("unknown")  # what comes by it may not be known to the analysis
        probe = before + "0 + "
        known = self._once(
            probe,
            lambda: frozenset(offer.name for offer in self._analysis.names(probe, "\n" + self._suffix)),
        )
        if not known >= {"print", "len"}:
            raise Unanswered("unknown")  # a list that has no builtins isn't whole
        return names_answer(known, before, identifiers, place)

    def _strings(self, text: bytes, found: Quote) -> frozenset[str]:
        """The strings that may stand behind the quote at the end of ``text``."""
        before = self._prefix + text.decode("utf-8", "replace")
        if found.kind == "comparison":
            statement = before[: len(before) - found.begins]
            values = self._analysis.compared(statement, found.receiver, "\n" + self._suffix)
            if len(values) == 1:  # what the analysis takes for constant, as the platform, is compared for other cases
                raise Unanswered("unknown")
            return values
        if found.call is not None:
            callee = re.search(r"(\w+)\s*\(\Z", self._opening(text, found.call))
            try:
                return argument_strings(self._signatures(text, found.call), callee[1] if callee else "", found)
            except ValueError:  # a type with many members is abbreviated there
                pass
        return self._analysis.strings(before, repaired(before, self._suffix), is_key=found.kind == "key")

    def _once(self, question: Hashable, ask: Callable[[], _T]) -> _T:
        """What ``ask`` found, or that it found nothing; kept, since several answers are made of it."""
        if question not in self._known:
            try:
                self._known[question] = ask()
            except Unanswered as error:
                self._known[question] = error
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        known = self._known[question]
        if isinstance(known, Unanswered):
            raise Unanswered(known.reason)
        return cast("_T", known)

    def _statement(self, text: bytes) -> tuple[str, frozenset[str]]:
        """The file up to the statement that the end of ``text`` is in, and the identifiers of the statement so far."""
        before, line = self._split(text)
        return before, frozenset(word for word in IDENTIFIERS.findall(line) if not keyword.iskeyword(word))

    def _split(self, text: bytes) -> tuple[str, str]:
        """The file up to the statement that the end of ``text`` is in, and the statement's code so far."""
        code = self._buffer.code(text) or self._buffer.before_string(text) or ""
        line = code[logical_line(code) :].lstrip(" \t")
        before = self._prefix + text.decode("utf-8", "replace")
        return before[: len(before) - len(line)], line

    def _site(self, text: bytes) -> str | Call | Name | Quote | None:
        if self._buffer.ends_with_quote(text):
            code = self._buffer.before_string(text)
            return None if code is None else quote_site(code, lambda: self._whole_code(text)[:-1])
        code = self._buffer.code(text)
        if code is None:
            return None
        found = site(code)
        if found is not None:
            return found
        if text and text[-1:] in b" \t\n" and not self._begins_here(text):
            return None
        call = call_site(code)
        if call is not None or not self._has_scope:
            return call
        return name_site(code)

    def _whole_code(self, text: bytes) -> str:
        return blanked(self._prefix + text.decode("utf-8", "replace"))[0]

    def _begins_here(self, text: bytes) -> bool:
        """Whether the blanks that end ``text`` open what no earlier byte has opened."""
        if b"#" in text[text.rfind(b"\n", 0, -1) + 1 :]:
            return True  # a comment left the site
        ends_with = text[-2:-1] if len(text) > 1 else self._buffer.tail[-1:].encode()
        return self._has_scope and ends_with.isalpha()
