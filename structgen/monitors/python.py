"""Python's monitor: attributes, imports, keyword arguments and names in scope, by a language server or by jedi.

The text is the file's prefix, what was generated, and the file's suffix. The analysis sees it repaired, so that what is
unfinished at the cursor hides nothing that is known. A call's keywords are asked for once, at its parenthesis; names in
scope once a statement, at its beginning, and every identifier of the statement is added to them.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final

from structgen.errors import ArgumentError
from structgen.monitors.answers import BEFORE_EQUALS, BEFORE_NO_EQUALS, IDENTIFIER, NOT_IDENTIFIER, Answer, Others
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.python_analysis import Analysis, JediAnalysis, ServerAnalysis, server_profile
from structgen.monitors.python_sites import Call, Name, binds_attribute, call_site, logical_line, name_site
from structgen.monitors.python_text import blanked, repaired, site
from structgen.monitors.server import Server, ServerProfile

__all__ = ["Python"]

_SKIPS: Final = b" \t"
_RECEIVER_ENDS: Final = IDENTIFIER | frozenset(b")]}\"'")
_CALLEE_ENDS: Final = IDENTIFIER | frozenset(b")]")
_TRIGGERS: Final = b". \t\n,("
_OPERATORS: Final = b"+-*/%@&|^~<>=!"
_KEPT: Final = 64
_BEFORE_NO_NAME: Final = NOT_IDENTIFIER + b"0123456789"
_WORDS: Final = frozenset(["None", "True", "False", "not", "lambda", "await", "yield"])
_WORDS_AFTER: Final = {"not": {"in"}, "yield": {"from"}, "is": {"not"}}
_STRING_PREFIXES: Final = dict.fromkeys(
    [
        "".join(letters)
        for pair in ("r", "b", "u", "f", "t", "br", "rb", "fr", "rf", "tr", "rt")
        for letters in {pair, pair.upper(), pair.capitalize(), pair[0] + pair[1:].upper()}
    ],
    b"\"'",
)
_IDENTIFIER: Final = re.compile(r"(?<![\w.])[^\W\d]\w*")
_BOUND: Final = re.compile(r"(?:\b(?:class|def|as|import)\s+|,\s*)(\w+)|(\w+)\s*=(?!=)")
_FLEETING: Final = re.compile(r"\bexcept\b[^\n:]*\bas\s+(\w+)|\bdel\s+([\w, \t]+)")
_HARMLESS: Final = frozenset(
    ["type", "super", "tuple", "object"]
)  # whose calls may give an exception, or a tuple of them
_NO_EXCEPTIONS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and not issubclass(value, BaseException) and name not in _HARMLESS
)


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

    Raises
    ------
    ArgumentError
        ``root`` is no folder, ``file`` is outside of it, or the provider is unknown or not installed.
    """

    max_questions = 1  # a question takes a millisecond or more; in the middle of a token a receiver is rare

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "structgen_buffer.py",
        prefix: str = "",
        suffix: str = "",
        provider: str | ServerProfile = "ty",
        scope: bool = False,
    ) -> None:
        super().__init__()
        self._root, self._has_scope = Path(root).resolve(), scope
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
        path = (self._root / file).resolve()
        if not path.is_relative_to(self._root):
            raise ArgumentError("file= is inside of root=", reason=f"got {file!s}")
        self._prefix, self._suffix = prefix, suffix
        self._tail = _lexical_tail(prefix)
        self._lexed: tuple[bytes, str, str] = (b"", *blanked(self._tail))
        self._analysis: Analysis = (
            JediAnalysis(self._root, path) if self._server is None else ServerAnalysis(self._server, path)
        )
        self._known: OrderedDict[Hashable, frozenset[str] | Unanswered] = OrderedDict()
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
            return b"\n" not in text and re.search(r"(?:import|from)[^\n]*\Z", self._tail) is not None
        return text.find(b"\n", begun) < 0 or b"(" in text[begun:]

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        before = prefix[:-1].rstrip()
        if prefix.endswith(b"."):
            return not before or before[-1] in _RECEIVER_ENDS
        if prefix.endswith(b"("):
            return is_alert or not before or before[-1] in _CALLEE_ENDS
        if prefix.endswith(b",") or (self._has_scope and prefix[-1] in _OPERATORS):
            return True
        return is_alert or self._has_scope or b"import" in prefix or b"from" in prefix

    def is_site(self, text: bytes) -> bool:
        return self._site(text) is not None

    def least(self, text: bytes) -> Others | None:
        found = self._site(text)
        return BEFORE_NO_EQUALS if isinstance(found, Call) and not found.must_be_named else None

    def question(self, text: bytes) -> Hashable:
        found = self._site(text)
        if isinstance(found, Call):
            written = text.decode("utf-8", "replace")
            opens = len(written) - found.opens  # negative where the prefix opens the call
            return written[: max(opens, 0)], opens, found.used, found.must_be_named
        if isinstance(found, Name):
            begins, identifiers = self._statement(text)
            return begins, identifiers, found
        return text

    def ask(self, text: bytes) -> Answer:
        found = self._site(text)
        if isinstance(found, Call):
            return self._keywords(text, found)
        if isinstance(found, Name):
            return self._names(text, found)
        is_submodule = found == "module" and text.endswith(b".")
        if found == "module" and not is_submodule and not self._lists_modules:
            raise Unanswered("unknown")
        before = self._prefix + text.decode("utf-8", "replace")
        offers = self._analysis.names(before, repaired(before, self._suffix))
        if found == "module":  # some servers offer built-in functions there too
            offers = [offer for offer in offers if offer.is_module is not False]
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
        code = self._code(text) or ""
        skips, exits = _SKIPS, b""
        if found == "member":
            is_listed = "(" in code[code.rfind("import") :]
            skips, exits = (_SKIPS + b"\r\n", b")#") if is_listed else (_SKIPS, b"(*\\")
        elif found == "module" and not is_submodule:
            exits = b".\\"
        others = BEFORE_EQUALS if found == "attribute" and binds_attribute(code) else None
        # of other modules and classes, servers leave the private names out
        has_private = any(name.startswith("_") and not name.startswith("__") for name in names)
        private = b"" if found == "module" or (found == "attribute" and has_private and not is_module) else b"_"
        return Answer(names, skips=skips, exits=exits, others=others, open_after=private)

    def _keywords(self, text: bytes, call: Call) -> Answer:
        before = self._prefix + text.decode("utf-8", "replace")
        before = before[: len(before) - call.opens]
        known = self._once(before, lambda: self._analysis.keywords(before, repaired(before, self._suffix)))
        return Answer(
            (),
            ends=dict.fromkeys(known - call.used, b"="),
            skips=b" \t\r\n",
            exits=NOT_IDENTIFIER,
            others=None if call.must_be_named else BEFORE_NO_EQUALS,
            may_be_absent=True,
        )

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
        names = {name for name in known if name.isidentifier() and not keyword.iskeyword(name)} | identifiers
        # servers tell what is bound at the scope's end: not what a handler binds, or what is deleted later
        names |= {name for pair in _FLEETING.findall(before) for name in re.findall(r"\w+", "".join(pair))}
        if place.kind != "value":
            bound = {name for pair in _BOUND.findall(before) for name in pair}
            names -= _NO_EXCEPTIONS - bound
        names |= _WORDS | _WORDS_AFTER.get(place.after, set())
        return Answer(names, ends=_STRING_PREFIXES, skips=_SKIPS, exits=_BEFORE_NO_NAME, may_be_absent=True)

    def _once(self, question: Hashable, ask: Callable[[], frozenset[str]]) -> frozenset[str]:
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
        return known

    def _statement(self, text: bytes) -> tuple[str, frozenset[str]]:
        """The file up to the statement that the end of ``text`` is in, and the identifiers of the statement so far."""
        code = self._code(text) or ""
        begins = logical_line(code)
        line = code[begins:]
        indent = len(line) - len(line.lstrip(" \t"))
        before = self._prefix + text.decode("utf-8", "replace")
        words = frozenset(word for word in _IDENTIFIER.findall(line) if not keyword.iskeyword(word))
        return before[: len(before) - len(line) + indent], words

    def _site(self, text: bytes) -> str | Call | Name | None:
        code = self._code(text)
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

    def _begins_here(self, text: bytes) -> bool:
        """Whether the blanks that end ``text`` open what no earlier byte has opened."""
        if b"#" in text[text.rfind(b"\n", 0, -1) + 1 :]:
            return True  # a comment left the site
        ends_with = text[-2:-1] if len(text) > 1 else self._tail[-1:].encode()
        return self._has_scope and ends_with.isalpha()

    def _code(self, text: bytes) -> str | None:
        """The code up to the end of ``text``, strings and comments blanked; None where the end is inside one."""
        known, code, unfinished = self._lexed
        added = text[len(known) :]
        if text.startswith(known) and not unfinished and not any(byte in b"#\"'\\" for byte in added):
            return code + added.decode("utf-8", "replace")
        code, unfinished = blanked(self._tail + text.decode("utf-8", "replace"))
        self._lexed = text, code, unfinished
        return None if unfinished else code


def _lexical_tail(prefix: str) -> str:
    """What of the prefix decides how the text after it is read: its last lines, from a place that is code."""
    start = max(prefix.rfind("\n", 0, max(len(prefix) - 2000, 0)), 0)
    while start and blanked(prefix[:start])[1]:
        start = max(prefix.rfind("\n", 0, start), 0)
    return prefix[start:]
