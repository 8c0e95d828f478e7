"""What structgen adds to Lark's notation, taken out of a text before `lark` reads it.

==================================================  ====================================================================
``%json {...}``                                     an item: JSON texts of the schema
``%until "x" "y"``, ``%until "x" max_tokens=100``   an item: free text that ends with the first "x" or "y"
``%lexer longest``, ``%lexer any``                  a line: how texts are cut into terminals
``%contextual A B``                                 a line: terminals that are read only where a rule lets them stand
``%indentation NEWLINE INDENT DEDENT LPAR RPAR``    a line: blocks told by indentation; pairs of brackets
==================================================  ====================================================================

An item is replaced by the name of a terminal that nothing else in the text is called, a line by spaces, so that
everything else keeps its line and, but for names longer than what they replace, its column. The pass also finds where
each name is defined and first used, which `lark` doesn't tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lark.exceptions import GrammarError as LarkGrammarError

from structgen.errors import GrammarError, LimitExceededError, SchemaError, StructgenError
from structgen.grammar.expressions import Document, Lexer, Place, Terminal
from structgen.grammar.free_text import until_node
from structgen.grammar.lark_terminals import literal_text
from structgen.grammar.places import Lines, refusal
from structgen.schema.documents import load
from structgen.schema.writing import Writing

__all__ = ["Statements", "Word", "read_statements"]


@dataclass(frozen=True, slots=True)
class Word:
    """A name, or a text with its quotes, and where it stands."""

    text: str
    place: Place


@dataclass(slots=True)
class Statements:
    """A text without its extensions, and what they said.

    ``items`` are by the names of the terminals that stand for them; ``definitions`` and ``uses`` say where names are
    defined and first used, ``repetitions`` where they are defined for the second time, and ``contents`` which names
    stand in the definition of a terminal, ``declared`` what is ``%declare``d.
    """

    source: str
    text: str = ""
    items: dict[str, Terminal | Document] = field(default_factory=dict)
    lexer: Lexer | None = None
    contextual: list[Word] = field(default_factory=list)
    indentation: tuple[Word, ...] = ()
    definitions: dict[str, Place] = field(default_factory=dict)
    repetitions: dict[str, Place] = field(default_factory=dict)
    uses: dict[str, Place] = field(default_factory=dict)
    contents: dict[str, list[str]] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)


_TOKEN: Final = re.compile(
    r"""
      (?P<comment> //[^\n]* | \#[^\n]* )
    | (?P<string> "(?:\\"|\\\\|[^"\n])*?"i? )
    | (?P<regexp> /(?!/)(?:\\/|\\\\|[^/])*?/[imslux]* )
    | (?P<statement> %[a-z_]+ )
    | (?P<name> [_A-Za-z][_A-Za-z0-9]* )
    """,
    re.VERBOSE,
)
_DEFINED: Final = re.compile(r"[ \t]*(?:\{[^{}\n]*\}[ \t]*)?(?:\.[ \t]*[+-]?[0-9]+[ \t]*)?:")
_BEFORE_DEFINITION: Final = re.compile(r"[ \t]*(?:%(?:override|extend)[ \t]+)?[?!]*\Z")
_SPACE: Final = re.compile(r"\s*")
_STRING: Final = re.compile(r'[ \t]*("(?:\\.|[^"\\\n])*")(i?)')
_MAX_TOKENS: Final = re.compile(r"[ \t]*max_tokens[ \t]*=[ \t]*([0-9]+)")
_REST_OF_LINE: Final = re.compile(r"[^\n]*?(?=\r?\n|//|\#|\Z)")
_WORDS: Final = re.compile(r'"[^"]*"|[^\s"]+')


def read_statements(source: str) -> Statements:
    """Take the extensions out of a grammar's text.

    Raises
    ------
    GrammarError
        One is malformed, or its schema is refused (which is the error's cause).
    LimitExceededError
        One passes a bound of its own.
    """
    return _Pass(source).run()


class _Pass:
    """From the first token to the last."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = Lines(source)
        self.found = Statements(source)
        self.at = 0
        self.defined = ""
        self.prefix = self._free_prefix()

    def run(self) -> Statements:
        pieces: list[str] = []
        copied = 0
        for kind, begin, text in self._tokens():
            if kind == "name":
                self._name(text, begin)
                continue
            if text == "%declare":
                self._declare()
            replace = _READERS.get(text) if kind == "statement" else None
            if replace is None:
                continue
            pieces.append(self.source[copied:begin])
            self.at = begin + len(text)
            pieces.append(_padded(replace(self, begin), self.source[begin : self.at]))
            copied = self.at
        pieces.append(self.source[copied:])
        # The names get definitions, at the end, where they move no line.
        pieces += [f'\n{name}: "{name}"' for name in self.found.items]
        self.found.text = "".join(pieces)
        return self.found

    def _tokens(self) -> Iterator[tuple[str, int, str]]:
        while match := _TOKEN.search(self.source, self.at):
            self.at = match.end()
            yield match.lastgroup or "", match.start(), match[0]

    def refuse(self, what: str, offset: int, hint: str = "") -> GrammarError:
        return refusal(what, self.source, self.lines.place(offset), hint=hint)

    def _free_prefix(self) -> str:
        """Letters with which, before a number, no name of the text begins."""
        prefix = "X"
        while re.search(rf"\b{prefix}[0-9]", self.source):
            prefix += "X"
        return prefix

    def _name(self, name: str, begin: int) -> None:
        places = self.found.uses
        if _DEFINED.match(self.source, self.at):
            line_start = self.source.rfind("\n", 0, begin) + 1
            if _BEFORE_DEFINITION.match(self.source[line_start:begin]):
                places = self.found.repetitions if name in self.found.definitions else self.found.definitions
                self.defined = name
        if places is self.found.uses and self.defined.isupper():
            self.found.contents.setdefault(self.defined, []).append(name)
        if name not in places:
            places[name] = self.lines.place(begin)

    def _declare(self) -> None:
        match = _REST_OF_LINE.match(self.source, self.at)
        assert match is not None
        self.at = match.end()
        for word in _WORDS.finditer(match[0]):
            self.found.declared.add(word[0])
            self.found.definitions.setdefault(word[0], self.lines.place(match.start() + word.start()))

    def item(self, item: Terminal | Document) -> str:
        name = f"{self.prefix}{len(self.found.items)}"
        self.found.items[name] = item
        return name

    def json(self, begin: int) -> str:
        match = _SPACE.match(self.source, self.at)
        at = match.end() if match else self.at
        try:
            _, end = json.JSONDecoder().raw_decode(self.source, at)
        except json.JSONDecodeError as error:
            raise self.refuse(f"%json is followed by a JSON Schema: {error.msg}", error.pos) from None
        except RecursionError:
            raise LimitExceededError(
                "nesting of a schema in a grammar", "as deep as Python's stack goes", hint="'$ref' and '$defs'"
            ) from None
        try:
            term = load(self.source[at:end])
        except LimitExceededError:
            raise
        except SchemaError as error:
            reason = f" ({error.reason})" if error.reason else ""
            what = f"the schema of %json is refused: {error.what}{reason}, at {error.pointer}"
            raise self.refuse(what, at, error.hint) from error
        except StructgenError as error:
            raise self.refuse(f"the schema of %json is refused: {error}", at) from error
        self.at = end
        place = self.lines.place(begin)
        return self.item(Document(f"%json in line {place.line}, column {place.column}", term, Writing()))

    def until(self, begin: int) -> str:
        triggers: list[str] = []
        spelled = ["%until"]
        while match := _STRING.match(self.source, self.at):
            if match[2]:
                raise self.refuse("a trigger of %until has no flags", match.start(2))
            spelled.append(match[1])
            triggers.append(self._text(match[1], match.start(1)))
            self.at = match.end()
        if not triggers:
            raise self.refuse("%until is followed by texts in double quotes", begin, '%until "</think>"')
        max_tokens = None
        if match := _MAX_TOKENS.match(self.source, self.at):
            max_tokens = int(match[1])
            if max_tokens == 0:
                raise self.refuse("max_tokens is at least 1", match.start(1))
            spelled.append(f"max_tokens={max_tokens}")
            self.at = match.end()
        name = " ".join(spelled)
        for known, item in self.found.items.items():
            if item.name == name:
                return known
        return self.item(Terminal(name, until_node(triggers), max_tokens=max_tokens))

    def _text(self, spelled: str, offset: int) -> str:
        try:
            text = literal_text(spelled)
        except LarkGrammarError as error:
            raise self.refuse(f"a trigger can't be read: {error.args[0]!s}", offset) from None
        if not text:
            raise self.refuse("a trigger is not the empty text", offset)
        if any(0xD800 <= ord(character) < 0xE000 for character in text):
            raise self.refuse("a trigger has a lone surrogate, which UTF-8 can't write", offset)
        return text

    def lexer(self, begin: int) -> str:
        words = self._line(begin)
        if len(words) != 1 or words[0].text not in ("any", "longest"):
            raise self.refuse("%lexer is followed by 'any' or 'longest'", begin)
        if self.found.lexer is not None:
            raise self.refuse("a second %lexer", begin)
        self.found.lexer = "longest" if words[0].text == "longest" else "any"
        return ""

    def contextual(self, begin: int) -> str:
        words = self._line(begin)
        if not words:
            raise self.refuse("%contextual is followed by the names of terminals", begin)
        self.found.contextual += words
        return ""

    def indentation(self, begin: int) -> str:
        words = self._line(begin)
        if len(words) < 3 or len(words) % 2 == 0:
            raise self.refuse(
                "%indentation is followed by the names of three terminals, and of pairs of brackets",
                begin,
                "%indentation NEWLINE INDENT DEDENT LPAR RPAR",
            )
        if self.found.indentation:
            raise self.refuse("a second %indentation", begin)
        self.found.indentation = tuple(words)
        return ""

    def _line(self, begin: int) -> list[Word]:
        """The words of the rest of a line, of which the statement must be the first."""
        if self.source[self.source.rfind("\n", 0, begin) + 1 : begin].strip():
            raise self.refuse(f"{self.source[begin : self.at]} stands on a line of its own", begin)
        match = _REST_OF_LINE.match(self.source, self.at)
        assert match is not None
        self.at = match.end()
        return [Word(word[0], self.lines.place(match.start() + word.start())) for word in _WORDS.finditer(match[0])]


_READERS: Final = {
    "%json": _Pass.json,
    "%until": _Pass.until,
    "%lexer": _Pass.lexer,
    "%contextual": _Pass.contextual,
    "%indentation": _Pass.indentation,
}


def _padded(name: str, replaced: str) -> str:
    """As many lines as there were, joined for `lark` by backslashes, and the last one as long."""
    *above, last = replaced.split("\n")
    if above:
        return name + " \\\n" * len(above) + " " * len(last)
    return name + " " * (len(replaced) - len(name))
